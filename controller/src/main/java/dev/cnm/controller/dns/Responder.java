package dev.cnm.controller.dns;

import dev.cnm.controller.dns.NetworkNames.Addresses;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Knows what to answer, here or from elsewhere. Safe for use by several threads. */
final class Responder {

  private static final System.Logger LOG = System.getLogger(Responder.class.getName());

  private final Supplier<Directory> directories;
  private final boolean ndots;
  private final Supplier<List<String>> search;
  private final Forwarder forwarder;
  private final Share share;

  /**
   * Answers by these.
   *
   * @param ndots whether the sandbox was to look in its search domains first, by an option of its
   *     own: a name with one label isn't asked for elsewhere then, as in Docker
   * @param search the domains that the sandbox looks in
   */
  Responder(
      Supplier<Directory> directories,
      boolean ndots,
      Supplier<List<String>> search,
      Forwarder forwarder,
      Share share) {
    this.directories = directories;
    this.ndots = ndots;
    this.search = search;
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

  /** To be said of a query that is not forwarded after all. */
  void forget(Forwarded it) {
    share.giveBack();
  }

  /** Asks others, and waits. Never fails: when nobody knows, the answer says so. */
  ByteBuffer forward(Forwarded it) {
    Optional<ByteBuffer> answer = Optional.empty();
    try {
      answer = forwarder.ask(it.message(), it.query(), it.outside(), it.limit());
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "others were not asked", e);
    } finally {
      share.giveBack();
    }
    boolean known = answer.isPresent() && (answer.get().get(3) & 0xf) != Query.NO_SUCH_NAME;
    Addresses ours = known ? null : searched(it.query());
    if (ours != null) {
      ByteBuffer out = ByteBuffer.allocate(it.limit());
      new Answers().addresses(it.message(), it.query(), ours, out, it.limit());
      return out;
    }
    if (answer.isPresent()) {
      return answer.get();
    }
    ByteBuffer failure = ByteBuffer.allocate(Query.SMALLEST_UDP_SIZE);
    Answers.status(it.message(), it.query(), Query.SERVER_FAILURE, failure);
    return failure;
  }

  /**
   * The addresses of a name of ours that is looked for in a search domain where nobody has it. Some
   * look nowhere else, such as busybox's nslookup; others stop at the first server that fails, such
   * as dig and musl.
   */
  private @Nullable Addresses searched(Query query) {
    for (String domain : search.get()) {
      String end = '.' + domain.replaceFirst("\\.$", "").toLowerCase(Locale.ROOT);
      if (query.name().endsWith(end)) {
        String name = query.name().substring(0, query.name().length() - end.length());
        Addresses found = directories.get().find(name);
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }
}
