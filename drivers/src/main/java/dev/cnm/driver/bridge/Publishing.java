package dev.cnm.driver.bridge;

import dev.cnm.ConflictException;
import dev.cnm.PortBinding;
import dev.cnm.PortMapping;
import dev.cnm.Protocol;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.ExternalConnectivity;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The ports of the host that lead to endpoints. A port is held by a socket of this process, which
 * nobody else can take, and translated by an element of the table; what the kernel can't translate
 * is carried by a proxy. Safe for use by several threads, one for each endpoint at a time.
 */
final class Publishing implements AutoCloseable {

  /** How often a free port is tried that turns out to be taken in the other family. */
  private static final int ATTEMPTS = 32;

  private final String owner;
  private final HostSockets sockets;
  private final Firewall firewall;
  private final Flows flows;
  private final Proxies proxies;
  private final Map<String, Owned> publications = new ConcurrentHashMap<>();

  private record Owned(Mark mark, Publication publication) {}

  Publishing(NetworkNamespace host, String owner, Firewall firewall, Flows flows) {
    this.owner = owner;
    this.sockets = new HostSockets(host);
    this.firewall = firewall;
    this.flows = flows;
    this.proxies = new Proxies(sockets);
  }

  /** Publishes what is wanted in place of what the endpoint has published so far. */
  List<PortBinding> publish(
      EndpointContext endpoint, BridgeOptions options, ExternalConnectivity wanted)
      throws IOException {
    Owned before = publications.get(endpoint.id());
    Publication old = before == null ? Publication.NOTHING : before.publication;
    List<Wish> wishes = Wish.of(endpoint, options, wanted);
    if (wishes.stream().allMatch(wish -> wish.doors().isEmpty() && wish.open().isEmpty())
        && old.isNothing()) {
      publications.put(endpoint.id(), new Owned(Mark.of(owner, endpoint), Publication.NOTHING));
      return List.of();
    }
    List<PortBinding> previous = new ArrayList<>(wanted.previous());
    previous.addAll(old.bindings());
    Publication made = open(endpoint, bridges(endpoint, wanted), wishes, previous, old);
    try {
      exchange(endpoint, old, made);
    } catch (Throwable e) {
      close(made.ports(), old);
      throw e;
    }
    publications.put(endpoint.id(), new Owned(Mark.of(owner, endpoint), made));
    close(old.ports(), made);
    return made.bindings();
  }

