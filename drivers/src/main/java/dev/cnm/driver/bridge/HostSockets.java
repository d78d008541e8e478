package dev.cnm.driver.bridge;

import dev.cnm.netlink.inet.InetSocket;
import dev.cnm.netlink.inet.SocketError;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Sockets of the host's namespace. To open one takes a thread that goes there, which costs as much
 * as some twenty sockets: each trip brings spare ones too, more from one to the next. A socket
 * belongs for ever to the namespace that it was opened in ({@code sk_alloc} of net/core/sock.c),
 * whoever binds or connects it. Safe for use by several threads.
 */
final class HostSockets implements AutoCloseable {

  /** How many spare ones of a kind a trip leaves at most. */
  private static final int MOST = 16;

  private final NetworkNamespace host;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Kind, Queue<InetSocket>> spare = new HashMap<>();
  private int wanted = 1;
  private boolean closed;

  private record Kind(boolean ipv6, int protocol) {

    InetSocket open() throws SocketError {
      return InetSocket.open(ipv6, protocol);
    }

    Kind otherFamily() {
      return new Kind(!ipv6, protocol);
    }
  }

  HostSockets(NetworkNamespace host) {
    this.host = host;
  }

  /**
   * A socket that is neither bound nor connected, for the caller to close.
   *
   * @throws IOException as {@link InetSocket#open} does, or if the host can't be entered
   */
  InetSocket take(boolean ipv6, int protocol) throws IOException {
    Kind kind = new Kind(ipv6, protocol);
    lock.lock();
    try {
      InetSocket ready = spares(kind).poll();
      return ready != null ? ready : fetch(kind);
    } finally {
      lock.unlock();
    }
  }

  private Queue<InetSocket> spares(Kind kind) {
    return spare.computeIfAbsent(kind, it -> new ArrayDeque<>());
  }

  private InetSocket fetch(Kind kind) throws IOException {
    if (closed) {
      throw new IOException("the sockets of the host " + host + " are closed");
    }
    try {
      return host.call(() -> {
        InetSocket first = kind.open();
        stockUp(kind);
        // Most ports are wanted in both.
        stockUp(kind.otherFamily());
        wanted = Math.min(2 * wanted, MOST);
        return first;
      });
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private void stockUp(Kind kind) {
    Queue<InetSocket> spares = spares(kind);
    try {
      while (spares.size() < wanted) {
        spares.add(kind.open());
      }
    } catch (SocketError e) {
      // Nobody has asked for it: who does is told why there is none.
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      spare.values().forEach(sockets -> sockets.forEach(InetSocket::close));
      spare.clear();
    } finally {
      lock.unlock();
    }
  }
}
