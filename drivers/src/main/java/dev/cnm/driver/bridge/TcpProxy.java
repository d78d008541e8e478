package dev.cnm.driver.bridge;

import dev.cnm.netlink.inet.Buffer;
import dev.cnm.netlink.inet.InetSocket;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/** Carries connections: each direction by itself, so that one may end before the other. */
final class TcpProxy implements Proxies.Proxy {

  private static final System.Logger LOG = System.getLogger(TcpProxy.class.getName());

  /** How many connections of one port there are at most; further ones wait to be accepted. */
  private static final int MOST_CONNECTIONS = 1024;

  private static final int BUFFER = 16_384;

  private final InetSocket server;
  private final Proxies.Connector target;
  private final Semaphore room = new Semaphore(MOST_CONNECTIONS);
  private final Set<InetSocket> open = ConcurrentHashMap.newKeySet();

  TcpProxy(InetSocket server, Proxies.Connector target) {
    this.server = server;
    this.target = target;
  }

  @Override
  public void run() {
    while (!server.isClosed()) {
      room.acquireUninterruptibly();
      try {
        InetSocket client = server.accept();
        Thread.ofVirtual().start(() -> carry(client));
      } catch (IOException e) {
        room.release();
        if (!server.isClosed()) {
          // Such as too many open files: others may be closed meanwhile.
          LOG.log(Level.WARNING, "a proxy can't accept a connection", e);
          rest();
        }
      }
    }
  }

  private static void rest() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void carry(InetSocket client) {
    open.add(client);
    try (client) {
      InetSocket endpoint = target.connect();
      open.add(endpoint);
      try (endpoint) {
        // end() may have come before the socket was in the set.
        if (!server.isClosed()) {
          Thread back = Thread.ofVirtual().start(() -> pour(endpoint, client));
          pour(client, endpoint);
          back.join();
        }
      } finally {
        open.remove(endpoint);
      }
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "a proxy can't reach the endpoint", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(client);
      room.release();
    }
  }

  private static void pour(InetSocket from, InetSocket to) {
    try (Arena arena = Arena.ofConfined()) {
      Buffer buffer = new Buffer(arena, BUFFER);
      for (int count = from.read(buffer, 0); count > 0; count = from.read(buffer, 0)) {
        to.write(buffer, count);
      }
      to.shutdownOutput();
    } catch (IOException e) {
      // A connection that broke is over in both directions.
      from.close();
      to.close();
    }
  }

  @Override
  public void end() {
    open.forEach(InetSocket::close);
    // Whoever waits for room to accept finds the port closed.
    room.release();
  }
}
