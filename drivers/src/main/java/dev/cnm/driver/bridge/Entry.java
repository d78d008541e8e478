package dev.cnm.driver.bridge;

import dev.cnm.AddressPool;
import dev.cnm.IpPrefix;
import dev.cnm.PortBinding;
import dev.cnm.Protocol;
import dev.cnm.netlink.nft.Element;
import dev.cnm.netlink.nft.Field;
import dev.cnm.spi.NetworkContext;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * An element of one of the table's sets and maps, which a network or an endpoint owns.
 *
 * @param set the name of the set or map in {@link Layout}
 * @param element with the owner's {@link Mark} as comment
 */
record Entry(String set, Element element) {

  private static Entry of(String set, Field key, String comment) {
    return new Entry(set, Element.of(key, comment));
  }

  /** What a network adds; the same number whatever else there is. */
  static List<Entry> of(Mark mark, NetworkContext network, String bridge, BridgeOptions options) {
    String owner = mark.toString();
    Field link = Field.ifname(bridge);
    List<Entry> entries = new ArrayList<>();
    entries.add(of(Layout.BRIDGES, link, owner));
    if (options.betweenContainers()) {
      entries.add(of(Layout.WITHIN, Field.join(link, link), owner));
    }
    if (network.options().internal()) {
      entries.add(of(Layout.INTERNAL, link, owner));
      return entries;
    }
    for (String trusted : options.trusted()) {
      entries.add(of(Layout.TRUSTED, Field.join(Field.ifname(trusted), link), owner));
    }
    network.ipv4().ifPresent(pool -> addFamily(entries, pool, link, owner, options));
    network.ipv6().ifPresent(pool -> addFamily(entries, pool, link, owner, options));
    return entries;
  }

  /** What tells others where a network's records are; none if that can't be said. */
  static List<Entry> located(Mark mark, String bridge, String location) {
    return location.isEmpty()
        ? List.of()
        : List.of(
            of(
                Layout.OWNERS,
                Field.ifname(bridge),
                new Mark(mark.owner(), mark.id(), location).toString()));
  }

  private static void addFamily(
      List<Entry> entries, AddressPool pool, Field link, String owner, BridgeOptions options) {
    IpPrefix subnet = pool.subnet();
    boolean ipv6 = subnet.isIpv6();
    GatewayMode mode = options.mode(ipv6);
    Field key = Field.join(Field.nfproto(ipv6), link);
    entries.add(of(Layout.FORWARDED, key, owner));
    if (mode.translates()) {
      entries.add(
          new Entry(
              ipv6 ? Layout.SUBNETS_6 : Layout.SUBNETS_4,
              Element.range(
                  Field.join(link, Field.address(subnet.address())),
                  Field.join(link, Field.address(subnet.lastAddress())),
                  owner)));
      if (options.masquerade()) {
        entries.add(
            options
                .source(ipv6)
                .map(source ->
                    new Entry(
                        ipv6 ? Layout.SOURCES_6 : Layout.SOURCES_4,
                        Element.of(link, new Element.Value.Fields(Field.address(source)), owner)))
                .orElseGet(() -> of(Layout.MASQUERADED, key, owner)));
      }
    }
    if (mode == GatewayMode.NAT_UNPROTECTED) {
      entries.add(of(Layout.UNPROTECTED, key, owner));
    } else if (mode == GatewayMode.ROUTED) {
      entries.add(of(Layout.ROUTED, key, owner));
    }
  }

  /**
   * Leads a port of the host, at one address or at all of them, to a port of an endpoint.
   *
   * @param bridges those of the networks that the endpoint's sandbox is in
   */
  static List<Entry> published(
      Mark owner, List<String> bridges, Wish.Door door, PortBinding binding) {
    boolean all = door.at().isAnyLocalAddress();
    Field at = Field.address(door.at());
    Field to = Field.address(door.to());
    Field protocol = Field.protocol(binding.protocol().number());
    Field port = Field.port(binding.hostPort());
    Field containerPort = Field.port(binding.containerPort());
    String comment = owner.toString();
    List<Entry> entries = new ArrayList<>(3 + bridges.size());
    boolean ipv6 = door.at() instanceof Inet6Address;
    if (door.byKernel()) {
      Element.Value value = new Element.Value.Fields(Field.join(to, containerPort));
      entries.add(
          all
              ? new Entry(
                  ipv6 ? Layout.PORTS_6 : Layout.PORTS_4,
                  Element.of(Field.join(protocol, port), value, comment))
              : new Entry(
                  ipv6 ? Layout.ADDRESS_PORTS_6 : Layout.ADDRESS_PORTS_4,
                  Element.of(Field.join(at, protocol, port), value, comment)));
    }
    entries.add(
        of(
            door.to() instanceof Inet6Address ? Layout.TARGETS_6 : Layout.TARGETS_4,
            Field.join(to, protocol, containerPort),
            comment));
    if (Proxies.serves(door, binding.protocol())) {
      if (ipv6) {
        entries.add(
            all
                ? of(Layout.PROXIED_6, Field.join(protocol, port), comment)
                : of(Layout.ADDRESS_PROXIED_6, Field.join(at, protocol, port), comment));
      }
      for (String bridge : bridges) {
        Field link = Field.ifname(bridge);
        entries.add(
            all
                ? of(
                    Layout.OWN_PORTS,
                    Field.join(Field.nfproto(ipv6), link, protocol, port),
                    comment)
                : of(
                    ipv6 ? Layout.OWN_PORTS_6 : Layout.OWN_PORTS_4,
                    Field.join(link, at, protocol, port),
                    comment));
      }
    }
    return entries;
  }

  /** Lets the outside reach a port of an endpoint by the endpoint's own address. */
  static Entry open(Mark owner, InetAddress address, int port, Protocol protocol) {
    boolean ipv6 = address.getAddress().length > 4;
    return of(
        ipv6 ? Layout.OPEN_6 : Layout.OPEN_4,
        Field.join(Field.address(address), Field.protocol(protocol.number()), Field.port(port)),
        owner.toString());
  }
}
