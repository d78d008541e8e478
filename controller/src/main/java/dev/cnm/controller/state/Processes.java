package dev.cnm.controller.state;

import dev.cnm.netlink.process.Signals;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What {@code /proc} tells of processes. It may be that of another PID namespace than this
 * process's ({@code unshare --pid} without {@code --mount-proc}), hide processes ({@code hidepid}
 * of proc(5)), or shift times (time_namespaces(7)).
 */
final class Processes {

  private static final Path PROC = Path.of("/proc");

  /**
   * {@code PROC_PID_INIT_INO} of include/linux/proc_ns.h: that of the namespace of all processes.
   */
  private static final long INITIAL = 0xEFFFFFFCL;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** A clock tick is a hundredth of a second on all machines that Java runs on (time(7)). */
  private static final long NANOS_PER_TICK = NANOS_PER_SECOND / 100;

  private static final long UNSEEN = -1;

  private static final View VIEW = View.find();

  private Processes() {}

  /**
   * From where this process looks.
   *
   * @param bootId this boot
   * @param pidNamespace this process's; 0 if it can't be told
   * @param own whether {@code /proc} shows that namespace, and not one around it
   * @param offset what the time namespace adds to all times, in ticks
   */
  private record View(String bootId, long pidNamespace, boolean own, long offset) {

    static View find() {
      long namespace = namespaceOf(PROC.resolve("self"));
      return new View(Place.boot(), namespace, namespace != 0 && isOwn(), boottimeOffset());
    }

    /** proc_pid_status(5): the numbers of a thread in all namespaces, the mounter's first. */
    private static boolean isOwn() {
      return numbers(PROC.resolve("self")).filter(it -> it.length == 1).isPresent();
    }

    private static long boottimeOffset() {
      try {
        for (String line : lines(PROC.resolve("self/timens_offsets"))) {
          String[] fields = line.strip().split("\\s+");
          if (fields[0].equals("boottime")) {
            return Math.floorDiv(
                Long.parseLong(fields[1]) * NANOS_PER_SECOND + Long.parseLong(fields[2]),
                NANOS_PER_TICK);
          }
        }
      } catch (IOException e) {
        // A kernel without time namespaces.
      }
      return 0;
    }

    /** Whether a process that {@code /proc} doesn't show can't be anywhere. */
    boolean isComplete() {
      return own && pidNamespace == INITIAL && Files.isReadable(PROC.resolve("1/status"));
    }
  }

  static Owner self() {
    return owner(ProcessHandle.current().pid());
  }

  static Owner owner(long pid) {
    Optional<Path> process = find(pid);
    if (process.isEmpty()) {
      return exists(pid) ? new Owner(pid, UNSEEN, VIEW.bootId, VIEW.pidNamespace) : Owner.nobody();
    }
    OptionalLong startTime = startTime(process.get());
    return startTime.isPresent()
        ? new Owner(pid, startTime.getAsLong(), VIEW.bootId, VIEW.pidNamespace)
        : Owner.nobody();
  }

  static Life life(Owner owner) {
    if (owner.pid() <= 0 || !owner.bootId().equals(VIEW.bootId)) {
      return Life.ENDED;
    }
    if (owner.pidNamespace() == VIEW.pidNamespace && VIEW.pidNamespace != 0) {
      return lifeHere(owner);
    }
    List<Path> shown = shown(owner);
    if (shown.isEmpty()) {
      return VIEW.isComplete() ? Life.ENDED : Life.UNKNOWN;
    }
    return shown.stream().anyMatch(it -> namespaceOf(it) == owner.pidNamespace())
        ? Life.ALIVE
        : Life.UNKNOWN;
  }

  private static Life lifeHere(Owner owner) {
    if (!exists(owner.pid())) {
      return Life.ENDED;
    }
    Optional<Path> process = find(owner.pid());
    if (process.isEmpty() || owner.startTime() == UNSEEN) {
      return Life.UNKNOWN;
    }
    return hasStartTime(process.get(), owner) ? Life.ALIVE : Life.ENDED;
  }

