package dev.cnm.netlink.process;

import dev.cnm.netlink.internal.Linux;

/** The session of this process ({@code credentials(7)}). */
public final class Session {

  private Session() {}

  /**
   * Makes this process the leader of a new session without a terminal, if it isn't a group leader
   * already ({@code setsid(2)}): what ends the terminal's other processes doesn't reach it.
   *
   * @return whether it leads a new session now
   */
  public static boolean lead() {
    return Linux.setsid() >= 0;
  }
}
