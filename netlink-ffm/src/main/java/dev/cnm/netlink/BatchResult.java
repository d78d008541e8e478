package dev.cnm.netlink;

import java.util.List;

/**
 * What became of the requests of a batch.
 *
 * @param outcomes one for each request, in their order
 */
public record BatchResult(List<Outcome> outcomes) {

  /** Copies the list. */
  public BatchResult {
    outcomes = List.copyOf(outcomes);
  }

  /**
   * Does nothing if every request was carried out.
   *
   * @throws NetlinkException the first refusal; the others are its suppressed exceptions
   */
  public void orElseThrow() throws NetlinkException {
    NetlinkException first = null;
    for (Outcome outcome : outcomes) {
      if (outcome instanceof Outcome.Failed failed) {
        if (first == null) {
          first = failed.reason();
        } else {
          first.addSuppressed(failed.reason());
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
