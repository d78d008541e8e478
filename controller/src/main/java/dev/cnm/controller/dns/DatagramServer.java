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
 * over on that way; each query for others on a virtual thread of its own. The one that receives is
 * to be a platform thread: it waits in recvfrom(2) itself, where a virtual one would come back
 * through epoll, and under a flood it shares the processors as the kernel sees fit.
 */
final class DatagramServer implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(DatagramServer.class.getName());

  private final DatagramChannel channel;
  private final Responder responder;

  /** One for what comes in by {@code channel}, which is closed with the server. */
  DatagramServer(DatagramChannel channel, Responder responder) {
    this.channel = channel;
    this.responder = responder;
  }

  /** Answers on the calling thread until it is closed. */
  void serve() {
    ByteBuffer in = ByteBuffer.allocateDirect(Forwarder.LARGEST_DATAGRAM);
    ByteBuffer out = ByteBuffer.allocateDirect(Forwarder.LARGEST_DATAGRAM);
    Answers answers = new Answers();
    while (channel.isOpen()) {
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