  /** The rules first, then the proxies, then the flows that began before. */
  private void exchange(EndpointContext endpoint, Publication old, Publication made)
      throws IOException {
    Mark mark = Mark.of(owner, endpoint);
    List<Entry> had = old.entries(mark);
    List<Entry> has = made.entries(mark);
    List<Entry> more = without(has, had);
    if (!more.isEmpty()) {
      firewall.add(more);
    }
    try {
      Set<Publication.Port> served = Set.copyOf(old.ports());
      for (Publication.Port port : made.ports()) {
        if (Proxies.serves(port.door(), port.binding().protocol()) && !served.contains(port)) {
          proxies.serve(port);
        }
      }
      firewall.remove(without(had, has));
    } catch (Throwable e) {
      try {
        firewall.remove(more);
      } catch (IOException | RuntimeException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
    flows.forgetBefore(without(made.bindings(), old.bindings()).stream());
  }

  private static <T> List<T> without(List<T> all, List<T> others) {
    if (all.isEmpty() || others.isEmpty()) {
      return all;
    }
    Set<T> except = Set.copyOf(others);
    return all.stream().filter(it -> !except.contains(it)).toList();
  }

  /** Those of the networks that the endpoint's sandbox is in. */
  private static List<String> bridges(EndpointContext endpoint, ExternalConnectivity wanted) {
    return Stream.concat(Stream.of(endpoint.network()), wanted.beside().stream())
        .map(Bridges::name)
        .distinct()
        .toList();
  }

  private Publication open(
      EndpointContext endpoint,
      List<String> bridges,
      List<Wish> wishes,
      List<PortBinding> previous,
      Publication old)
      throws IOException {
    // Two wishes may be equal, such as for two free ports.
    IdentityHashMap<Wish, List<Publication.Port>> taken = new IdentityHashMap<>();
    try {
      for (Wish wish : wishes.stream().sorted(Wish.EXACT_FIRST).toList()) {
        taken.put(wish, wish.doors().isEmpty() ? List.of() : take(wish, previous, old));
      }
    } catch (HostPort.TakenException e) {
      taken.values().forEach(ports -> close(ports, old));
      throw e.asConflict();
    } catch (Throwable e) {
      taken.values().forEach(ports -> close(ports, old));
      throw e;
    }
    List<Publication.Port> ports = new ArrayList<>();
    Mark mark = Mark.of(owner, endpoint);
    List<Entry> open = new ArrayList<>();
    List<PortBinding> bindings = new ArrayList<>();
    for (Wish wish : wishes) {
      int port = wish.mapping().containerPort();
      Protocol protocol = wish.mapping().protocol();
      for (Publication.Port made : taken.getOrDefault(wish, List.of())) {
        ports.add(made);
        bindings.add(made.binding());
      }
      for (InetAddress address : wish.open()) {
        open.add(Entry.open(mark, address, port, protocol));
        bindings.add(new PortBinding(address, port, port, protocol));
      }
    }
    return new Publication(List.copyOf(ports), List.copyOf(open), List.copyOf(bindings), bridges);
  }

  /** The same port at each of the wish's addresses. */
  private List<Publication.Port> take(Wish wish, List<PortBinding> previous, Publication old)
      throws IOException {
    PortMapping mapping = wish.mapping();
    Integer former = wish.formerPort(previous).orElse(null);
    if (former != null) {
      try {
        return take(wish, former, old);
      } catch (HostPort.TakenException e) {
        if (!mapping.ephemeral() && mapping.hostPort() == mapping.hostPortEnd()) {
          throw e;
        }
        // Somebody was faster; another one will do.
      }
    }
    if (mapping.ephemeral()) {
      return takeAny(wish, old);
    }
    HostPort.TakenException taken = null;
    for (int port = mapping.hostPort(); port <= mapping.hostPortEnd(); port++) {
      try {
        return take(wish, port, old);
      } catch (HostPort.TakenException e) {
        taken = e;
      }
    }
    if (taken != null && mapping.hostPort() != mapping.hostPortEnd()) {
      throw new ConflictException(
          "failed to bind a host port of "
              + mapping
              + ": all of "
              + mapping.hostPort()
              + "-"
              + mapping.hostPortEnd()
              + " are in use");
    }
    if (taken == null) {
      throw new AssertionError(mapping);
    }
    throw taken;
  }

  private List<Publication.Port> takeAny(Wish wish, Publication old) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return take(wish, 0, old);
      } catch (HostPort.TakenException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private List<Publication.Port> take(Wish wish, int wanted, Publication old) throws IOException {
    PortMapping mapping = wish.mapping();
    List<Publication.Port> ports = new ArrayList<>(wish.doors().size());
    int number = wanted;
    try {
      for (Wish.Door door : wish.doors()) {
        Publication.Port kept = kept(old, door, number, mapping);
        if (kept != null) {
          ports.add(kept);
          continue;
        }
        HostPort held;
        try {
          held = take(door, number, mapping.protocol());
        } catch (HostPort.NoSuchHere e) {
          if (door.named()) {
            throw e.asRefusal();
          }
          continue;
        }
        number = held.port();
        ports.add(
            new Publication.Port(
                held,
                door,
                new PortBinding(door.at(), number, mapping.containerPort(), mapping.protocol())));
      }
      return ports;
    } catch (Throwable e) {
      close(ports, old);
      throw e;
    }
  }

  private HostPort take(Wish.Door door, int number, Protocol protocol) throws IOException {
    return HostPort.take(sockets, door.at(), number, protocol, Proxies.serves(door, protocol));
  }

  /** The port, if it has been published already as it is wanted. */
  private static Publication.@Nullable Port kept(
      Publication old, Wish.Door door, int number, PortMapping mapping) {
    for (Publication.Port port : old.ports()) {
      if (port.door().at().equals(door.at())
          && port.door().to().equals(door.to())
          && port.binding().hostPort() == number
          && port.binding().containerPort() == mapping.containerPort()
          && port.binding().protocol() == mapping.protocol()) {
        return port;
      }
    }
    return null;
  }

  /** Closes the ports of one publication that the other doesn't have. */
  private void close(List<Publication.Port> closing, Publication staying) {
    for (Publication.Port port : without(closing, staying.ports())) {
      proxies.close(port.held());
    }
  }

  /** Takes back what the endpoint publishes, whichever process has published it. */
  void withdraw(EndpointContext endpoint) throws IOException {
    Owned owned = publications.get(endpoint.id());
    if (owned != null) {
      withdraw(endpoint, owned, flows::forgetThrough);
      return;
    }
    // By the marks: others may have taken its ports since, and whoever published may have ended
    // before anybody wrote down what.
    int marked = firewall.removeMarked(owner, Mark.of(owner, endpoint).id());
    if (marked > 0 || !endpoint.portBindings().isEmpty()) {
      flows.forgetThrough(endpoint, endpoint.portBindings());
    }
  }

  /** The same for an endpoint of this process that is about to go, and all of its flows with it. */
  void cutOff(EndpointContext endpoint) throws IOException {
    Owned owned = publications.get(endpoint.id());
    if (owned != null) {
      withdraw(endpoint, owned, (gone, bindings) -> {});
    } else if (!endpoint.portBindings().isEmpty()) {
      withdraw(endpoint);
    }
  }

  private void withdraw(
      EndpointContext endpoint,
      Owned owned,
      BiConsumer<EndpointContext, List<PortBinding>> forgetting)
      throws IOException {
    try {
      List<Entry> entries = owned.publication.entries(owned.mark);
      if (!entries.isEmpty()) {
        firewall.remove(entries);
        forgetting.accept(endpoint, owned.publication.bindings());
      }
      // Not before: who tries again after a failure is to find what there is to take back.
      publications.remove(endpoint.id(), owned);
    } finally {
      close(owned.publication.ports(), Publication.NOTHING);
    }
  }

  /** What the table should hold of this process's ports. */
  Stream<Entry> entries() {
    return publications.values().stream()
        .flatMap(owned -> owned.publication.entries(owned.mark).stream());
  }

  /** What the table should hold of an endpoint by its record. */
  Stream<Entry> recorded(EndpointContext endpoint) {
    return endpoint.portBindings().stream()
        .flatMap(binding -> recorded(endpoint, binding).stream());
  }

  private List<Entry> recorded(EndpointContext endpoint, PortBinding binding) {
    Mark mark = Mark.of(owner, endpoint);
    InetAddress at = binding.hostAddress();
    Protocol protocol = binding.protocol();
    // An endpoint without IPv6 is reached from there by its IPv4 address.
    var own = at instanceof Inet6Address ? endpoint.ipv6().or(endpoint::ipv4) : endpoint.ipv4();
    if (own.isEmpty()) {
      return List.of();
    }
    InetAddress to = own.get().address();
    if (at.equals(to)) {
      return List.of(Entry.open(mark, to, binding.containerPort(), protocol));
    }
    return Entry.published(
        mark, List.of(Bridges.name(endpoint.network())), new Wish.Door(at, to, true), binding);
  }

  /** Lets go of the ports; what is in the table stays. */
  @Override
  public void close() {
    publications.values().forEach(owned -> close(owned.publication.ports(), Publication.NOTHING));
    publications.clear();
    sockets.close();
  }
}
