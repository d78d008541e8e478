package dev.cnm.driver.bridge;

import dev.cnm.IpPrefix;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.route.Address;
import dev.cnm.netlink.route.Addresses;
import dev.cnm.netlink.route.HardwareAddress;
import dev.cnm.netlink.route.Link;
import dev.cnm.netlink.route.Links;
import dev.cnm.netlink.route.Route;
import dev.cnm.netlink.route.Routes;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.Existing;
import dev.cnm.spi.Finding.Severity;
import dev.cnm.spi.JoinContext;
import dev.cnm.spi.NetworkContext;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Compares links, addresses and routes with the records, in both directions: what the records say
 * and the kernel doesn't have, and what the kernel has of this owner that no record speaks of. It
 * lists all links and addresses of the host and enters every sandbox, so it is for the person who
 * asks.
 */
final class LinkInspection {

  private final String owner;
  private final Existing existing;
  private final Bridges bridges;
  private final Ports ports;
  private final Links links;
  private final Addresses addresses;

  /** What the driver does with an endpoint's interface. */
  interface Ports {

    /** Makes the interface anew, for a sandbox that has none. */
    void join(JoinContext join) throws IOException;

    /** Makes a host end a port of the network's bridge again, and sets it up. */
    void attach(EndpointContext endpoint) throws IOException;
  }

  LinkInspection(
      NetworkNamespace host, String owner, Existing existing, Bridges bridges, Ports ports)
      throws IOException {
    this.owner = owner;
    this.existing = existing;
    this.bridges = bridges;
    this.ports = ports;
    links = new Links(host.route());
    addresses = new Addresses(host.route());
  }

  /** In the order in which they are to be mended. */
  List<Fault> faults() throws IOException {
    // The kernel first: who appears there afterwards is not taken for somebody forgotten.
    Map<String, Link> present = new HashMap<>();
    links.list().forEach(link -> present.put(link.name(), link));
    List<Address> all = addresses.list();
    List<Fault> faults = new ArrayList<>();
    for (Link link : present.values()) {
      forgotten(link).ifPresent(faults::add);
    }
    for (NetworkContext network : existing.networks()) {
      faults.addAll(ofNetwork(network, present, all));
    }
    for (JoinContext join : existing.joined()) {
      faults.addAll(ofEndpoint(join, present));
    }
    return faults;
  }

  private Optional<Fault> forgotten(Link link) {
    return Mark.parse(link.alias())
        .filter(mark -> mark.owner().equals(owner) && !existing.knows(mark.id()))
        .map(mark ->
            Fault.mendable(
                "the link " + link.name() + " is left of " + mark.name() + ", which is gone",
                () -> links.delete(link.index())));
  }

  private List<Fault> ofNetwork(
      NetworkContext network, Map<String, Link> present, List<Address> all) throws IOException {
    BridgeOptions options = BridgeOptions.of(network);
    String bridge = "the bridge " + options.bridge() + " of the network " + network.name();
    Fault.Mending mending = () -> bridges.mend(network, options);
    Link link = present.get(options.bridge());
    if (link == null) {
      return List.of(Fault.mendable(bridge + " is gone", mending));
    }
    Optional<Mark> mark = Mark.parse(link.alias());
    if (mark.isPresent() && !mark.get().isOf(owner, network)) {
      return List.of(
          Fault.shown(
              Severity.ERROR,
              bridge + " carries " + mark.get().name() + " of another store, " + mark.get().owner(),
              "remove the network and create it again"));
    }
    List<Fault> faults = new ArrayList<>();
    if (!link.isUp()) {
      faults.add(Fault.mendable(bridge + " is down", mending));
    }
    if (!Bridges.isGiven(network)
        && options.mtu().isPresent()
        && options.mtu().get() != link.mtu()) {
      faults.add(
          Fault.mendable(
              bridge + " has the MTU " + link.mtu() + " instead of " + options.mtu().get(),
              mending));
    }
    for (IpPrefix gateway : Bridges.gateways(network, options)) {
      if (!has(all, link.index(), gateway.address())) {
        faults.add(
            Fault.mendable(
                bridge + " has lost its address " + IpPrefix.text(gateway.address()), mending));
      }
    }
    if (!Bridges.isGiven(network)) {
      bridges
          .changed(network, options)
          .forEach(it -> faults.add(Fault.mendable(bridge + " has another " + it, mending)));
    }
    return faults;
  }

