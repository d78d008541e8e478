package dev.cnm.endurance.faults;

import dev.cnm.endurance.faults.Point.Errno;
import dev.cnm.endurance.faults.Seccomp.Question;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tells which system calls are points of an operation: what the virtual machine does for itself,
 * and what the container's command does, is none. Safe for use by several threads.
 */
final class Decoder {

  // asm-generic/fcntl.h
  private static final long O_WRONLY = 1;
  private static final long O_RDWR = 2;
  private static final long O_CREAT = 0100;

  private static final long CLONE_VFORK = 0x4000;

  private static final int SO_PROTOCOL = 38;
  private static final int SO_DOMAIN = 39;
  private static final int AF_NETLINK = 16;
  private static final int NETLINK_ROUTE = 0;
  private static final int NETLINK_NETFILTER = 12;
  private static final int NLM_F_DUMP = 0x300;

  private static final List<Errno> FULL = List.of(Errno.ENOSPC, Errno.EIO);
  private static final List<Errno> MEMORY = List.of(Errno.ENOMEM);

  /** A netlink socket's protocol by its inode, or -1 for another socket. */
  private final Map<String, Integer> protocols = new ConcurrentHashMap<>();

  private final Path root;

  /** For programs that keep their state below {@code root}. */
  Decoder(Path root) {
    this.root = root;
  }

