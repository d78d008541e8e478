package dev.cnm.controller;

import dev.cnm.IpPrefix;
import dev.cnm.controller.dns.NameServer;
import dev.cnm.controller.dns.ResolvConf;
import dev.cnm.netlink.AddressFamily;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.route.Address;
import dev.cnm.netlink.route.Route;
import dev.cnm.netlink.route.Routes;
import dev.cnm.netlink.route.Rule;
import dev.cnm.netlink.route.Rules;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the host reaches already: no subnet that we choose may hide it. */
final class HostRoutes {

  private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");

  /**
   * Shorter ones are default routes in disguise: VPNs have 0.0.0.0/1 and 128.0.0.0/1, or 2000::/3.
   */
  private static final int SHORTEST = 4;

  private HostRoutes() {}

  /**
   * The destinations of the host's routes, those of VPNs, policy routing and VRFs in tables of
   * their own (ip-rule(8)) and those that refuse or pass over to another table included; the
   * subnets of its addresses, which have no route while their link is down; and its name servers
   * (resolv.conf(5)).
   */
  static List<IpPrefix> of(NetworkNamespace host) throws IOException {
    List<IpPrefix> taken = new ArrayList<>();
    for (Route route : new Routes(host.route()).list()) {
      add(taken, route.destination(), route.prefixLength());
    }
    Rules rules = new Rules(host.route());
    for (AddressFamily family : AddressFamily.values()) {
      for (Rule rule : rules.list(family)) {
        rule.destination().ifPresent(it -> add(taken, it.address(), it.length()));
      }
    }
    for (Address address : new dev.cnm.netlink.route.Addresses(host.route()).list()) {
      add(taken, address.address(), address.prefixLength());
      address.peer().ifPresent(peer -> add(taken, peer, address.prefixLength()));
    }
    addNameServers(taken);
    return taken;
  }

  private static void add(List<IpPrefix> taken, InetAddress destination, int length) {
    if (length >= SHORTEST
        && !destination.isLinkLocalAddress()
        && !destination.isMulticastAddress()) {
      taken.add(new IpPrefix(destination, length));
    }
  }

  private static void addNameServers(List<IpPrefix> taken) {
    for (NameServer server : ResolvConf.read(RESOLV_CONF).servers()) {
      InetAddress address = server.address();
      if (server.zone().isEmpty() && !address.isLoopbackAddress()) {
        taken.add(new IpPrefix(address, 8 * address.getAddress().length));
      }
    }
  }
}
