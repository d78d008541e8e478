package dev.cnm.driver.bridge;

import dev.cnm.IpPrefix;
import dev.cnm.PortBinding;
import dev.cnm.Protocol;
import dev.cnm.netlink.AddressFamily;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.conntrack.Conntrack;
import dev.cnm.netlink.conntrack.Flow;
import dev.cnm.netlink.conntrack.FlowTuple.Transport;
import dev.cnm.spi.EndpointContext;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Has the kernel forget flows that began under other rules: it asks them about the first packet
 * only, and datagrams of one socket are one flow for as long as they come. Connections of TCP and
 * SCTP end by themselves, and new ones are asked about.
 */
final class Flows {

  private static final System.Logger LOG = System.getLogger(Flows.class.getName());

  private final Conntrack conntrack;

  Flows(NetlinkSocket socket) {
    conntrack = new Conntrack(socket);
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

  private void delete(AddressFamily family, Predicate<Flow> condition) {
    try {
      conntrack.delete(family, condition);
    } catch (IOException e) {
      // The rules are right; a kernel without ctnetlink forgets old flows later, by itself.
      LOG.log(Level.WARNING, "cannot have the kernel forget old flows", e);
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