  private static boolean hasStartTime(Path process, Owner owner) {
    OptionalLong startTime = startTime(process);
    // A time namespace may shift by parts of a tick.
    return startTime.isPresent() && Math.abs(startTime.getAsLong() - owner.startTime()) <= 1;
  }

  static OptionalLong pidHere(Owner owner) {
    if (!VIEW.own || life(owner) != Life.ALIVE) {
      return OptionalLong.empty();
    }
    return owner.pidNamespace() == VIEW.pidNamespace
        ? OptionalLong.of(owner.pid())
        : shown(owner).stream()
            .filter(it -> namespaceOf(it) == owner.pidNamespace())
            .mapToLong(it -> Long.parseLong(it.getFileName().toString()))
            .findFirst();
  }

  /** Where {@code /proc} shows the process with a number of this PID namespace. */
  private static Optional<Path> find(long pid) {
    if (VIEW.own) {
      // With hidepid, a process may be there and show nothing.
      return Optional.of(PROC.resolve(Long.toString(pid)))
          .filter(it -> Files.isReadable(it.resolve("stat")));
    }
    return all().stream()
        .filter(it -> isCalled(it, pid) && namespaceOf(it) == VIEW.pidNamespace)
        .findFirst();
  }

  /**
   * What in {@code /proc} can be a process of another namespace. Whether it is in that namespace,
   * not everybody may see.
   */
  private static List<Path> shown(Owner owner) {
    return all().stream()
        .filter(it -> isCalled(it, owner.pid()) && hasStartTime(it, owner))
        .filter(it -> namespaceOf(it) == owner.pidNamespace() || namespaceOf(it) == 0)
        .toList();
  }

  private static boolean isCalled(Path process, long pid) {
    return numbers(process).filter(it -> it[it.length - 1] == pid).isPresent();
  }

  private static List<Path> all() {
    List<Path> all = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[1-9]*")) {
      processes.forEach(all::add);
    } catch (IOException e) {
      // No procfs at all.
    }
    return all;
  }

  /** kill(2) with signal 0 asks this process's own namespace, whatever {@code /proc} shows. */
  private static boolean exists(long pid) {
    try {
      return Signals.send(pid, 0);
    } catch (SecurityException e) {
      return true;
    }
  }

  /** The inode of a process's PID namespace, or 0 if it can't be seen. */
  private static long namespaceOf(Path process) {
    return Place.inodeOf(process.resolve("ns/pid"));
  }

  private static List<String> lines(Path file) throws IOException {
    return read(file).lines().toList();
  }

  /** Not through a channel: an interrupted thread would take every process for ended. */
  private static String read(Path file) throws IOException {
    try (InputStream stream = new FileInputStream(file.toString())) {
      return new String(stream.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private static Optional<long[]> numbers(Path process) {
    try {
      for (String line : lines(process.resolve("status"))) {
        if (line.startsWith("NSpid:")) {
          String[] fields = line.substring("NSpid:".length()).strip().split("\\s+");
          long[] numbers = new long[fields.length];
          for (int i = 0; i < fields.length; i++) {
            numbers[i] = Long.parseLong(fields[i]);
          }
          return Optional.of(numbers);
        }
      }
    } catch (IOException e) {
      // It has ended meanwhile.
    }
    return Optional.empty();
  }

  /** Empty if it has ended, or has ended and waits for its parent. */
  private static OptionalLong startTime(Path process) {
    try {
      String stat = read(process.resolve("stat"));
      // The second field is the command's name in parentheses, which may hold any character.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", 21);
      boolean ended = fields[0].equals("Z") || fields[0].equals("X");
      return ended
          ? OptionalLong.empty()
          : OptionalLong.of(Long.parseLong(fields[19]) - VIEW.offset);
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }
}