  /** The point that a call is; empty if it is none, or who makes it has gone. */
  Optional<Point> point(Question question) {
    try {
      if (!Files.readSymbolicLink(Path.of("/proc/" + question.thread() + "/exe"))
          .endsWith("java")) {
        return Optional.empty();
      }
      return decode(question);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private Optional<Point> decode(Question question) throws IOException {
    SystemCall call = question.call();
    List<Long> its = question.arguments();
    return switch (call) {
      case SENDTO -> request(question);
      case RECVFROM ->
          netlink(question).map(it -> new Point("answer of " + it, false, List.of(Errno.ENOBUFS)));
      case SOCKET -> of(call, "", false, List.of(Errno.EMFILE, Errno.ENOMEM));
      case BIND -> of(call, "", true, List.of(Errno.ENOBUFS));
      case EPOLL_CREATE1 -> of(call, "", false, List.of(Errno.EMFILE));
      case OPEN -> opened(question, its.get(0), its.get(1));
      case OPENAT -> opened(question, its.get(1), its.get(2));
      case WRITE, PWRITE64, FTRUNCATE, FALLOCATE -> written(question);
      case FCHMOD -> written(question).map(it -> new Point(it.what(), true, List.of(Errno.EIO)));
      case MKDIR, LINK, RENAME -> named(question, its.get(0), FULL);
      case MKDIRAT, RENAMEAT, LINKAT -> named(question, its.get(1), FULL);
      case UNLINK, RMDIR, CHMOD -> named(question, its.get(0), List.of(Errno.EIO));
      case UNLINKAT, FCHMODAT -> named(question, its.get(1), List.of(Errno.EIO));
      case MOUNT -> of(call, text(question, its.get(1)), true, List.of(Errno.ENOMEM, Errno.ENOSPC));
      case UMOUNT2 -> of(call, text(question, its.get(0)), true, MEMORY);
      case UNSHARE ->
          of(call, Long.toHexString(its.get(0)), true, List.of(Errno.ENOMEM, Errno.ENOSPC));
      case SETNS -> of(call, "", false, MEMORY);
      case FSOPEN, FSMOUNT -> of(call, "", false, List.of(Errno.ENOMEM, Errno.EMFILE));
      case FSCONFIG -> of(call, "", false, MEMORY);
      case EXECVE -> of(call, text(question, its.get(0)), true, MEMORY);
      case VFORK -> of(call, "", true, List.of(Errno.EAGAIN, Errno.ENOMEM));
      case CLONE -> child(call, its.get(0));
      case CLONE3 -> child(call, number(question, its.get(0)));
    };
  }

  private static Optional<Point> of(
      SystemCall call, String what, boolean changes, List<Errno> errors) {
    return Optional.of(new Point((call + " " + what).strip(), changes, errors));
  }

  /** A thread of the virtual machine's is none of ours. */
  private static Optional<Point> child(SystemCall call, long flags) {
    return (flags & CLONE_VFORK) == 0
        ? Optional.empty()
        : of(call, "", true, List.of(Errno.EAGAIN, Errno.ENOMEM));
  }

  private Optional<Point> request(Question question) throws IOException {
    Optional<String> socket = netlink(question);
    if (socket.isEmpty()) {
      return Optional.empty();
    }
    byte[] header = memory(question, question.arguments().get(1), 8);
    int type = (header[4] & 0xff) | (header[5] & 0xff) << 8;
    int flags = (header[6] & 0xff) | (header[7] & 0xff) << 8;
    boolean reads =
        (flags & NLM_F_DUMP) != 0
            // RTM_GET…: rtnetlink_kind of net/core/rtnetlink.c.
            || (socket.get().equals("rtnetlink") && type >= 16 && (type & 3) == 2);
    return Optional.of(
        new Point(
            (reads ? "question" : "request") + " " + type + " to " + socket.get(),
            !reads,
            List.of(Errno.ENOBUFS, Errno.ENOMEM)));
  }

  private Optional<String> netlink(Question question) throws IOException {
    int fd = (int) (long) question.arguments().get(0);
    Path link = Path.of("/proc/" + question.thread() + "/fd/" + fd);
    String socket = Files.readSymbolicLink(link).toString();
    Integer protocol = protocols.get(socket);
    if (protocol == null) {
      protocol = protocol(leader(question.thread()), fd);
      protocols.put(socket, protocol);
    }
    return switch (protocol) {
      case NETLINK_ROUTE -> Optional.of("rtnetlink");
      case NETLINK_NETFILTER -> Optional.of("nfnetlink");
      default -> Optional.empty();
    };
  }

  private static int protocol(long pid, int fd) throws IOException {
    int copy = Seccomp.descriptorOf(pid, fd);
    try {
      return Seccomp.socketOption(copy, SO_DOMAIN) == AF_NETLINK
          ? Seccomp.socketOption(copy, SO_PROTOCOL)
          : -1;
    } finally {
      Seccomp.close(copy);
    }
  }

  /** The process of a thread. */
  static long leader(int thread) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + thread + "/status")).stream()
        .filter(it -> it.startsWith("Tgid:"))
        .map(it -> Long.parseLong(it.substring(5).strip()))
        .findFirst()
        .orElseThrow();
  }

  private Optional<Point> opened(Question question, long address, long flags) throws IOException {
    String path = text(question, address);
    boolean creates = (flags & O_CREAT) != 0;
    boolean writes = creates || (flags & (O_WRONLY | O_RDWR)) != 0;
    if (!isOurs(path)) {
      return Optional.empty();
    }
    String what = question.call() + (creates ? " new " : " ") + path;
    return Optional.of(
        new Point(
            shortened(what),
            creates,
            creates
                ? List.of(Errno.ENOSPC, Errno.EMFILE)
                : writes ? List.of(Errno.EMFILE, Errno.EIO) : List.of(Errno.EMFILE)));
  }

  private boolean isOurs(String path) {
    return Path.of(path).startsWith(root)
        || path.startsWith("/proc/sys/net/")
        || path.contains("/ns/");
  }

  private Optional<Point> written(Question question) throws IOException {
    Path link = Path.of("/proc/" + question.thread() + "/fd/" + question.arguments().get(0));
    String path = Files.readSymbolicLink(link).toString();
    return isOurs(path) ? of(question.call(), shortened(path), true, FULL) : Optional.empty();
  }

  private Optional<Point> named(Question question, long address, List<Errno> errors)
      throws IOException {
    String path = text(question, address);
    return isOurs(path) ? of(question.call(), shortened(path), true, errors) : Optional.empty();
  }

  private String shortened(String text) {
    return text.replace(root + "/", "")
        .replaceAll("[0-9a-f]{64}", "ID")
        .replaceAll("[0-9a-f]{12}", "ID");
  }

  private static byte[] memory(Question question, long address, int length) throws IOException {
    try (RandomAccessFile memory =
        new RandomAccessFile("/proc/" + question.thread() + "/mem", "r")) {
      memory.seek(address);
      byte[] octets = new byte[length];
      int count = memory.read(octets);
      return count < length ? java.util.Arrays.copyOf(octets, Math.max(0, count)) : octets;
    }
  }

  private static long number(Question question, long address) throws IOException {
    byte[] octets = memory(question, address, Long.BYTES);
    return java.nio.ByteBuffer.wrap(octets).order(java.nio.ByteOrder.nativeOrder()).getLong();
  }

  private static String text(Question question, long address) throws IOException {
    // A page at most, so that nothing behind the text need be there.
    int length = 4096 - (int) (address & 4095);
    byte[] octets = memory(question, address, length);
    int end = 0;
    while (end < octets.length && octets[end] != 0) {
      end++;
    }
    String text = new String(octets, 0, end, StandardCharsets.UTF_8);
    return end < octets.length || length == 4096 ? text : text + text(question, address + length);
  }
}
