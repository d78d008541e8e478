package dev.cnm.cli.state;

import dev.cnm.controller.state.StoreBusyException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The process that is in a transaction. SQLite locks an octet of the file {@code -shm} for it with
 * fcntl(2), and the kernel tells who has that lock: {@code /proc/locks}, proc(5).
 *
 * @param pid its number here, if it can be seen
 */
record StoreHolder(OptionalLong pid) {

  /** {@code UNIX_SHM_BASE} of SQLite's os_unix.c, the first of its locks: WAL_WRITE_LOCK. */
  private static final String WRITE_LOCK = "120";

  static StoreHolder of(Path file) {
    Path shared = file.resolveSibling(file.getFileName() + "-shm");
    try {
      Stream<String> locks = read(Path.of("/proc/locks")).lines();
      String inode = ":" + Files.getAttribute(shared, "unix:ino");
      // 1: POSIX  ADVISORY  WRITE 4711 00:1c:12345 120 120
      return new StoreHolder(
          locks
              .map(it -> it.strip().split("\\s+"))
              .filter(it -> it.length == 8 && it[5].endsWith(inode) && it[6].equals(WRITE_LOCK))
              .filter(it -> it[3].equals("WRITE") && it[4].matches("[1-9][0-9]*"))
              .mapToLong(it -> Long.parseLong(it[4]))
              .findFirst());
    } catch (IOException | UnsupportedOperationException e) {
      return new StoreHolder(OptionalLong.empty());
    }
  }

  StoreBusyException failure(Path file, Duration waited, Throwable cause) {
    String who =
        pid.isPresent()
            ? "process "
                + pid.getAsLong()
                + (isStopped(pid.getAsLong()) ? ", which is stopped," : "")
            : "a process that can't be seen from here";
    String remedy =
        pid.isPresent()
            ? ": let it go on (kill -CONT "
                + pid.getAsLong()
                + ") or end it (kill -KILL "
                + pid.getAsLong()
                + ")"
            : ": let it go on or end it";
    return new StoreBusyException(
        "the store "
            + file
            + " has been held by "
            + who
            + " for "
            + waited.toSeconds()
            + " seconds"
            + remedy,
        pid,
        cause);
  }

  /** proc_pid_stat(5): stopped by a signal, or by a debugger. */
  static boolean isStopped(long pid) {
    try {
      String stat = read(Path.of("/proc", Long.toString(pid), "stat"));
      return "Tt".indexOf(stat.charAt(stat.lastIndexOf(')') + 2)) >= 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** Also in a thread that was interrupted, which {@link Files#readString} fails in. */
  private static String read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }
}
