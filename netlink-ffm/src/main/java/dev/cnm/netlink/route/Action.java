package dev.cnm.netlink.route;

import dev.cnm.netlink.gen.netlink;

/** What a request does with the object it describes. */
enum Action {
  /** Makes it, unless there is one already. */
  ADD(netlink.NLM_F_CREATE() | netlink.NLM_F_EXCL()),
  /** Makes it, in place of one that there may be. */
  REPLACE(netlink.NLM_F_CREATE() | netlink.NLM_F_REPLACE()),
  /** Removes it. */
  REMOVE(0);

  private final int flags;

  Action(int flags) {
    this.flags = flags;
  }

  /** The flags of its message. */
  int flags() {
    return flags;
  }
}
