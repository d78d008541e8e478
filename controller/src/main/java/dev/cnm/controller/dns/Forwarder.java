package dev.cnm.controller.dns;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Asks other servers, one after another, until one has an answer: each by UDP from a port of its
 * own (RFC 5452), then by TCP if the answer didn't fit. Safe for use by several threads, which wait
 * here.
 */
final class Forwarder {

  /** As many as the C library asks ({@code MAXNS} of resolv.h). */
  private static final int MOST_SERVERS = 3;

  private static final int ROUNDS = 2;
  private static final Duration TRY = Duration.ofSeconds(2);
  static final Duration ALL_TRIES = Duration.ofSeconds(8);

  /** For how long a server that was silent is asked after the others. */
  private static final Duration DISTRUST = Duration.ofSeconds(30);

  static final int LARGEST_DATAGRAM = 4096;
  private static final int PORT = 53;

  private static final SecureRandom RANDOM = new SecureRandom();

  private final List<InetAddress> own;
  private final HostServers host;
  private final SocketOpener inside;
  private final Map<Server, Long> silent = new ConcurrentHashMap<>();

  /**
   * Asks nobody yet.
   *
   * @param own the sandbox's own servers, asked from inside it; the host's if there are none
   * @param inside opens sockets in the sandbox
   */
  Forwarder(List<InetAddress> own, HostServers host, SocketOpener inside) {
    this.own = own;
    this.host = host;
    this.inside = inside;
  }

  private record Server(NameServer name, SocketOpener sockets) {
    InetSocketAddress socket() throws IOException {
      return new InetSocketAddress(sockets.scoped(name), PORT);
    }
  }

  /**
   * Asks.
   *
   * @param message the query, from 0 to the limit
   * @param query the same, read
   * @param outside whether the host's servers may be asked
   * @param limit how many octets the answer may have
   * @return the answer; empty if nobody has one
   */
  Optional<ByteBuffer> ask(ByteBuffer message, Query query, boolean outside, int limit) {
    byte[] asked = new byte[message.limit()];
    message.get(0, asked);
    if (query.hasOpt() && query.udpSize() > LARGEST_DATAGRAM) {
      ByteBuffer.wrap(asked).putShort(query.optAt() + 3, (short) LARGEST_DATAGRAM);
    }
    long end = System.nanoTime() + ALL_TRIES.toNanos();
    List<Server> servers = servers(outside);
    Optional<Reply> part = Optional.empty();
    for (int round = 0; round < ROUNDS && part.isEmpty(); round++) {
      for (Server server : servers) {
        long now = System.nanoTime();
        if (now - end >= 0) {
          break;
        }
        Optional<Reply> reply = ask(server, asked, query, Math.min(end, now + TRY.toNanos()));
        if (reply.isPresent() && !reply.get().isFailure()) {
          if (reply.get().whole()) {
            return Optional.of(reply.get().toAsker(message, query, limit));
          }
          // Another one may be asked by TCP; if none can be, a part is better than nothing.
          part = part.or(() -> reply);
        }
      }
    }
    return part.map(it -> it.toAsker(message, query, limit));
  }

  private List<Server> servers(boolean outside) {
    List<Server> servers = new ArrayList<>(MOST_SERVERS);
    if (!own.isEmpty()) {
      own.forEach(address -> servers.add(new Server(NameServer.of(address), inside)));
    } else if (outside) {
      host.configuration().asked().forEach(name -> servers.add(new Server(name, host.sockets())));
    }
    long now = System.nanoTime();
    return servers.stream()
        .limit(MOST_SERVERS)
        .sorted(
            Comparator.comparing((Server it) -> {
              Long until = silent.get(it);
              return until != null && now - until < 0;
            }))
        .toList();
  }

  private Optional<Reply> ask(Server server, byte[] asked, Query query, long deadline) {
    ByteBuffer.wrap(asked).putShort(0, (short) RANDOM.nextInt());
    try {
      Reply reply = byDatagram(server, asked, query, deadline);
      silent.remove(server);
      return Optional.of(reply.whole() ? reply : orByStream(reply, server, asked, query, deadline));
    } catch (SocketTimeoutException e) {
      silent.put(server, System.nanoTime() + DISTRUST.toNanos());
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      // It refuses, can't be reached, or the kernel lets us have no socket.
      return Optional.empty();
    }
  }

  private static Reply byDatagram(Server server, byte[] asked, Query query, long deadline)
      throws IOException {
    byte[] buffer = new byte[LARGEST_DATAGRAM + 1];
    try (DatagramChannel channel = server.sockets.openDatagram();
        DatagramSocket socket = channel.socket()) {
      socket.connect(server.socket());
      socket.send(new DatagramPacket(asked, asked.length));
      DatagramPacket received = new DatagramPacket(buffer, buffer.length);
      while (true) {
        socket.setSoTimeout(millisUntil(deadline));
        received.setLength(buffer.length);
        socket.receive(received);
        int length = received.getLength();
        Reply reply = Reply.of(buffer, length, true);
        if (reply.isTo(asked, query)) {
          boolean whole = length <= LARGEST_DATAGRAM && !reply.isTruncated();
          return Reply.of(buffer, length, whole);
        }
      }
    }
  }

  /** The whole of it, or the same where the server can't be asked by TCP. */
  private static Reply orByStream(
      Reply part, Server server, byte[] asked, Query query, long deadline) {
    try (SocketChannel channel = server.sockets.openStream();
        Socket socket = channel.socket()) {
      socket.connect(server.socket(), millisUntil(deadline));
      ByteBuffer out = ByteBuffer.allocate(2 + asked.length).putShort((short) asked.length);
      socket.getOutputStream().write(out.put(asked).array());
      byte[] length = readFully(socket, 2, deadline);
      byte[] octets = readFully(socket, ByteBuffer.wrap(length).getShort() & 0xffff, deadline);
      Reply reply = Reply.of(octets, octets.length, true);
      return reply.isTo(asked, query) && !reply.isFailure() ? reply : part;
    } catch (IOException | RuntimeException e) {
      return part;
    }
  }

  private static byte[] readFully(Socket socket, int length, long deadline) throws IOException {
    byte[] octets = new byte[length];
    DataInputStream in = new DataInputStream(socket.getInputStream());
    for (int at = 0; at < length; ) {
      socket.setSoTimeout(millisUntil(deadline));
      int read = in.read(octets, at, length - at);
      if (read < 0) {
        throw new IOException("the server closed the connection");
      }
      at += read;
    }
    return octets;
  }

  private static int millisUntil(long deadline) throws SocketTimeoutException {
    long left = deadline - System.nanoTime();
    if (left <= 0) {
      throw new SocketTimeoutException("no answer in time");
    }
    return (int) Math.max(1, left / 1_000_000);
  }
}
