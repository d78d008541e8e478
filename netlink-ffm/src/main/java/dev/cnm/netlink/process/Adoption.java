package dev.cnm.netlink.process;

import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.internal.Linux;
import java.util.List;

/**
 * Adopting the processes that the commands of this one leave when they end, so that they can be
 * found, whatever namespaces and sessions they made for themselves.
 */
public final class Adoption {

  private Adoption() {}

  /**
   * Has every descendant whose parent ends become a child of this process ({@code
   * PR_SET_CHILD_SUBREAPER} of prctl(2)), which then has to {@link #reap} them.
   *
   * @return false if the kernel refuses
   */
  public static boolean begin() {
    return Linux.prctl(libc.PR_SET_CHILD_SUBREAPER(), 1) == 0;
  }

  /**
   * Lets the children that have ended go for good, except one for which somebody else waits.
   *
   * @param children their pids; those that still run are left alone
   * @param except the pid of that one
   */
  public static void reap(List<Long> children, long except) {
    for (long child : children) {
      if (child != except) {
        int _ = Linux.waitpid((int) child, libc.WNOHANG());
      }
    }
  }
}
