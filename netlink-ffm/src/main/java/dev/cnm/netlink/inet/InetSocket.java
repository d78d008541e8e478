package dev.cnm.netlink.inet;

import dev.cnm.netlink.Errno;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.internal.Linux;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A TCP, UDP or SCTP socket of one IP family ({@code ip(7)}, {@code ipv6(7)}): an IPv6 one takes no
 * IPv4. One thread may read, another write, and any thread close it, which ends the others' waiting
 * with an {@link IOException}.
 */
public final class InetSocket implements AutoCloseable {

  /** RFC 9293. */
  public static final int TCP = 6;

  /** RFC 768. */
  public static final int UDP = 17;

  /** RFC 9260; Linux may lack it. */
  public static final int SCTP = 132;

  private static final int BACKLOG = 4096;

  private final int fd;
  private final boolean ipv6;
  private final int protocol;

  /** How many calls are under way, and one for the owner; nobody closes what another one uses. */
  private final AtomicInteger uses = new AtomicInteger(1);

  private final AtomicBoolean closed = new AtomicBoolean();

  private final Readiness readiness;

  private InetSocket(int fd, boolean ipv6, int protocol) {
    this.fd = fd;
    readiness = new Readiness(fd);
    this.ipv6 = ipv6;
    this.protocol = protocol;
  }

  /**
   * Makes a socket in the network namespace of the calling thread.
   *
   * @param protocol {@link #TCP}, {@link #UDP} or {@link #SCTP}
   * @throws SocketError if the kernel refuses: {@code EAFNOSUPPORT} without IPv6, {@code
   *     EPROTONOSUPPORT} without SCTP
   */
  public static InetSocket open(boolean ipv6, int protocol) throws SocketError {
    int type = protocol == UDP ? libc.SOCK_DGRAM() : libc.SOCK_STREAM();
    int fd =
        Linux.socket(
            ipv6 ? libc.AF_INET6() : libc.AF_INET(),
            type | libc.SOCK_CLOEXEC() | libc.SOCK_NONBLOCK(),
            protocol);
    if (fd < 0) {
      throw new SocketError(
          "open an " + (ipv6 ? "IPv6" : "IPv4") + " socket of the protocol " + protocol, -fd);
    }
    InetSocket socket = new InetSocket(fd, ipv6, protocol);
    try {
      if (ipv6) {
        socket.set(libc.IPPROTO_IPV6(), libc.IPV6_V6ONLY(), 1, "leave IPv4 alone");
      }
      return socket;
    } catch (SocketError e) {
      socket.close();
      throw e;
    }
  }

  private void set(int level, int option, int value, String attempt) throws SocketError {
    check(Linux.setsockopt(fd, level, option, value), attempt);
  }

  private static int check(int result, String attempt) throws SocketError {
    if (result < 0) {
      throw new SocketError(attempt, -result);
    }
    return result;
  }

  /**
   * Lets {@link #bind} take a port that connections of before still linger on ({@code TIME_WAIT});
   * one that somebody listens on stays taken.
   *
   * @throws SocketError if the kernel refuses
   */
  public void reuseAddress() throws SocketError {
    set(libc.SOL_SOCKET(), libc.SO_REUSEADDR(), 1, "set SO_REUSEADDR");
  }

  /**
   * Has {@link #receive} tell to which of the host's addresses a datagram came.
   *
   * @throws SocketError if the kernel refuses
   */
  public void tellDestinations() throws SocketError {
    if (ipv6) {
      set(libc.IPPROTO_IPV6(), libc.IPV6_RECVPKTINFO(), 1, "set IPV6_RECVPKTINFO");
    } else {
      set(libc.IPPROTO_IP(), libc.IP_PKTINFO(), 1, "set IP_PKTINFO");
    }
  }

  /**
   * Has the kernel drop whatever comes ({@code SO_ATTACH_FILTER} with a filter that keeps nothing):
   * the socket holds its port and does nothing else.
   *
   * @throws SocketError if the kernel refuses
   */
  public void deafen() throws SocketError {
    try (Arena arena = Arena.ofConfined()) {
      check(
          Linux.setsockopt(
              fd, libc.SOL_SOCKET(), libc.SO_ATTACH_FILTER(), SocketFilter.dropAll(arena)),
          "attach a filter");
    }
  }

