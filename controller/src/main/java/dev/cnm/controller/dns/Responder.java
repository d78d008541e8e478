package dev.cnm.controller.dns;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Supplier;
import org.xbill.DNS.Message;

/** Knows what to answer, here or from elsewhere. Safe for use by several threads. */
final class Responder {

  private final Supplier<Directory> directories;
  private final boolean ndots;
  private final Forwarder forwarder;
  private final Share share;

  /**
   * Answers by these.
   *
   * @param ndots whether the sandbox has been told to look in its search domains first: a name with
   *     one label isn't asked for elsewhere then, as in Docker
   */
  Responder(Supplier<Directory> directories, boolean ndots, Forwarder forwarder, Share share) {
    this.directories = directories;
    this.ndots = ndots;
    this.forwarder = forwarder;
    this.share = share;
  }

  /** A query that others must be asked; it holds a part of the share until {@link #forward}. */
  record Forwarded(ByteBuffer message, Query query, boolean outside, int limit) {}

  /**
   * Answers at once, or says who can.
   *
   * @param answers those of the calling thread
   * @param byStream whether the answer may have as many octets as there are
   * @return what to forward; empty if {@code out} has the answer, or nothing if there must be none
   */
  Optional<Forwarded> respond(Answers answers, ByteBuffer in, ByteBuffer out, boolean byStream) {
    out.clear().flip();
    Optional<Query> read = Query.read(in);
    if (read.isEmpty()) {
      return Optional.empty();
    }
    Query query = read.get();
    int limit = byStream ? out.capacity() : Math.min(query.udpSize(), Forwarder.LARGEST_DATAGRAM);
    Directory directory = directories.get();
    if (answers.answer(in, query, directory, out, limit)) {
      return Optional.empty();
    }
    boolean address = query.type() == Query.A || query.type() == Query.AAAA;
    if (ndots && address && query.singleLabel()) {
      Answers.status(in, query, Query.NONE, out);
      return Optional.empty();
    }
    if (!share.take()) {
      Answers.status(in, query, Query.REFUSED, out);
      return Optional.empty();
    }
    ByteBuffer message = ByteBuffer.allocate(in.limit());
    message.put(0, in, 0, in.limit());
    return Optional.of(new Forwarded(message, query, directory.outside(), limit));
  }

  /** Asks others, and waits. Never fails: when nobody knows, the answer says so. */
  ByteBuffer forward(Forwarded it) {
    int code = Query.SERVER_FAILURE;
    try {
      if (isSound(it.message())) {
        Optional<byte[]> answer = forwarder.ask(it.message(), it.query(), it.outside(), it.limit());
        if (answer.isPresent()) {
          return ByteBuffer.wrap(answer.get());
        }
      } else {
        code = Query.FORMAT_ERROR;
      }
    } finally {
      share.giveBack();
    }
    ByteBuffer failure = ByteBuffer.allocate(Query.SMALLEST_UDP_SIZE);
    Answers.status(it.message(), it.query(), code, failure);
    return failure;
  }

  /** Whether all of it can be read, also what we don't look at ourselves. */
  private static boolean isSound(ByteBuffer message) {
    try {
      new Message(message.duplicate());
      return true;
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }
}
