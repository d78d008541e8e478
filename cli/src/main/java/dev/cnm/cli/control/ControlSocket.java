package dev.cnm.cli.control;

import io.avaje.jsonb.Jsonb;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** The socket on which the owner of a container takes requests, and others make them. */
public final class ControlSocket implements AutoCloseable {

  /** Many times what a request or an answer has, in characters. */
  private static final int LONGEST = 1 << 20;

  private static final Duration TO_TAKE = Duration.ofSeconds(5);
  private static final Duration TO_DO = Duration.ofSeconds(30);

  private final Path file;
  private final ServerSocketChannel server;
  private final Function<ControlRequest, ControlAnswer> handler;

  private ControlSocket(
      Path file, ServerSocketChannel server, Function<ControlRequest, ControlAnswer> handler) {
    this.file = file;
    this.server = server;
    this.handler = handler;
  }

  /**
   * Listens from now on.
   *
   * @param file in a folder that is private to its owner, as the socket is; replaced if it exists
   * @param handler called on a virtual thread for each request, also for several at once
   * @throws IOException if the socket can't be made
   */
  public static ControlSocket listen(Path file, Function<ControlRequest, ControlAnswer> handler)
      throws IOException {
    Files.deleteIfExists(file);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try (SocketFile socket = SocketFile.of(file)) {
      server.bind(socket.address());
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
    ControlSocket socket = new ControlSocket(file, server, handler);
    // A platform thread waits, since starting the first virtual one takes the JVM some time, and
    // most containers end without having been asked for anything.
    Thread.ofPlatform().name("cnm-control").daemon().start(socket::accept);
    return socket;
  }

  private void accept() {
    while (true) {
      try {
        SocketChannel connection = server.accept();
        Thread.ofVirtual().start(() -> serve(connection));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        System.err.println("cnm: no longer listening on " + file + ": " + e.getMessage());
        return;
      }
    }
  }

  private void serve(SocketChannel connection) {
    try (connection) {
      ControlAnswer answer;
      BufferedReader lines = lines(connection);
      try {
        ControlRequest request = read(lines, ControlRequest.class);
        // If whoever asked has given up, this fails, and nothing is done behind its back.
        write(connection, ControlAnswer.class, ControlAnswer.done());
        answer = handler.apply(request);
      } catch (RuntimeException | IOException e) {
        answer = ControlAnswer.refused(e);
      }
      write(connection, ControlAnswer.class, answer);
    } catch (IOException e) {
      // Whoever asked has gone.
    }
  }

  /**
   * Makes a request and waits for it to be done. The owner has some seconds to take it, and half a
   * minute to do it.
   *
   * @throws SocketTimeoutException if it isn't taken, and so won't be done, or not done in time
   * @throws IOException if nobody listens, or what was asked for is refused; then the message is
   *     the owner's
   */
  public static void request(Path file, ControlRequest request) throws IOException {
    try (SocketFile socket = SocketFile.of(file);
        SocketChannel connection = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      BufferedReader lines = lines(connection);
      within(
              TO_TAKE,
              "does not answer",
              connection,
              () -> {
                connection.connect(socket.address());
                write(connection, ControlRequest.class, request);
                return read(lines, ControlAnswer.class);
              })
          .orElseThrow();
      within(
              TO_DO,
              "has begun with it but has not ended yet",
              connection,
              () -> read(lines, ControlAnswer.class))
          .orElseThrow();
    }
  }

  @FunctionalInterface
  private interface Exchange<T> {
    T run() throws IOException;
  }

  /** A channel of this kind has no time-outs of its own, but closing it wakes who waits. */
  private static <T> T within(
      Duration limit, String complaint, SocketChannel connection, Exchange<T> exchange)
      throws IOException {
    CompletableFuture<Boolean> over = new CompletableFuture<>();
    Thread watch =
        Thread.ofPlatform()
            .name("cnm-patience")
            .daemon()
            .start(() -> {
              try {
                boolean _ = over.get(limit.toMillis(), TimeUnit.MILLISECONDS);
              } catch (TimeoutException e) {
                over.complete(false);
                close(connection);
              } catch (InterruptedException | ExecutionException e) {
                // Nobody has this thread to interrupt it.
              }
            });
    try {
      return exchange.run();
    } catch (ClosedChannelException e) {
      throw new SocketTimeoutException(complaint);
    } finally {
      over.complete(true);
      join(watch);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void close(SocketChannel connection) {
    try {
      connection.close();
    } catch (IOException e) {
      // Then it is not open any more, either.
    }
  }

  /** Whether somebody takes requests there, be it in namespaces that can't be seen from here. */
  public static boolean isServed(Path file) {
    try (SocketFile socket = SocketFile.of(file);
        SocketChannel connection = SocketChannel.open(socket.address())) {
      return connection.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static BufferedReader lines(SocketChannel connection) {
    return new BufferedReader(Channels.newReader(connection, StandardCharsets.UTF_8));
  }

  private static <T> T read(BufferedReader lines, Class<T> type) throws IOException {
    StringBuilder text = new StringBuilder();
    int next = lines.read();
    while (next >= 0 && next != '\n') {
      if (text.length() == LONGEST) {
        throw new IOException("a message of more than " + LONGEST + " characters");
      }
      text.append((char) next);
      next = lines.read();
    }
    if (next < 0) {
      throw new IOException("the container's owner ended before it answered");
    }
    try {
      return Jsonb.instance().type(type).fromJson(text.toString());
    } catch (StackOverflowError e) {
      throw new IOException("a message that is nested too deeply", e);
    }
  }

  private static <T> void write(SocketChannel connection, Class<T> type, T value)
      throws IOException {
    Writer writer = Channels.newWriter(connection, StandardCharsets.UTF_8);
    writer.write(Jsonb.instance().type(type).toJson(value));
    writer.write('\n');
    writer.flush();
  }

  /** Listens no more, and removes the socket. Requests that are being handled go on. */
  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(file);
  }
}
