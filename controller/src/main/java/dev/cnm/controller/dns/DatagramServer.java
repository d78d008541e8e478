package dev.cnm.controller.dns;

import dev.cnm.controller.dns.Responder.Forwarded;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.util.Optional;

/**
 * Answers queries by UDP: what is known here on the thread that receives, so that nothing is handed
 * over on that way; each query for others on a thread of its own.
 */
final class DatagramServer implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(DatagramServer.class.getName());

  /** How many datagrams may be answered before other virtual threads have their turn. */
  private static final int IN_A_ROW = 64;

  private final DatagramChannel channel;
  private final Responder responder;

  private DatagramServer(DatagramChannel channel, Responder responder) {
    this.channel = channel;
    this.responder = responder;
  }

  /** Starts to answer what comes in by {@code channel}, which is closed with the server. */
  static DatagramServer start(DatagramChannel channel, Responder responder) {
    DatagramServer server = new DatagramServer(channel, responder);
    Thread.ofVirtual().name("cnm-dns-udp").start(server::serve);
    return server;
  }

  @SuppressWarnings("ThreadPriorityCheck") // Virtual threads have no other way to take turns.
  private void serve() {
    ByteBuffer in = ByteBuffer.allocateDirect(Forwarder.LARGEST_DATAGRAM);
    ByteBuffer out = ByteBuffer.allocateDirect(Forwarder.LARGEST_DATAGRAM);
    Answers answers = new Answers();
    for (int turn = 1; channel.isOpen(); turn++) {
      try {
        serveOne(answers, in.clear(), out);
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        // An asker that is gone, or that the kernel lets us send nothing to.
        LOG.log(Level.DEBUG, "a query by UDP was not answered", e);
      } catch (RuntimeException e) {
        LOG.log(Level.WARNING, "a query by UDP was not answered", e);
      }
      if (turn % IN_A_ROW == 0) {
        // A virtual thread that never waits would keep its carrier from all others.
        Thread.yield();
      }
    }
  }

  private void serveOne(Answers answers, ByteBuffer in, ByteBuffer out) throws IOException {
    SocketAddress asker = channel.receive(in);
    Optional<Forwarded> forwarded = responder.respond(answers, in.flip(), out, false);
    if (forwarded.isPresent()) {
      Thread.ofVirtual().name("cnm-dns-query").start(() -> forward(forwarded.get(), asker));
    } else if (out.hasRemaining()) {
      channel.send(out, asker);
    }
  }

  private void forward(Forwarded forwarded, SocketAddress asker) {
    ByteBuffer answer = responder.forward(forwarded);
    try {
      channel.send(answer, asker);
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "a query by UDP was not answered", e);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
