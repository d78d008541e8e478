package dev.cnm.driver.bridge;

import dev.cnm.AddressPool;
import dev.cnm.IpPrefix;
import dev.cnm.Protocol;
import dev.cnm.netlink.nft.Element;
import dev.cnm.netlink.nft.Field;
import dev.cnm.spi.NetworkContext;
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

  /** Leads a port of the host, at one address or at all of them, to a port of an endpoint. */
  static Entry published(
      Mark owner,
      InetAddress at,
      int hostPort,
      Protocol protocol,
      InetAddress to,
      int containerPort) {
    boolean ipv6 = to.getAddress().length > 4;
    Field port = Field.join(Field.protocol(protocol.number()), Field.port(hostPort));
    Field target = Field.join(Field.address(to), Field.port(containerPort));
    Element.Value value = new Element.Value.Fields(target);
    String comment = owner.toString();
    return at.isAnyLocalAddress()
        ? new Entry(ipv6 ? Layout.PORTS_6 : Layout.PORTS_4, Element.of(port, value, comment))
        : new Entry(
            ipv6 ? Layout.ADDRESS_PORTS_6 : Layout.ADDRESS_PORTS_4,
            Element.of(Field.join(Field.address(at), port), value, comment));
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
