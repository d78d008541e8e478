package dev.cnm.controller.dns;

import dev.cnm.controller.dns.Responder.Forwarded;
import java.io.EOFException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Answers queries by TCP (RFC 7766): each connection on a virtual thread of its own, one query
 * after another. A connection that does nothing for a while is closed, whether it waits for a query
 * or for its asker to take an answer; when there are too many, the one that waits for the longest
 * time.
 */
final class StreamServer implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(StreamServer.class.getName());

  private static final int MOST_CONNECTIONS = 64;
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int LARGEST_ANSWER = 0xffff;

  private final ServerSocketChannel channel;
  private final Responder responder;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();

  private StreamServer(ServerSocketChannel channel, Responder responder) {
    this.channel = channel;
    this.responder = responder;
  }

  /** Starts to answer what comes in by {@code channel}, which is closed with the server. */
  static StreamServer start(ServerSocketChannel channel, Responder responder) {
    StreamServer server = new StreamServer(channel, responder);
    Thread.ofVirtual().name("cnm-dns-tcp").start(server::accept);
    return server;
  }

  private void accept() {
    while (channel.isOpen()) {
      try {
        Connection connection = new Connection(channel.accept());
        if (connections.size() >= MOST_CONNECTIONS) {
          connections.stream()
              .min(Comparator.comparingLong(it -> it.deadline))
              .ifPresent(Connection::end);
        }
        connection.start();
      } catch (Throwable e) {
        if (channel.isOpen()) {
          LOG.log(Level.WARNING, "a connection for queries was not accepted", e);
          pause();
        }
      }
    }
  }

  /** What keeps a connection from being accepted, such as too many open files, may last. */
  private static void pause() {
    try {
      Thread.sleep(Duration.ofMillis(100));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
    connections.forEach(Connection::end);
  }

  /** One asker. */
  private final class Connection {

    private final SocketChannel socket;

    /** When it is to end unless something happens, as {@link System#nanoTime} counts. */
    private volatile long deadline = System.nanoTime() + PATIENCE.toNanos();

    private Connection(SocketChannel socket) {
      this.socket = socket;
    }

    private void start() {
      connections.add(this);
      try {
        Thread.ofVirtual().name("cnm-dns-connection").start(this::serve);
      } catch (Throwable e) {
        end();
        throw e;
      }
    }

    private void serve() {
      Thread watch = Thread.ofVirtual().name("cnm-dns-watch").start(this::watch);
      Answers answers = new Answers();
      ByteBuffer out = ByteBuffer.allocate(LARGEST_ANSWER);
      try {
        while (true) {
          allow(PATIENCE);
          ByteBuffer query = receive();
          allow(PATIENCE.plus(Forwarder.ALL_TRIES));
          Optional<Forwarded> forwarded = responder.respond(answers, query, out, true);
          ByteBuffer answer = forwarded.isPresent() ? responder.forward(forwarded.get()) : out;
          allow(PATIENCE);
          if (!answer.hasRemaining()) {
            return;
          }
          send(answer);
        }
      } catch (IOException e) {
        // The asker is done, or gone, or was too slow.
      } catch (RuntimeException e) {
        LOG.log(Level.WARNING, "a query by TCP was not answered", e);
      } finally {
        end();
        watch.interrupt();
      }
    }

    private void allow(Duration time) {
      deadline = System.nanoTime() + time.toNanos();
    }

    /** RFC 1035, section 4.2.2: two octets say how many follow. */
    private ByteBuffer receive() throws IOException {
      int length = fill(ByteBuffer.allocate(2)).getShort() & 0xffff;
      if (length > Forwarder.LARGEST_DATAGRAM) {
        throw new IOException("a query of " + length + " octets");
      }
      return fill(ByteBuffer.allocate(length));
    }

    private ByteBuffer fill(ByteBuffer buffer) throws IOException {
      while (buffer.hasRemaining()) {
        if (socket.read(buffer) < 0) {
          throw new EOFException();
        }
      }
      return buffer.flip();
    }

    private void send(ByteBuffer answer) throws IOException {
      ByteBuffer length = ByteBuffer.allocate(2).putShort((short) answer.remaining()).flip();
      ByteBuffer[] both = {length, answer};
      while (answer.hasRemaining()) {
        socket.write(both);
      }
    }

    /** Ends the connection when it has done nothing for too long: reading and writing fail then. */
    private void watch() {
      try {
        while (socket.isOpen()) {
          long left = deadline - System.nanoTime();
          if (left <= 0) {
            end();
            return;
          }
          Thread.sleep(Duration.ofNanos(left));
        }
      } catch (InterruptedException e) {
        // The connection has ended.
      }
    }

    private void end() {
      connections.remove(this);
      try {
        socket.close();
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "a connection was not closed", e);
      }
    }
  }
}
