package dev.cnm.driver.bridge;

import dev.cnm.Protocol;
import dev.cnm.netlink.inet.InetSocket;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Carry by hand what the kernel can't translate: what comes to {@code ::1} or from a link-local
 * address, and what comes by IPv6 for an endpoint without it. They run on virtual threads; their
 * sockets belong to the host's namespace. Safe for use by several threads.
 */
final class Proxies {

  private static final long CONNECT_NANOS = 10_000_000_000L;

  private final HostSockets sockets;
  private final Map<HostPort, Running> running = new ConcurrentHashMap<>();

  /** Serves one port of the host until its socket is closed. */
  interface Proxy extends Runnable {

    /** Ends what is under way. */
    void end();
  }

  /** Where the proxies get their sockets. */
  interface Connector {

    /** A socket that is connected with the endpoint. */
    InetSocket connect() throws IOException;
  }

  /**
   * A proxy.
   *
   * @param thread on which it runs, from when the first one has come; none if the port was closed
   *     before
   */
  private record Running(Proxy proxy, CompletableFuture<Optional<Thread>> thread) {

    void end() {
      proxy.end();
      thread.join().ifPresent(Running::await);
    }

    private static void await(Thread thread) {
      boolean interrupted = false;
      while (true) {
        try {
          thread.join();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  Proxies(HostSockets sockets) {
    this.sockets = sockets;
  }

  /** Whether {@link #serve} does anything for a port. SCTP is left to the kernel. */
  static boolean serves(Wish.Door door, Protocol protocol) {
    return door.byProxy() && protocol != Protocol.SCTP;
  }

  /** Begins to serve a port. */
  void serve(Publication.Port port) throws IOException {
    HostPort held = port.held();
    InetSocketAddress to = new InetSocketAddress(port.door().to(), port.binding().containerPort());
    Proxy proxy;
    switch (held.protocol()) {
      case TCP -> proxy = new TcpProxy(held.socket(), () -> connect(to, InetSocket.TCP));
      case UDP -> {
        held.socket().tellDestinations();
        proxy = new UdpProxy(held.socket(), () -> connect(to, InetSocket.UDP));
      }
      default -> throw new AssertionError(held.protocol());
    }
    running.put(held, new Running(proxy, start(proxy, held)));
  }

  /** Most ports never see what the kernel can't translate: none of those costs a thread. */
  private static CompletableFuture<Optional<Thread>> start(Proxy proxy, HostPort held)
      throws IOException {
    Thread.Builder thread = Thread.ofVirtual().name("cnm-proxy-" + held.port());
    return held.socket()
        .readable()
        .thenApply(came -> came ? Optional.of(thread.start(proxy)) : Optional.empty());
  }

  private InetSocket connect(InetSocketAddress to, int protocol) throws IOException {
    InetSocket socket = sockets.take(to.getAddress() instanceof Inet6Address, protocol);
    try {
      socket.connect(to, CONNECT_NANOS);
      return socket;
    } catch (Throwable e) {
      socket.close();
      throw e;
    }
  }

  /** Closes a port, and ends what its proxy, if it has one, is at: it is free when this returns. */
  void close(HostPort port) {
    Running proxy = running.remove(port);
    port.close();
    if (proxy != null) {
      proxy.end();
    }
  }
}
