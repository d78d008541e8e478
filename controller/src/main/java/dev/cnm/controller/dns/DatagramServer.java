package dev.cnm.controller.dns;

import dev.cnm.controller.dns.Responder.Forwarded;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Answers queries by UDP: what is known here on the thread that receives, so that nothing is handed
 * over on that way; each query for others on a virtual thread of its own. The one that receives is
 * a platform thread: it waits for the socket itself, where a virtual one would come back through
 * the JDK's epoll, and under a flood it shares the processors as the kernel sees fit. As long as
 * nobody has asked, a virtual one waits: many sandboxes never do, and the start of a platform
 * thread would be a tenth of an attachment.
 */
final class DatagramServer implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(DatagramServer.class.getName());

  /** In octets: there may be many sandboxes. */
  private static final long STACK = 128 << 10;

  private static final long PAUSE_NANOS = 1_000_000;

  private final DatagramChannel channel;
  private final Responder responder;

  /** Of the one thread that answers. */
  private static final class Buffers {
    private final ByteBuffer in = ByteBuffer.allocateDirect(Forwarder.LARGEST_DATAGRAM);
    private final ByteBuffer out = ByteBuffer.allocateDirect(Forwarder.LARGEST_DATAGRAM);
    private final Answers answers = new Answers();
  }

  private DatagramServer(DatagramChannel channel, Responder responder) {
    this.channel = channel;
    this.responder = responder;
  }

  /** Starts to answer what comes in by {@code channel}, which is closed with the server. */
  static DatagramServer start(DatagramChannel channel, Responder responder) {
    DatagramServer server = new DatagramServer(channel, responder);
    Thread.ofVirtual().name("cnm-dns-first").start(server::awaitFirst);
    return server;
  }

  private void awaitFirst() {
    Buffers buffers = new Buffers();
    if (serveNext(buffers)) {
      try {
        Thread.ofPlatform()
            .name("cnm-dns-udp")
            .daemon()
            .stackSize(STACK)
            .start(() -> serve(buffers));
      } catch (Throwable e) {
        LOG.log(Level.WARNING, "no thread for queries by UDP, which are answered without one", e);
        serve(buffers);
      }
    }
  }

  private void serve(Buffers buffers) {
    boolean open = true;
    while (open) {
      open = serveNext(buffers);
    }
  }

  /** Returns false if the server is closed: nothing else may end it. */
  private boolean serveNext(Buffers buffers) {
    try {
      serveOne(buffers.answers, buffers.in.clear(), buffers.out);
    } catch (IOException e) {
      // An asker that is gone, or the kernel is short of something, which may last.
      if (channel.isOpen()) {
        LOG.log(Level.DEBUG, "a query by UDP was not answered", e);
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    } catch (Throwable e) {
      LOG.log(Level.WARNING, "a query by UDP was not answered", e);
    }
    return channel.isOpen();
  }

  private void serveOne(Answers answers, ByteBuffer in, ByteBuffer out) throws IOException {
    SocketAddress asker = channel.receive(in);
    Optional<Forwarded> forwarded = responder.respond(answers, in.flip(), out, false);
    if (forwarded.isPresent()) {
      start(forwarded.get(), asker);
    } else if (out.hasRemaining()) {
      channel.send(out, asker);
    }
  }

  private void start(Forwarded forwarded, SocketAddress asker) {
    try {
      Thread.ofVirtual().name("cnm-dns-query").start(() -> forward(forwarded, asker));
    } catch (Throwable e) {
      responder.forget(forwarded);
      throw e;
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
