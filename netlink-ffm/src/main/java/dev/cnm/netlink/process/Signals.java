package dev.cnm.netlink.process;

import dev.cnm.netlink.Errno;
import dev.cnm.netlink.internal.Linux;
import java.util.function.BooleanSupplier;

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

  /**
   * Sends a signal to a process if it is the one that is meant, and not another one that has been
   * given its number since: the process is held by a descriptor ({@code pidfd_open(2)}) before it
   * is looked at.
   *
   * @param isMeant looks at the process with this number
   * @return false if there is no such process
   * @throws IllegalArgumentException if the pid is not positive
   * @throws SecurityException if the process may not be signalled
   */
  public static boolean send(long pid, int number, BooleanSupplier isMeant) {
    int pidfd = open(pid);
    if (pidfd < 0) {
      // A kernel before 5.3, or a C library before glibc 2.36; or it is gone.
      return isMeant.getAsBoolean() && send(pid, number);
    }
    try {
      if (!isMeant.getAsBoolean()) {
        return false;
      }
      int result = Linux.pidfdSendSignal(pidfd, number);
      if (result == -Errno.EPERM.number()) {
        throw new SecurityException("process " + pid + " may not be signalled");
      }
      return result == 0;
    } finally {
      Linux.close(pidfd);
    }
  }

  private static int open(long pid) {
    if (pid <= 0 || pid > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("not a process: " + pid);
    }
    try {
      return Linux.pidfdOpen((int) pid);
    } catch (LinkageError e) {
      return -Errno.ENOSYS.number();
    }
  }
}
