package dev.cnm.controller;

import dev.cnm.IpPrefix;
import dev.cnm.controller.dns.Directory;
import dev.cnm.controller.dns.NetworkNames;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.controller.state.SandboxRecord;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What the resolvers know, drawn from the records. Each is drawn anew when it is asked for after
 * somebody, in this process or another, has changed a record; the names of a network are drawn once
 * for all who are in it. Safe for use by several threads.
 */
final class Directories {

  private static final System.Logger LOG = System.getLogger(Directories.class.getName());

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
    private volatile Drawn last = new Drawn(Long.MIN_VALUE, new Directory(List.of(), false));

    private OfStack(String stackId) {
      this.stackId = stackId;
    }

    private record Drawn(long stamp, Directory directory) {}

    @Override
    public Directory get() {
      // Read before the records are: what changes in between is seen the next time.
      long now = records.stamp();
      Drawn known = last;
      if (known.stamp == now) {
        return known.directory;
      }
      try {
        Directory directory = records.read(picture -> draw(picture, stackId, now));
        last = new Drawn(now, directory);
        return directory;
      } catch (IllegalStateException | UncheckedIOException e) {
        // The controller is being closed, or the store fails: better old names than none.
        LOG.log(Level.DEBUG, "the names of stack " + stackId + " can't be looked up", e);
        return known.directory;
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
  private static List<String> names(
      @org.jspecify.annotations.Nullable SandboxRecord sandbox, EndpointRecord endpoint) {
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