  private static boolean has(List<Address> all, int link, InetAddress address) {
    return all.stream().anyMatch(it -> it.linkIndex() == link && it.address().equals(address));
  }

  private List<Fault> ofEndpoint(JoinContext join, Map<String, Link> present) throws IOException {
    EndpointContext endpoint = join.endpoint();
    String name = BridgeDriver.hostEnd(endpoint);
    String what =
        "the link " + name + " of " + endpoint.network().name() + "/" + endpoint.name() + " ";
    Link end = present.get(name);
    if (end == null) {
      return List.of(Fault.mendable(what + "is gone", () -> ports.join(join)));
    }
    Link bridge = present.get(Bridges.name(endpoint.network()));
    List<Fault> faults = new ArrayList<>();
    if (bridge == null || end.masterIndex().orElse(0) != bridge.index()) {
      faults.add(
          Fault.mendable(
              what + "is no port of " + Bridges.name(endpoint.network()),
              () -> ports.attach(endpoint)));
    } else if (!end.isUp()) {
      faults.add(Fault.mendable(what + "is down", () -> ports.attach(endpoint)));
    }
    Optional<NetworkNamespace> open = join.sandbox().unwrap(NetworkNamespace.class);
    NetworkNamespace sandbox =
        open.isPresent() ? open.get() : NetworkNamespace.open(join.sandbox().path());
    try {
      faults.addAll(inside(join, sandbox, end));
    } finally {
      if (open.isEmpty()) {
        sandbox.close();
      }
    }
    return faults;
  }

  private static List<Fault> inside(JoinContext join, NetworkNamespace sandbox, Link end)
      throws IOException {
    EndpointContext endpoint = join.endpoint();
    String what =
        join.interfaceName() + " inside " + endpoint.network().name() + "/" + endpoint.name() + " ";
    Links links = new Links(sandbox.route());
    Optional<Link> link = links.get(join.interfaceName());
    if (link.isEmpty() || link.get().index() != end.peerIndex().orElse(link.get().index())) {
      return List.of(
          Fault.shown(
              Severity.WARNING,
              what + "has been renamed or moved",
              "disconnect the container from the network and connect it again"));
    }
    Fault.Mending mending =
        () -> {
          try (NetworkNamespace again = NetworkNamespace.open(join.sandbox().path())) {
            SandboxEnd.mend(join, again);
          }
        };
    List<Fault> faults = new ArrayList<>();
    if (!links.get("lo").orElseThrow().isUp()) {
      faults.add(
          Fault.mendable(
              "lo inside " + endpoint.network().name() + "/" + endpoint.name() + " is down",
              mending));
    }
    if (!link.get().isUp()) {
      faults.add(Fault.mendable(what + "is down", mending));
    }
    Optional<HardwareAddress> mac = endpoint.mac().map(it -> HardwareAddress.of(it.toBytes()));
    if (mac.isPresent() && !link.get().address().equals(mac)) {
      faults.add(
          Fault.mendable(what + "has another MAC address than " + endpoint.mac().get(), mending));
    }
    List<Address> present = new Addresses(sandbox.route()).list(link.get().index());
    Stream.of(endpoint.ipv4(), endpoint.ipv6())
        .flatMap(Optional::stream)
        .map(IpPrefix::address)
        .filter(it -> !has(present, link.get().index(), it))
        .forEach(it ->
            faults.add(
                Fault.mendable(what + "has lost its address " + IpPrefix.text(it), mending)));
    List<Route> routes = new Routes(sandbox.route()).list();
    NetworkContext network = endpoint.network();
    if (join.gateway4()) {
      BridgeDriver.gateway(network, network.ipv4())
          .filter(it -> !leadsOut(routes, it))
          .ifPresent(it -> faults.add(noRoute(what, it, mending)));
    }
    if (join.gateway6()) {
      BridgeDriver.gateway(network, network.ipv6())
          .filter(it -> !leadsOut(routes, it))
          .ifPresent(it -> faults.add(noRoute(what, it, mending)));
    }
    return faults;
  }

  /** Whether there is a default route of the family, be it another one that somebody chose. */
  private static boolean leadsOut(List<Route> routes, InetAddress gateway) {
    return routes.stream()
        .anyMatch(it ->
            it.isDefault()
                && it.isInMainTable()
                && it.destination().getClass() == gateway.getClass());
  }

  private static Fault noRoute(String what, InetAddress gateway, Fault.Mending mending) {
    return Fault.mendable(
        what + "has lost the default route by " + IpPrefix.text(gateway), mending);
  }
}
