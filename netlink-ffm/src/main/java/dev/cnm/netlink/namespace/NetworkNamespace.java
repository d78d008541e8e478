package dev.cnm.netlink.namespace;

import dev.cnm.netlink.NetlinkFamily;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.internal.Linux;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A network namespace ({@code network_namespaces(7)}), held open by a file descriptor: as long as
 * this object isn't closed, the namespace exists. Two of them are equal if they are the same
 * namespace, whatever way they were opened. Safe for use by several threads.
 *
 * {@snippet :
 * try (NetworkNamespace namespace = NetworkNamespace.create()) {
 *   new Links(namespace.route()).change(LinkChange.of("lo").up().build());
 *   ServerSocket server = namespace.call(() -> new ServerSocket(80));
 * }
 * }
 */
public final class NetworkNamespace implements AutoCloseable {

  /** Held while the route socket is opened or closed. */
  private final ReentrantLock routeLock = new ReentrantLock();

  /**
   * How many hold the descriptor: this object until it is closed, and who enters. No lock, since
   * its release could wake somebody in the wrong namespace.
   */
  private final AtomicInteger holders = new AtomicInteger(1);

  private final int fd;
  private final Identity identity;
  private @Nullable NetlinkSocket route;
  private volatile boolean closed;

  /**
   * What tells a namespace from all others while it exists: the device and the inode of its file
   * ({@code namespaces(7)}, "The /proc/pid/ns/ directory").
   *
   * @param device {@code st_dev}
   * @param inode {@code st_ino}
   */
  public record Identity(long device, long inode) {

    /** Such as {@code net:[4026532281]}, as {@code readlink(1)} shows it. */
    @Override
    public String toString() {
      return "net:[" + inode + "]";
    }
  }

  NetworkNamespace(int fd, @Nullable NetlinkSocket route) throws IOException {
    this.fd = fd;
    this.route = route;
    try {
      Map<String, Object> attributes =
          Files.readAttributes(Path.of("/proc/self/fd/" + fd), "unix:dev,ino");
      identity = new Identity(number(attributes, "dev"), number(attributes, "ino"));
    } catch (IOException e) {
      Linux.close(fd);
      throw e;
    }
  }

  private static long number(Map<String, Object> attributes, String name) throws IOException {
    if (attributes.get(name) instanceof Number number) {
      return number.longValue();
    }
    throw new IOException("no attribute " + name + " of a namespace file");
  }

  /**
   * Makes a new namespace. It holds the loopback link, down, and nothing else.
   *
   * @throws IOException if the kernel refuses: without CAP_SYS_ADMIN, with {@code EPERM}; at the
   *     limit of {@code user.max_net_namespaces}, with {@code ENOSPC}
   */
  public static NetworkNamespace create() throws IOException {
    return create(Map.of());
  }

  /**
   * Makes a new namespace with some settings below {@code /proc/sys/net} changed before anything
   * else happens in it.
   *
   * @param sysctls values by the path below {@code /proc/sys}, such as {@code
   *     net/ipv6/conf/default/disable_ipv6}
   * @throws IOException if the kernel refuses the namespace or a setting
   */
  public static NetworkNamespace create(Map<String, String> sysctls) throws IOException {
    return NamespaceFactory.create(sysctls);
  }

  /**
   * Opens the namespace that a path leads to, such as {@code /run/netns/NAME} or {@code
   * /proc/PID/ns/net}.
   *
   * @throws IOException if there is no network namespace there
   */
  public static NetworkNamespace open(Path path) throws IOException {
    int fd = Linux.open(path.toString(), libc.O_RDONLY() | libc.O_CLOEXEC());
    Failures.check(fd, "open the network namespace " + path);
    NetworkNamespace namespace = new NetworkNamespace(fd, null);
    try {
      // A file that a namespace is bound to shows its own path; whether it can be entered tells.
      if (!Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString().startsWith("net:[")) {
        namespace.call(() -> true);
      }
      return namespace;
    } catch (Exception e) {
      namespace.close();
      throw new IOException(path + " is no network namespace", e);
    }
  }

  /**
   * Opens the namespace that a process is in.
   *
   * @throws IOException if there is no such process, or it may not be looked at
   */
  public static NetworkNamespace ofProcess(long pid) throws IOException {
    return open(Path.of("/proc/" + pid + "/ns/net"));
  }

  /**
   * Opens the namespace that a file descriptor of this process refers to. The descriptor stays the
   * caller's.
   *
   * @throws IOException if it refers to no network namespace
   */
  public static NetworkNamespace ofDescriptor(int fd) throws IOException {
    return open(Path.of("/proc/self/fd/" + fd));
  }

  /**
   * Opens the namespace that the calling thread is in.
   *
   * @throws IOException if it can't be opened
   */
  public static NetworkNamespace current() throws IOException {
    int fd = Linux.open("/proc/thread-self/ns/net", libc.O_RDONLY() | libc.O_CLOEXEC());
    Failures.check(fd, "open the network namespace of this thread");
    return new NetworkNamespace(fd, null);
  }

  /** What tells it from all others. */
  public Identity identity() {
    return identity;
  }

  /**
   * A number that no other network namespace has or had since the machine was started, whereas an
   * {@link #identity} is given again: {@code SO_NETNS_COOKIE} of socket(7).
   *
   * @return empty before Linux 5.14
   * @throws IOException if its route socket can't be opened, or the namespace is closed
   */
  public OptionalLong cookie() throws IOException {
    return route().namespaceCookie();
  }

