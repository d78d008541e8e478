package dev.cnm.controller;

import dev.cnm.IpPrefix;
import dev.cnm.controller.dns.Directory;
import dev.cnm.controller.dns.NetworkNames;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.controller.state.SandboxRecord;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the resolvers know, drawn from the records. Each is drawn anew when it is asked for after
 * somebody, in this process or another, has changed a record; the names of a network are drawn once
 * for all who are in it. Safe for use by several threads.
 */
final class Directories {

  private static final System.Logger LOG = System.getLogger(Directories.class.getName());

  /** How long a query waits for the records when they have changed. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Records records;
  private final Map<String, Names> networks = new ConcurrentHashMap<>();

  Directories(Records records) {
    this.records = records;
  }

  /** The names of a network as they were at a stamp. */
  private record Names(long stamp, NetworkNames names) {}

  /** That of a stack. */
  Supplier<Directory> of(String stackId) {
    return new OfStack(stackId);
  }

  private final class OfStack implements Supplier<Directory> {
    private final String stackId;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Drawn last = new Drawn(Long.MIN_VALUE, new Directory(List.of(), false));
    private @Nullable Drawing drawing;

    private OfStack(String stackId) {
      this.stackId = stackId;
    }

    private record Drawn(long stamp, Directory directory) {}

    /**
     * One that another thread is at.
     *
     * @param since when it began, as {@link System#nanoTime} counts
     */
    private record Drawing(CompletableFuture<Drawn> drawn, long since) {}

    @Override
    public Directory get() {
      Drawn known = last;
      try {
        // Read before the records are: what changes in between is seen the next time.
        long now = records.stamp();
        if (known.stamp == now) {
          return known.directory;
        }
        return records.durable() ? drawnElsewhere(now) : drawn(now).directory;
      } catch (RuntimeException e) {
        // The controller is being closed, or the store fails: better old names than none.
        LOG.log(Level.DEBUG, "the names of stack " + stackId + " can't be looked up", e);
        return known.directory;
      }
    }

    private Drawn drawn(long now) {
      Drawn next =
          new Drawn(now, records.read(picture -> Directories.this.draw(picture, stackId, now)));
      last = next;
      return next;
    }

    /** What is in a file may be another process's for long; who asks for names can't wait. */
    private Directory drawnElsewhere(long now) {
      long end = System.nanoTime() + PATIENCE.toNanos();
      try {
        while (true) {
          Drawing current = drawing(now);
          long left = Math.min(end, current.since + PATIENCE.toNanos()) - System.nanoTime();
          Drawn drawn = current.drawn.get(Math.max(0, left), TimeUnit.NANOSECONDS);
          // One that was begun before the last change may not show it.
          if (drawn.stamp == now || System.nanoTime() - end >= 0) {
            return drawn.directory;
          }
        }
      } catch (TimeoutException e) {
        return last.directory;
      } catch (ExecutionException e) {
        throw new IllegalStateException("cannot draw the directory", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return last.directory;
      }
    }

    private Drawing drawing(long now) {
      lock.lock();
      try {
        Drawing current = drawing;
        // What was drawn for an earlier stamp is of no use, unless it is still being drawn.
        if (current == null || current.drawn.isDone()) {
          CompletableFuture<Drawn> drawn = new CompletableFuture<>();
          current = new Drawing(drawn, System.nanoTime());
          // A platform thread: SQLite waits in C, where a virtual one would hold its carrier.
          Thread.ofPlatform().name("cnm-names-reader").daemon().start(() -> complete(drawn, now));
          drawing = current;
        }
        return current;
      } finally {
        lock.unlock();
      }
    }

    private void complete(CompletableFuture<Drawn> drawn, long now) {
      try {
        drawn.complete(drawn(now));
      } catch (Throwable e) {
        drawn.completeExceptionally(e);
      }
    }
  }

  private Directory draw(Picture picture, String stackId, long stamp) {
    networks.keySet().retainAll(picture.networks().keySet());
    List<NetworkNames> names = new ArrayList<>();
    boolean outside = false;
    for (Member member : Resolvers.resolving(picture, stackId)) {
      NetworkRecord network = member.network();
      names.add(
          networks.compute(
                  network.id(),
                  (id, known) ->
                      known != null && known.stamp == stamp
                          ? known
                          : new Names(stamp, namesOf(picture, network)))
              .names);
    }
    for (Member member : Member.of(picture, stackId)) {
      outside |= !member.network().options().internal();
    }
    return new Directory(names, outside);
  }

  private static NetworkNames namesOf(Picture picture, NetworkRecord network) {
    NetworkNames.Builder names = NetworkNames.of(network.name());
    for (EndpointRecord endpoint : picture.endpointsOf(network.id()).values()) {
      SandboxRecord sandbox = picture.sandboxes().get(endpoint.attachment().sandboxId());
      if (endpoint.state() == EndpointRecord.State.JOINED) {
        names.endpoint(names(sandbox, endpoint), addresses(endpoint));
      }
    }
    return names.build();
  }

  /** By which an endpoint is found; the first one is the sandbox's, unless that has gone. */
  private static List<String> names(@Nullable SandboxRecord sandbox, EndpointRecord endpoint) {
    List<String> aliases = endpoint.options().aliases();
    if (sandbox == null || !Picture.visible(sandbox)) {
      return aliases;
    }
    return Stream.of(
            Stream.of(sandbox.name(), sandbox.shortId(), sandbox.hostname()),
            sandbox.dns().names().stream(),
            aliases.stream())
        .flatMap(it -> it)
        .toList();
  }

  static List<InetAddress> addresses(EndpointRecord endpoint) {
    return Stream.of(endpoint.ipv4(), endpoint.ipv6())
        .filter(it -> !it.isEmpty())
        .map(it -> IpPrefix.parse(it).address())
        .toList();
  }
}
