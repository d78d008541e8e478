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
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Has the kernel forget flows that began under other rules: it asks them about the first packet
 * only, and datagrams of one socket are one flow for as long as they come. Connections of TCP and
 * SCTP end by themselves, and new ones are asked about; but all of an endpoint's end with it,
 * before another one gets its address.
 */
final class Flows implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Flows.class.getName());

  /** For more addresses, one list of all flows takes less time than a search for each. */
  private static final int MOST_SEARCHES = 40;

  private final NetworkNamespace host;

  /** Endpoints that are gone or cut off, and whose addresses the kernel still knows flows of. */
  private final Queue<EndpointContext> due = new ConcurrentLinkedQueue<>();

  /** Held while {@link #due} becomes shorter, and while the socket is opened or closed. */
  private final ReentrantLock lock = new ReentrantLock();

  private final AtomicBoolean warned = new AtomicBoolean();
  private @Nullable NetlinkSocket socket;

  /** Of {@code host}, which stays the caller's. */
  Flows(NetworkNamespace host) {
    this.host = host;
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
  void forgetThrough(EndpointContext endpoint, List<PortBinding> bindings) {
    for (AddressFamily family : AddressFamily.values()) {
      boolean ipv6 = family == AddressFamily.IPV6;
      InetAddress own =
          (ipv6 ? endpoint.ipv6() : endpoint.ipv4()).map(IpPrefix::address).orElse(null);
      if (own != null && bindings.stream().anyMatch(it -> familyOf(it.hostAddress()) == family)) {
        delete(
            family,
            flow ->
                flow.isAnsweredBy(own) && bindings.stream().anyMatch(it -> wasSentTo(flow, it)));
      }
    }
  }

  /**
   * Leaves it to {@link #forgetDue} to forget all flows of an endpoint that is gone or cut off,
   * those that it began included: an answer from outside would be translated back to its address,
   * whoever has that by then.
   */
  void forgetLater(EndpointContext endpoint) {
    due.add(endpoint);
  }

  /** Forgets what was left for later, of all endpoints at once. */
  void forgetDue() {
    if (due.isEmpty()) {
      return;
    }
    lock.lock();
    try {
      List<EndpointContext> gone = List.copyOf(due);
      forget(gone.stream().flatMap(Flows::addresses).collect(Collectors.toSet()));
      // Not before: whoever wants one of their addresses is to wait.
      gone.forEach(due::remove);
    } finally {
      lock.unlock();
    }
  }

  /** Sees to it that no flow of an earlier endpoint reaches one that has got its address. */
  void forgetBefore(EndpointContext joining) {
    if (due.isEmpty()) {
      return;
    }
    Set<InetAddress> wanted = addresses(joining).collect(Collectors.toSet());
    if (due.stream().flatMap(Flows::addresses).anyMatch(wanted::contains)) {
      forgetDue();
    }
  }

  private static Stream<InetAddress> addresses(EndpointContext endpoint) {
    return Stream.concat(endpoint.ipv4().stream(), endpoint.ipv6().stream()).map(IpPrefix::address);
  }

  private void forget(Set<InetAddress> addresses) {
    Set<Inet4Address> ipv4 = new HashSet<>();
    Set<InetAddress> others = new HashSet<>();
    for (InetAddress address : addresses) {
      if (address instanceof Inet4Address four) {
        ipv4.add(four);
      } else {
        others.add(address);
      }
    }
    if (!foundByAddress(ipv4)) {
      forget(AddressFamily.IPV4, ipv4);
    }
    forget(AddressFamily.IPV6, others);
  }

  /** False if they are too many to do so, or the kernel can't. */
  private boolean foundByAddress(Set<Inet4Address> addresses) {
    if (addresses.size() > MOST_SEARCHES) {
      return false;
    }
    try {
      new Conntrack(socket()).deleteOf(addresses);
      return true;
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "this kernel finds no flows by address", e);
      return false;
    }
  }

  private void forget(AddressFamily family, Set<? extends InetAddress> addresses) {
    if (!addresses.isEmpty()) {
      delete(
          family,
          flow ->
              addresses.contains(flow.original().source())
                  || addresses.contains(flow.reply().source()));
    }
  }

  private void delete(AddressFamily family, Predicate<Flow> condition) {
    try {
      new Conntrack(socket()).delete(family, condition);
    } catch (IOException e) {
      // The rules are right; a kernel without ctnetlink forgets old flows later, by itself.
      LOG.log(
          warned.getAndSet(true) ? Level.DEBUG : Level.WARNING,
          "cannot have the kernel forget old flows",
          e);
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