  /**
   * The descriptor that holds it open, for messages that name a namespace by one. Whoever closes
   * this object sees to it that none of them is still to be sent.
   *
   * @throws IllegalStateException if it is closed: the number may be that of another file by now
   */
  public int descriptor() {
    if (closed) {
      throw new IllegalStateException("the network namespace " + identity + " is closed");
    }
    return fd;
  }

  /**
   * A path by which it can be entered while this object is open, from this process or others.
   *
   * @throws IllegalStateException if it is closed
   */
  public Path path() {
    return Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + descriptor());
  }

  /**
   * Binds it to a path, as {@code ip netns add} does: it can be entered by that path, and exists,
   * until {@link #unpin}.
   *
   * @param path must not exist yet; its folder must
   * @throws java.nio.file.FileAlreadyExistsException if the file exists already
   * @throws IOException if the kernel refuses the mount
   * @throws IllegalStateException if this object is closed
   */
  public void pin(Path path) throws IOException {
    String self = "/proc/self/fd/" + descriptor();
    Files.createFile(
        path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    int result = Linux.mount(self, path.toString(), "none", libc.MS_BIND());
    if (result < 0) {
      Files.delete(path);
      Failures.check(result, "bind the network namespace " + identity + " to " + path);
    }
  }

  /**
   * Removes what {@link #pin} made. Does nothing if the file is not there.
   *
   * @throws IOException if the kernel refuses
   */
  public static void unpin(Path path) throws IOException {
    if (Files.exists(path)) {
      int result = Linux.umount2(path.toString(), libc.MNT_DETACH() | libc.UMOUNT_NOFOLLOW());
      // EINVAL: nothing is mounted there, as when a crash came between the file and the mount.
      if (result != -dev.cnm.netlink.Errno.EINVAL.number()) {
        Failures.check(result, "unmount " + path);
      }
      Files.deleteIfExists(path);
    }
  }

  /**
   * The route socket of this namespace: opened at the first call, the same from then on, closed
   * with the namespace.
   *
   * @throws IOException if it can't be opened, or the namespace is closed
   */
  public NetlinkSocket route() throws IOException {
    routeLock.lock();
    try {
      NetlinkSocket socket = route;
      if (socket == null) {
        socket = openSocket(NetlinkFamily.ROUTE);
        route = socket;
      }
      return socket;
    } finally {
      routeLock.unlock();
    }
  }

  /**
   * Opens a netlink socket in it.
   *
   * @throws IOException if the kernel refuses
   */
  public NetlinkSocket openSocket(NetlinkFamily family) throws IOException {
    try {
      return call(() -> NetlinkSocket.open(family));
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Runs {@code task} on a new platform thread inside this namespace and returns its result.
   * Sockets that it opens belong to this namespace for ever. Threads that it starts are in it too,
   * and so might be one that carries everybody's virtual threads if it starts or wakes one of
   * those: it must not (see {@link NamespaceThread}).
   *
   * @throws Exception what the task threw
   * @throws IOException if the namespace can't be entered
   */
  public <T extends @Nullable Object> T call(Callable<T> task) throws Exception {
    return NamespaceThread.call(() -> {
      enter();
      return task.call();
    });
  }

  /**
   * The same on the calling thread, which comes home again: for many tasks, one after another.
   *
   * @throws Exception what the task threw
   * @throws IOException if the namespace can't be entered
   * @throws IllegalStateException if the thread is none of {@link NamespaceThread}
   */
  public <T extends @Nullable Object> T visit(Callable<T> task) throws Exception {
    enter();
    try {
      return task.call();
    } finally {
      int _ = NamespaceThread.goHome();
    }
  }

  /**
   * Starts a process inside this namespace. The JDK's thread that waits for its end may be in it as
   * well, and go on for a minute.
   *
   * @throws IOException if the namespace can't be entered, or the process not started
   */
  public Process start(ProcessBuilder process) throws IOException {
    try {
      return call(process::start);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Moves the calling thread into this namespace, for good. Only for a thread of {@link
   * NamespaceThread}, whose last task it is.
   *
   * @throws IOException if the kernel refuses, or this object is closed
   * @throws IllegalStateException on any other thread
   */
  public void enter() throws IOException {
    NamespaceThread.require();
    hold();
    try {
      Failures.check(
          Linux.setns(fd, libc.CLONE_NEWNET()), "enter the network namespace " + identity);
    } finally {
      letGo();
    }
  }

  private void hold() throws IOException {
    int now;
    do {
      now = holders.get();
      if (closed || now == 0) {
        throw new IOException("the network namespace " + identity + " is closed");
      }
    } while (!holders.compareAndSet(now, now + 1));
  }

  private void letGo() {
    if (holders.decrementAndGet() == 0) {
      Linux.close(fd);
    }
  }

  /**
   * Lets go of the namespace and closes its {@link #route} socket. The kernel removes the namespace
   * when nobody else holds it: no process, no path, no socket. Closing twice does nothing.
   */
  @Override
  public void close() {
    routeLock.lock();
    try {
      if (!closed) {
        closed = true;
        if (route != null) {
          route.close();
          route = null;
        }
        letGo();
      }
    } finally {
      routeLock.unlock();
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof NetworkNamespace namespace && identity.equals(namespace.identity);
  }

  @Override
  public int hashCode() {
    return identity.hashCode();
  }

  /** Such as {@code net:[4026532281]}. */
  @Override
  public String toString() {
    return identity.toString();
  }
}
