package dev.cnm.driver.bridge;

import dev.cnm.IpPrefix;
import dev.cnm.PortBinding;
import dev.cnm.Protocol;
import dev.cnm.netlink.AddressFamily;
import dev.cnm.netlink.NetlinkFamily;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.conntrack.Conntrack;
import dev.cnm.netlink.conntrack.Flow;
import dev.cnm.netlink.conntrack.FlowTuple.Transport;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.spi.EndpointContext;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Has the kernel forget flows that began under other rules: it asks them about the first packet
 * only, and datagrams of one socket are one flow for as long as they come. Connections of TCP and
 * SCTP end by themselves, and new ones are asked about.
 */
final class Flows implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Flows.class.getName());

  private final NetworkNamespace host;
  private final Queue<Ended> due = new ConcurrentLinkedQueue<>();

  /** Held while {@link #due} becomes shorter, and while the socket is opened or closed. */
  private final ReentrantLock lock = new ReentrantLock();

  private @Nullable NetlinkSocket socket;

  /** Of {@code host}, which stays the caller's. */
  Flows(NetworkNamespace host) {
    this.host = host;
  }

  /** An endpoint whose ports are not published any more. */
  private record Ended(EndpointContext endpoint, List<PortBinding> bindings) {

    private Optional<InetAddress> address(AddressFamily family) {
      var own = family == AddressFamily.IPV6 ? endpoint.ipv6() : endpoint.ipv4();
      return own.map(IpPrefix::address);
    }

    boolean hasPublished(AddressFamily family) {
      return address(family).isPresent()
          && bindings.stream().anyMatch(it -> familyOf(it.hostAddress()) == family);
    }

    boolean hadAddressOf(EndpointContext other) {
      return Stream.of(AddressFamily.values())
          .map(this::address)
          .flatMap(Optional::stream)
          .anyMatch(address ->
              Stream.of(other.ipv4(), other.ipv6())
                  .flatMap(Optional::stream)
                  .anyMatch(it -> it.address().equals(address)));
    }

    boolean hasCarried(Flow flow, AddressFamily family) {
      return address(family).filter(flow::isAnsweredBy).isPresent()
          && bindings.stream().anyMatch(it -> wasSentTo(flow, it));
    }
  }

  /** Forgets flows to ports that lead elsewhere now; to be called when the rules are in. */
  void forgetBefore(Stream<PortBinding> published) {
    List<PortBinding> datagrams =
        published.filter(binding -> binding.protocol() == Protocol.UDP).toList();
    for (AddressFamily family : AddressFamily.values()) {
      Set<PortBinding> concerned = new HashSet<>(datagrams);
      concerned.removeIf(binding -> familyOf(binding.hostAddress()) != family);
      if (!concerned.isEmpty()) {
        delete(family, flow -> concerned.stream().anyMatch(it -> wasSentTo(flow, it)));
      }
    }
  }

  /** Forgets the flows of an endpoint through its published ports; the rules are gone already. */
  void forgetOf(EndpointContext endpoint, List<PortBinding> bindings) {
    delete(List.of(new Ended(endpoint, bindings)));
  }

  /**
   * The same, but leaves it to {@link #forgetDue}: the kernel walks through its whole table of
   * connections, however few there are.
   */
  void forgetLater(EndpointContext endpoint, List<PortBinding> bindings) {
    due.add(new Ended(endpoint, bindings));
  }

  /** Forgets what was left for later, of all endpoints at once. */
  void forgetDue() {
    if (due.isEmpty()) {
      return;
    }
    lock.lock();
    try {
      List<Ended> ended = List.copyOf(due);
      delete(ended);
      // Not before: whoever wants one of their addresses is to wait.
      ended.forEach(due::remove);
    } finally {
      lock.unlock();
    }
  }

  /** Sees to it that no flow of an earlier endpoint reaches one that has got its address. */
  void forgetBefore(EndpointContext joining) {
    if (due.stream().anyMatch(it -> it.hadAddressOf(joining))) {
      forgetDue();
    }
  }

  private void delete(List<Ended> ended) {
    for (AddressFamily family : AddressFamily.values()) {
      if (ended.stream().anyMatch(it -> it.hasPublished(family))) {
        delete(family, flow -> ended.stream().anyMatch(it -> it.hasCarried(flow, family)));
      }
    }
  }

  private void delete(AddressFamily family, Predicate<Flow> condition) {
    try {
      new Conntrack(socket()).delete(family, condition);
    } catch (IOException e) {
      // The rules are right; a kernel without ctnetlink forgets old flows later, by itself.
      LOG.log(Level.WARNING, "cannot have the kernel forget old flows", e);
    }
  }

  /** One of its own, so that nobody who publishes a port waits for a list of all connections. */
  private NetlinkSocket socket() throws IOException {
    lock.lock();
    try {
      NetlinkSocket open = socket;
      if (open == null) {
        open = host.openSocket(NetlinkFamily.NETFILTER);
        socket = open;
      }
      return open;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (socket != null) {
        socket.close();
        socket = null;
      }
    } finally {
      lock.unlock();
    }
  }

  private static AddressFamily familyOf(InetAddress address) {
    return address instanceof Inet6Address ? AddressFamily.IPV6 : AddressFamily.IPV4;
  }

  private static boolean wasSentTo(Flow flow, PortBinding binding) {
    return binding.hostAddress().isAnyLocalAddress()
        ? flow.original().transport() instanceof Transport.Ports(int protocol, _, int port)
            && protocol == binding.protocol().number()
            && port == binding.hostPort()
        : flow.wasSentTo(binding.protocol().number(), binding.hostAddress(), binding.hostPort());
  }
}
