package dev.cnm.netlink;

import java.util.Collections;
import java.util.List;

/**
 * What became of the requests of a batch.
 *
 * @param outcomes one for each request, in their order
 */
public record BatchResult(List<Outcome> outcomes) {

  private static final Outcome DONE = new Outcome.Done();
  private static final BatchResult ONE_DONE = new BatchResult(List.of(DONE));

  /** Of a batch of which nothing was refused. Of a single request, it is always the same one. */
  static BatchResult done(int count) {
    return count == 1 ? ONE_DONE : new BatchResult(Collections.nCopies(count, DONE));
  }

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
