package dev.cnm.controller.state;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A process. The number alone would not do: the kernel gives it again to others. With the time when
 * the process started it names one process of one boot.
 *
 * @param pid its number
 * @param startTime when it started, in clock ticks since the boot: field 22 of {@code
 *     /proc/pid/stat} (proc_pid_stat(5))
 */
public record Owner(long pid, long startTime) {

  private static final Owner NOBODY = new Owner(0, 0);

  /** No process: never alive. */
  public static Owner nobody() {
    return NOBODY;
  }

  /** The process that has this number now; {@link #nobody} if there is none. */
  public static Owner of(long pid) {
    long startTime = startTimeOf(pid);
    return startTime < 0 ? NOBODY : new Owner(pid, startTime);
  }

  /** This process. */
  public static Owner current() {
    return Current.OWNER;
  }

  private static final class Current {
    static final Owner OWNER = find();

    private static Owner find() {
      long pid = ProcessHandle.current().pid();
      return new Owner(pid, startTimeOf(pid));
    }
  }

  /** Whether the process still runs. */
  public boolean alive() {
    return equals(current()) || (pid > 0 && startTime == startTimeOf(pid));
  }

  /** The start time, or -1 if there is no such process or it has ended and waits for its parent. */
  private static long startTimeOf(long pid) {
    try {
      String stat =
          Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
      // The second field is the command's name in parentheses, which may hold any character.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", 21);
      boolean ended = fields[0].equals("Z") || fields[0].equals("X");
      return ended ? -1 : Long.parseLong(fields[19]);
    } catch (IOException e) {
      return -1;
    }
  }

  /** Such as {@code process 4711}. */
  @Override
  public String toString() {
    return "process " + pid;
  }
}
