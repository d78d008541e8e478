package dev.cnm.driver.bridge;

import dev.cnm.IpPrefix;
import dev.cnm.MacAddress;
import dev.cnm.netlink.Errno;
import dev.cnm.netlink.Outcome;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.namespace.Sysctl;
import dev.cnm.netlink.route.AddressSpec;
import dev.cnm.netlink.route.HardwareAddress;
import dev.cnm.netlink.route.Link;
import dev.cnm.netlink.route.LinkChange;
import dev.cnm.netlink.route.Links;
import dev.cnm.netlink.route.RouteSpec;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.JoinContext;
import dev.cnm.spi.NetworkContext;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The end of a pair that is in the sandbox.
 *
 * @param index the number of the link there
 * @param announced whether neighbours may know its addresses with another MAC address
 */
record SandboxEnd(NetworkNamespace sandbox, int index, MacAddress mac, boolean announced) {

  /** Everything inside the sandbox, in one batch. */
  static SandboxEnd configure(JoinContext join, NetworkNamespace sandbox, Link hostEnd)
      throws IOException {
    EndpointContext endpoint = join.endpoint();
    String name = join.interfaceName();
    List<IpPrefix> linkLocal = endpoint.options().linkLocal();
    Map<String, String> settings = new LinkedHashMap<>();
    if (endpoint.ipv6().isPresent() || linkLocal.stream().anyMatch(IpPrefix::isIpv6)) {
      enableIpv6(settings, name);
    }
    boolean announced = isNews(endpoint);
    if (announced) {
      settings.put("net/ipv4/conf/" + name + "/arp_notify", "1");
      if (settings.containsKey("net/ipv6/conf/" + name + "/disable_ipv6")) {
        settings.put("net/ipv6/conf/" + name + "/ndisc_notify", "1");
      }
    }
    settings.putAll(join.sysctls());
    Sysctl.ensure(sandbox, settings);
    int index =
        hostEnd.peerIndex().isPresent()
            ? hostEnd.peerIndex().getAsInt()
            : new Links(sandbox.route()).get(name).orElseThrow().index();
    List<Request> batch = requests(join, index);
    sandbox.route().submit(batch).orElseThrow();
    if (endpoint.ipv6().isPresent()) {
      // The link-local address comes with the carrier.
      new Links(sandbox.route()).settle(index);
    }
    return new SandboxEnd(sandbox, index, endpoint.mac().orElseThrow(), announced);
  }

  private static List<Request> requests(JoinContext join, int index) {
    EndpointContext endpoint = join.endpoint();
    List<IpPrefix> linkLocal = endpoint.options().linkLocal();
    List<Request> batch = new ArrayList<>(6);
    batch.add(LinkChange.of("lo").up().build());
    batch.add(LinkChange.of(index).up().build());
    endpoint.ipv4().ifPresent(address -> batch.add(address(index, address)));
    endpoint.ipv6().ifPresent(address -> batch.add(address(index, address)));
    linkLocal.forEach(address -> batch.add(address(index, address)));
    NetworkContext network = endpoint.network();
    if (join.gateway4()) {
      BridgeDriver.gateway(network, network.ipv4())
          .ifPresent(via -> batch.add(defaultRoute(via, index)));
    }
    if (join.gateway6()) {
      BridgeDriver.gateway(network, network.ipv6())
          .ifPresent(via -> batch.add(defaultRoute(via, index)));
    }
    return batch;
  }

  /** Puts back what somebody has taken from the interface inside: what is there already stays. */
  static void mend(JoinContext join, NetworkNamespace sandbox) throws IOException {
    Link inside = new Links(sandbox.route()).get(join.interfaceName()).orElseThrow();
    HardwareAddress mac = HardwareAddress.of(join.endpoint().mac().orElseThrow().toBytes());
    List<Request> batch = new ArrayList<>(7);
    if (!inside.address().equals(Optional.of(mac))) {
      batch.add(LinkChange.of(inside.index()).address(mac).build());
    }
    batch.addAll(requests(join, inside.index()));
    for (Outcome outcome : sandbox.route().submit(batch).outcomes()) {
      if (outcome instanceof Outcome.Failed failed && !failed.reason().is(Errno.EEXIST)) {
        throw failed.reason();
      }
    }
    new Links(sandbox.route()).settle(inside.index());
  }

  private static RouteSpec defaultRoute(InetAddress gateway, int index) {
    return RouteSpec.defaultVia(gateway).link(index).build();
  }

  /**
   * Whether neighbours may remember another MAC address for its addresses. One that is made of the
   * IPv4 address is the same whoever has that.
   */
  private static boolean isNews(EndpointContext endpoint) {
    return endpoint.ipv6().isPresent()
        || endpoint
            .ipv4()
            .filter(it ->
                it.address() instanceof Inet4Address four
                    && endpoint.mac().filter(MacAddress.derivedFrom(four)::equals).isPresent())
            .isEmpty();
  }

  /**
   * Tells the neighbours where its addresses are, by gratuitous ARP and an unsolicited neighbour
   * advertisement, once the bridge lets them through. The kernel sends both when a link's address
   * is set, be it to the same ({@code NETDEV_CHANGEADDR} in net/ipv4/devinet.c and
   * net/ipv6/ndisc.c, {@code arp_notify} and {@code ndisc_notify}).
   */
  void announce() throws IOException {
    if (announced) {
      new Links(sandbox.route())
          .change(LinkChange.of(index).address(HardwareAddress.of(mac.toBytes())).build());
    }
  }

  static AddressSpec address(int index, IpPrefix address) {
    AddressSpec.Builder spec = AddressSpec.of(index, address.address(), address.length());
    if (address.isIpv6()) {
      spec.noDuplicateDetection();
    } else if (address.length() < 31) {
      spec.broadcast(address.lastAddress());
    }
    return spec.build();
  }

  /** A sandbox has IPv6 off; its addresses here are given, none is to be made up or waited for. */
  private static void enableIpv6(Map<String, String> settings, String name) {
    String link = "net/ipv6/conf/" + name + "/";
    settings.put("net/ipv6/conf/lo/disable_ipv6", "0");
    settings.put(link + "accept_ra", "0");
    settings.put(link + "accept_dad", "0");
    settings.put(link + "disable_ipv6", "0");
  }
}
