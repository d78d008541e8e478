package dev.cnm.netlink.process;

import dev.cnm.netlink.Errno;
import dev.cnm.netlink.internal.Linux;

/** Signals to other processes ({@code kill(2)}). */
public final class Signals {

  private Signals() {}

  /**
   * Sends a signal.
   *
   * @param pid the process, positive
   * @param number the signal's number, such as 15; see {@code signal(7)}
   * @return false if there is no such process
   * @throws IllegalArgumentException if the pid is not positive: 0 and less mean groups
   * @throws SecurityException if the process may not be signalled
   */
  public static boolean send(long pid, int number) {
    if (pid <= 0 || pid > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("not a process: " + pid);
    }
    int result = Linux.kill((int) pid, number);
    if (result == -Errno.EPERM.number()) {
      throw new SecurityException("process " + pid + " may not be signalled");
    }
    return result == 0;
  }
}
