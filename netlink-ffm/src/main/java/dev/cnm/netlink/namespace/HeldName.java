package dev.cnm.netlink.namespace;

import dev.cnm.netlink.Errno;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.sockaddr_un;
import dev.cnm.netlink.internal.Linux;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A name that is held in a network namespace until it is closed or the process ends, however it
 * ends: an abstract unix socket ({@code unix(7)}). Everybody in that network namespace sees it,
 * whatever other namespaces he is in ({@code ss -xl}, {@code /proc/net/unix}), and only one can
 * hold it. Safe for use by several threads.
 */
public final class HeldName implements AutoCloseable {

  /** {@code sun_path} without the NUL that makes a name an abstract one. */
  private static final int LONGEST = (int) sockaddr_un.sun_path$layout().byteSize() - 1;

  /** For those who ask who holds it; nobody ever accepts them. */
  private static final int BACKLOG = 4096;

  /** The word of a line of {@code /proc/net/unix} behind which the name is. */
  private static final int WORDS_BEFORE_NAME = 7;

  private final String name;
  private final int fd;
  private final AtomicBoolean closed = new AtomicBoolean();

  private HeldName(String name, int fd) {
    this.name = name;
    this.fd = fd;
  }

  /**
   * Takes a name.
   *
   * @param name of up to 107 octets, graphic ASCII characters
   * @return empty if somebody holds it
   * @throws IllegalArgumentException if the name is another one
   * @throws IOException if the kernel refuses, or the namespace is closed
   */
  public static Optional<HeldName> take(NetworkNamespace namespace, String name)
      throws IOException {
    requireName(name);
    return in(
        namespace,
        () -> {
          int fd = open("hold the name " + name);
          int result = withAddress(name, (address, length) -> Linux.bind(fd, address, length));
          if (result == 0) {
            // From now on the kernel tells who asks which process holds it (SO_PEERCRED).
            result = Linux.listen(fd, BACKLOG);
          }
          if (result < 0) {
            Linux.close(fd);
            if (result == -Errno.EADDRINUSE.number()) {
              return Optional.empty();
            }
          }
          Failures.check(result, "hold the name " + name);
          return Optional.of(new HeldName(name, fd));
        });
  }

  /**
   * The process that holds a name.
   *
   * @return its number as this process sees it, 0 if it doesn't; empty if nobody holds the name
   * @throws IOException if the kernel refuses, or the namespace is closed
   */
  public static OptionalLong holder(NetworkNamespace namespace, String name) throws IOException {
    requireName(name);
    return in(
        namespace,
        () -> {
          int fd = open("ask for the holder of the name " + name);
          try {
            int result = withAddress(name, (address, length) -> Linux.connect(fd, address, length));
            if (result == -Errno.ECONNREFUSED.number()) {
              return OptionalLong.empty();
            }
            Failures.check(result, "ask for the holder of the name " + name);
            // struct ucred of unix(7) begins with the number; what follows is the user's.
            long credentials = Linux.getsockopt(fd, libc.SOL_SOCKET(), libc.SO_PEERCRED());
            return OptionalLong.of(credentials < 0 ? 0 : credentials & 0xffff_ffffL);
          } finally {
            Linux.close(fd);
          }
        });
  }

  /**
   * The names that are held and begin so. It lists all unix sockets of the namespace.
   *
   * @throws IOException if the kernel refuses, or the namespace is closed
   */
  public static List<String> list(NetworkNamespace namespace, String prefix) throws IOException {
    return in(
        namespace,
        () ->
            Files.readAllLines(Path.of("/proc/thread-self/net/unix"), StandardCharsets.ISO_8859_1)
                .stream()
                .map(line -> line.split(" +", WORDS_BEFORE_NAME + 1))
                .filter(words -> words.length > WORDS_BEFORE_NAME)
                .map(words -> words[WORDS_BEFORE_NAME])
                .filter(path -> path.startsWith("@" + prefix))
                .map(path -> path.substring(1))
                .sorted()
                .distinct()
                .toList());
  }

  private static void requireName(String name) {
    if (name.isEmpty()
        || name.length() > LONGEST
        || !name.chars().allMatch(letter -> letter > ' ' && letter < 0x7f)) {
      throw new IllegalArgumentException("no name that can be held: " + name);
    }
  }

  private static int open(String attempt) throws IOException {
    int fd =
        Linux.socket(
            libc.AF_UNIX(), libc.SOCK_STREAM() | libc.SOCK_CLOEXEC() | libc.SOCK_NONBLOCK(), 0);
    Failures.check(fd, attempt);
    return fd;
  }

  @FunctionalInterface
  private interface AddressCall {
    int with(MemorySegment address, int length);
  }

  private static int withAddress(String name, AddressCall call) {
    try (Arena arena = Arena.ofConfined()) {
      byte[] octets = name.getBytes(StandardCharsets.US_ASCII);
      MemorySegment address = sockaddr_un.allocate(arena);
      sockaddr_un.sun_family(address, (short) libc.AF_UNIX());
      long begin = sockaddr_un.sun_path$offset() + 1;
      MemorySegment.copy(octets, 0, address, ValueLayout.JAVA_BYTE, begin, octets.length);
      return call.with(address, (int) begin + octets.length);
    }
  }

  private static <T> T in(NetworkNamespace namespace, Callable<T> task) throws IOException {
    try {
      return namespace.call(task);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** The name. */
  public String name() {
    return name;
  }

  /** Lets go of it. Closing twice does nothing. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      Linux.close(fd);
    }
  }

  /** The name. */
  @Override
  public String toString() {
    return name;
  }
}
