package dev.cnm.controller.state;

import java.util.OptionalLong;

/**
 * A process. The number alone would not do: the kernel gives it again to others, and each PID
 * namespace counts for itself. With the boot, the PID namespace and the time when the process
 * started it names one process for ever.
 *
 * @param pid its number in its PID namespace
 * @param startTime when it started, in clock ticks since the boot: field 22 of {@code
 *     /proc/pid/stat} (proc_pid_stat(5)) as the initial time namespace has it; -1 if that could not
 *     be seen
 * @param bootId the boot during which it runs
 * @param pidNamespace the inode of its PID namespace (namespaces(7))
 */
public record Owner(long pid, long startTime, String bootId, long pidNamespace) {

  private static final Owner NOBODY = new Owner(0, 0, "", 0);

  /** No process: it has ended. */
  public static Owner nobody() {
    return NOBODY;
  }

  /** The process that has this number here and now; {@link #nobody} if there is none. */
  public static Owner of(long pid) {
    return Processes.owner(pid);
  }

  /** This process. */
  public static Owner current() {
    return Current.OWNER;
  }

  private static final class Current {
    static final Owner OWNER = Processes.self();
  }

  /**
   * Whether the process still runs. One that has ended and waits for its parent doesn't. From
   * another time namespace it can be told; from another PID namespace only if this one's procfs
   * shows the process, or shows all there are.
   */
  public Life life() {
    return equals(current()) ? Life.ALIVE : Processes.life(this);
  }

  /** Whether the process runs for sure. */
  public boolean alive() {
    return life() == Life.ALIVE;
  }

  /** Whether the process has ended for sure. */
  public boolean ended() {
    return life() == Life.ENDED;
  }

  /** The number that the process has in this PID namespace and in {@code /proc}, while it runs. */
  public OptionalLong pidHere() {
    return Processes.pidHere(this);
  }

  /** Such as {@code process 4711}. */
  @Override
  public String toString() {
    return "process " + pid;
  }
}
