package dev.cnm.driver.bridge;

import dev.cnm.netlink.Errno;
import dev.cnm.netlink.inet.Buffer;
import dev.cnm.netlink.inet.InetSocket;
import dev.cnm.netlink.inet.SocketError;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Carries datagrams. All from one sender are a session with a socket of its own towards the
 * endpoint, so that answers find their way back; a session ends when nothing has come for a while.
 */
final class UdpProxy implements Proxies.Proxy {

  private static final System.Logger LOG = System.getLogger(UdpProxy.class.getName());

  /** As Docker's proxy. */
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(90);

  /** How many sessions a port has at most; the one that was silent longest makes room. */
  private static final int MOST_SESSIONS = 1024;

  private static final int LARGEST_DATAGRAM = 65_535;

  private final InetSocket server;
  private final Proxies.Connector target;
  private final Map<Buffer.Peer, Session> sessions = new ConcurrentHashMap<>();

  UdpProxy(InetSocket server, Proxies.Connector target) {
    this.server = server;
    this.target = target;
  }

  private final class Session implements Runnable {
    private final Buffer.Peer peer;
    private final InetSocket endpoint;
    private volatile long lastHeard = System.nanoTime();

    private Session(Buffer.Peer peer, InetSocket endpoint) {
      this.peer = peer;
      this.endpoint = endpoint;
    }

    @Override
    public void run() {
      try (endpoint;
          Arena arena = Arena.ofConfined()) {
        Buffer buffer = new Buffer(arena, LARGEST_DATAGRAM);
        while (true) {
          try {
            int count = endpoint.read(buffer, IDLE_NANOS);
            lastHeard = System.nanoTime();
            server.reply(buffer, count, peer);
          } catch (SocketError e) {
            boolean silent = System.nanoTime() - lastHeard >= IDLE_NANOS;
            // Nobody has the port inside now (ICMP says so): somebody may later.
            if (!e.is(Errno.ECONNREFUSED) && (!e.is(Errno.ETIMEDOUT) || silent)) {
              return;
            }
          }
        }
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "a session of a proxy is over", e);
      } finally {
        sessions.remove(peer, this);
      }
    }
  }

  @Override
  public void run() {
    try (Arena arena = Arena.ofConfined()) {
      Buffer buffer = new Buffer(arena, LARGEST_DATAGRAM);
      while (!server.isClosed()) {
        try {
          int count = server.receive(buffer);
          forward(buffer, count);
        } catch (IOException e) {
          if (!server.isClosed()) {
            LOG.log(Level.DEBUG, "a proxy lost a datagram", e);
          }
        }
      }
    }
  }

  private void forward(Buffer buffer, int count) throws IOException {
    Buffer.Peer peer = buffer.peer();
    Session session = sessions.get(peer);
    if (session == null) {
      if (sessions.size() >= MOST_SESSIONS) {
        sessions.values().stream()
            .min(Comparator.comparingLong(it -> it.lastHeard))
            .ifPresent(oldest -> oldest.endpoint.close());
      }
      session = new Session(peer, target.connect());
      sessions.put(peer, session);
      Thread.ofVirtual().start(session);
    }
    session.lastHeard = System.nanoTime();
    session.endpoint.write(buffer, count);
  }

  @Override
  public void end() {
    sessions.values().forEach(session -> session.endpoint.close());
  }
}