  /**
   * Binds it.
   *
   * @param address port 0 for any free one of {@code ip_local_port_range}
   * @throws SocketError if the kernel refuses: {@code EADDRINUSE}, {@code EADDRNOTAVAIL} for an
   *     address that the host doesn't have, {@code EACCES} for a port below {@code
   *     ip_unprivileged_port_start} without CAP_NET_BIND_SERVICE
   */
  public void bind(InetSocketAddress address) throws SocketError {
    try (Arena arena = Arena.ofConfined()) {
      int result =
          Linux.bind(fd, SocketAddresses.allocate(arena, address), SocketAddresses.length(ipv6));
      if (result < 0) {
        throw new SocketError("bind to " + address, -result);
      }
    }
  }

  /**
   * Takes connections.
   *
   * @throws SocketError if the kernel refuses: {@code EADDRINUSE} if another socket was faster
   */
  public void listen() throws SocketError {
    check(Linux.listen(fd, BACKLOG), "listen");
  }

  /**
   * Its own address and port.
   *
   * @throws SocketError if the kernel refuses
   */
  public InetSocketAddress localAddress() throws SocketError {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(SocketAddresses.length(ipv6), 4);
      check(Linux.getsockname(fd, address), "ask for the socket's address");
      return SocketAddresses.read(address);
    }
  }

  /**
   * Tells when a connection or a datagram has come, without a thread that waits for it.
   *
   * @return completes with true, or with false if the socket has been closed, on a thread that is
   *     not to be held up
   * @throws IOException if the socket is closed
   */
  public CompletableFuture<Boolean> readable() throws IOException {
    CompletableFuture<Boolean> readable = new CompletableFuture<>();
    enter();
    try {
      readiness.watch(libc.EPOLLIN(), () -> readable.complete(!isClosed()));
    } finally {
      leave();
    }
    return readable;
  }

  /**
   * Waits for a connection.
   *
   * @throws IOException if the kernel refuses or the socket is closed
   */
  public InetSocket accept() throws IOException {
    enter();
    try {
      while (true) {
        int accepted = Linux.accept4(fd, libc.SOCK_CLOEXEC() | libc.SOCK_NONBLOCK());
        if (accepted >= 0) {
          return new InetSocket(accepted, ipv6, protocol);
        }
        // Of a connection that was gone again (accept(2), "Error handling"), the next may follow.
        if (!is(accepted, Errno.EAGAIN)
            && !is(accepted, Errno.EINTR)
            && !is(accepted, Errno.ECONNABORTED)
            && !is(accepted, Errno.EPROTO)) {
          throw new SocketError("accept a connection", -accepted);
        }
        if (is(accepted, Errno.EAGAIN)) {
          await(libc.EPOLLIN(), 0);
        }
      }
    } finally {
      leave();
    }
  }

  /**
   * Connects.
   *
   * @param nanos how long to wait at most
   * @throws IOException if it is refused or takes longer
   */
  public void connect(InetSocketAddress address, long nanos) throws IOException {
    String attempt = "connect to " + address;
    enter();
    try (Arena arena = Arena.ofConfined()) {
      int result =
          Linux.connect(fd, SocketAddresses.allocate(arena, address), SocketAddresses.length(ipv6));
      if (is(result, Errno.EINPROGRESS)) {
        if (!readiness.await(libc.EPOLLOUT(), nanos)) {
          throw new SocketError(attempt, Errno.ETIMEDOUT.number());
        }
        long error = Linux.getsockopt(fd, libc.SOL_SOCKET(), libc.SO_ERROR());
        result = (int) -Math.abs(error);
      }
      check(result, attempt);
    } finally {
      leave();
    }
  }

  /**
   * Reads what has come, and waits if nothing has; of UDP one datagram, cut off at the length.
   *
   * @param nanos how long to wait at most; 0 for ever
   * @return how many octets; 0 if the other end writes no more, for UDP also an empty datagram
   * @throws IOException if the connection fails, the time is over or the socket is closed
   */
  public int read(Buffer buffer, long nanos) throws IOException {
    enter();
    try {
      while (true) {
        int count =
            (int)
                Linux.recv(
                    buffer.callState(),
                    fd,
                    buffer.octets(),
                    buffer.octets().byteSize(),
                    libc.MSG_DONTWAIT());
        if (count >= 0) {
          return count;
        }
        retry(count, libc.EPOLLIN(), nanos, "read");
      }
    } finally {
      leave();
    }
  }

  /**
   * Writes the first {@code length} octets, all of them.
   *
   * @throws IOException if the connection fails or the socket is closed
   */
  public void write(Buffer buffer, int length) throws IOException {
    enter();
    try {
      int written = 0;
      do {
        int count =
            (int)
                Linux.send(
                    buffer.callState(),
                    fd,
                    buffer.octets().asSlice(written),
                    length - written,
                    libc.MSG_DONTWAIT() | libc.MSG_NOSIGNAL());
        if (count >= 0) {
          written += count;
        } else {
          retry(count, libc.EPOLLOUT(), 0, "write");
        }
      } while (written < length);
    } finally {
      leave();
    }
  }

  /**
   * Waits for a datagram; {@code buffer} knows then where it came from and, with {@link
   * #tellDestinations}, to which address.
   *
   * @return how many octets
   * @throws IOException if the kernel refuses or the socket is closed
   */
  public int receive(Buffer buffer) throws IOException {
    enter();
    try {
      while (true) {
        int count = Linux.recvmsg(fd, buffer.toReceive(), libc.MSG_DONTWAIT());
        if (count >= 0) {
          return count;
        }
        // What an earlier datagram met (ip(7), "Error handling"): the next may still come.
        if (!is(count, Errno.ECONNREFUSED) && !is(count, Errno.EHOSTUNREACH)) {
          retry(count, libc.EPOLLIN(), 0, "receive");
        }
      }
    } finally {
      leave();
    }
  }

  /**
   * Sends a datagram back to where one came from, from the address that it came to.
   *
   * @throws IOException if the kernel refuses or the socket is closed
   */
  public void reply(Buffer buffer, int length, Buffer.Peer peer) throws IOException {
    enter();
    try {
      while (true) {
        int count =
            Linux.sendmsg(
                fd, buffer.toSend(length, peer), libc.MSG_DONTWAIT() | libc.MSG_NOSIGNAL());
        if (count >= 0) {
          return;
        }
        retry(count, libc.EPOLLOUT(), 0, "send");
      }
    } finally {
      leave();
    }
  }

  /** Says that nothing more will be written; what is on its way still arrives. */
  public void shutdownOutput() {
    Linux.shutdown(fd, libc.SHUT_WR());
  }

  private void retry(int result, int events, long nanos, String attempt) throws IOException {
    if (is(result, Errno.EAGAIN)) {
      await(events, nanos);
    } else if (!is(result, Errno.EINTR)) {
      throw new SocketError(attempt, -result);
    }
  }

  private void await(int events, long nanos) throws IOException {
    if (!readiness.await(events, nanos)) {
      if (closed.get() || nanos == 0) {
        throw new IOException("the socket was closed");
      }
      throw new SocketError("wait for the other end", Errno.ETIMEDOUT.number());
    }
  }

  private static boolean is(int result, Errno errno) {
    return result == -errno.number();
  }

  /** Whether {@link #close} has been called. */
  public boolean isClosed() {
    return closed.get();
  }

  private void enter() throws IOException {
    int now;
    do {
      now = uses.get();
      if (closed.get() || now == 0) {
        throw new IOException("the socket is closed");
      }
    } while (!uses.compareAndSet(now, now + 1));
  }

  private void leave() {
    if (uses.decrementAndGet() == 0) {
      Linux.close(fd);
    }
  }

  /** Closes it; whoever waits on it gets an exception. Closing twice does nothing. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      readiness.close();
      leave();
    }
  }
}
