package dev.cnm.netlink;

/** What became of one request of a batch. */
public sealed interface Outcome {

  /** The kernel carried it out. */
  record Done() implements Outcome {}

  /**
   * The kernel refused it.
   *
   * @param reason why
   */
  record Failed(NetlinkException reason) implements Outcome {}
}
