package dev.cnm.driver.bridge;

import dev.cnm.AddressPool;
import dev.cnm.ConflictException;
import dev.cnm.IpPrefix;
import dev.cnm.netlink.Errno;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.namespace.Sysctl;
import dev.cnm.netlink.route.Address;
import dev.cnm.netlink.route.AddressSpec;
import dev.cnm.netlink.route.Addresses;
import dev.cnm.netlink.route.HardwareAddress;
import dev.cnm.netlink.route.Link;
import dev.cnm.netlink.route.LinkChange;
import dev.cnm.netlink.route.LinkKind;
import dev.cnm.netlink.route.LinkSpec;
import dev.cnm.netlink.route.Links;
import dev.cnm.spi.NetworkContext;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The bridges that carry the networks: links of the host with the gateways' addresses. One that was
 * there before is used, and left as it was found.
 */
final class Bridges {

  /** In the network's state: the name of the bridge link. */
  private static final String BRIDGE = "bridge";

  /** In the network's state: whether the link is ours to delete. */
  private static final String CREATED = "created";

  /** In the network's state: the addresses that a link which isn't ours was given. */
  private static final String ADDED = "addresses";

  private final NetworkNamespace host;
  private final String owner;
  private final Links links;
  private final Links removed;
  private final Addresses addresses;
  private final Firewall firewall;

  /** Removes by {@code removed}, which has a socket that nobody else waits for. */
  Bridges(NetworkNamespace host, String owner, Firewall firewall, Links removed)
      throws IOException {
    this.host = host;
    this.owner = owner;
    this.firewall = firewall;
    this.removed = removed;
    links = new Links(host.route());
    addresses = new Addresses(host.route());
  }

  /** The name of a network's link. */
  static String name(NetworkContext network) {
    String recorded = network.driverState().get(BRIDGE);
    return recorded != null ? recorded : BridgeOptions.of(network).bridge();
  }

  private List<Entry> entries(NetworkContext network, String bridge, BridgeOptions options) {
    return Entry.of(Mark.of(owner, network), network, bridge, options);
  }

  /** Makes what carries a network, or nothing, and returns what is to be remembered. */
  Map<String, String> make(NetworkContext network, BridgeOptions options) throws IOException {
    Optional<Link> existing = links.get(options.bridge());
    existing.ifPresent(Bridges::requireBridge);
    if (existing.isEmpty()) {
      create(network, options);
    }
    try {
      List<IpPrefix> added = connect(network, options, existing.isEmpty());
      return existing.isEmpty()
          ? Map.of(BRIDGE, options.bridge(), CREATED, "true")
          : Map.of(
              BRIDGE,
              options.bridge(),
              CREATED,
              "false",
              ADDED,
              added.stream().map(IpPrefix::toString).collect(Collectors.joining(",")));
    } catch (IOException e) {
      if (existing.isEmpty()) {
        undo(e, () -> links.delete(options.bridge()));
      }
      undo(e, () -> firewall.remove(entries(network, options.bridge(), options)));
      throw e;
    }
  }

  private static void requireBridge(Link link) {
    if (!(link.kind() instanceof LinkKind.Bridge)) {
      throw new ConflictException("the link " + link.name() + " exists already and is no bridge");
    }
  }

  /** Up, with an address of its own and its MTU, in one message. */
  private void create(NetworkContext network, BridgeOptions options) throws IOException {
    LinkSpec.Builder bridge =
        LinkSpec.bridge(options.bridge())
            .address(address(network))
            // Without a querier it would send multicast everywhere all the same, and whenever a
            // port comes or goes it would begin to ask at all others (br_port_state_selection of
            // net/bridge/br_stp.c).
            .multicastSnooping(false)
            .up();
    options.mtu().ifPresent(bridge::mtu);
    LinkChange marked =
        LinkChange.of(options.bridge()).alias(Mark.of(owner, network).toString()).build();
    links.create(bridge.build(), List.of(marked));
  }

  /**
   * Locally administered and the same whenever the network's bridge is made: a bridge without an
   * address of its own takes, and changes with, that of a port.
   */
  private static HardwareAddress address(NetworkContext network) {
    return HardwareAddress.of(HexFormat.of().parseHex("0242" + network.id().substring(0, 8)));
  }

  /** Gives the bridge its addresses and opens the ways in and out. */
  private List<IpPrefix> connect(NetworkContext network, BridgeOptions options, boolean ours)
      throws IOException {
    List<IpPrefix> added = new ArrayList<>(2);
    Link bridge = links.get(options.bridge()).orElseThrow();
    if (!bridge.isUp()) {
      // Its own address, set once more, is no longer taken from the ports
      // (br_stp_recalculate_bridge_id).
      LinkChange.Builder up = LinkChange.of(bridge.index()).up();
      bridge.address().ifPresent(up::address);
      links.change(up.build());
    }
    if (network.ipv6().isPresent() && options.addressed(true)) {
      inHost(() -> {
        String settings = "net/ipv6/conf/" + options.bridge() + "/";
        // A router takes no advice from others on its own network, and its address is its own.
        Sysctl.ensure(settings + "accept_ra", "0");
        Sysctl.ensure(settings + "disable_ipv6", "0");
      });
    }
    List<InetAddress> present =
        addresses.list(bridge.index()).stream().map(Address::address).toList();
    for (AddressPool pool : network.pools()) {
      if (pool.gateway().isPresent()
          && options.addressed(pool.subnet().isIpv6())
          && !present.contains(pool.gateway().get())) {
        IpPrefix gateway = new IpPrefix(pool.gateway().get(), pool.subnet().length());
        addresses.change(SandboxEnd.address(bridge.index(), gateway));
        added.add(gateway);
      }
    }
    if (ours && network.ipv6().isPresent() && options.addressed(true)) {
      giveLinkLocal(network, bridge.index(), present);
    }
    firewall.add(entries(network, options.bridge(), options));
    if (!network.options().internal()) {
      forward(network, options);
    }
    return added;
  }

  /**
   * The link-local address that the kernel would give it as well, some time after the first port
   * has come, and then look for a duplicate for a second or two. Until there is one, nobody is
   * solicited on behalf of what is forwarded (ndisc_send_ns of net/ipv6/ndisc.c).
   */
  private void giveLinkLocal(NetworkContext network, int index, List<InetAddress> present)
      throws IOException {
    byte[] mac = address(network).toBytes();
    IpPrefix modifiedEui64 =
        IpPrefix.parse(
            "fe80::%02x%02x:%02xff:fe%02x:%02x%02x/64"
                .formatted(mac[0] ^ 2, mac[1], mac[2], mac[3], mac[4], mac[5]));
    if (!present.contains(modifiedEui64.address())) {
      addresses.change(SandboxEnd.address(index, modifiedEui64));
    }
  }

  private void forward(NetworkContext network, BridgeOptions options) throws IOException {
    inHost(() -> {
      if (network.ipv4().isPresent()) {
        Sysctl.ensure("net/ipv4/ip_forward", "1");
        if (options.mode4().translates()) {
          // So that what goes to 127.0.0.1 can go on to an endpoint; see Layout.martians.
          Sysctl.ensure("net/ipv4/conf/" + options.bridge() + "/route_localnet", "1");
        }
      }
      if (network.ipv6().isPresent()) {
        Sysctl.ensure("net/ipv6/conf/all/forwarding", "1");
      }
    });
  }

  private interface Settings {
    void set() throws IOException;
  }

  private void inHost(Settings settings) throws IOException {
    try {
      host.call(() -> {
        settings.set();
        return true;
      });
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** The bridge; made again if somebody removed it, or the machine was started anew. */
  Link require(NetworkContext network, BridgeOptions options) throws IOException {
    Optional<Link> bridge = links.get(options.bridge());
    if (bridge.isPresent()) {
      return bridge.get();
    }
    create(network, options);
    connect(network, options, true);
    return links.get(options.bridge()).orElseThrow();
  }

  /** Removes what carries a network; a bridge that was there before loses what it was given. */
  void remove(NetworkContext network) throws IOException {
    String bridge = name(network);
    if (!"false".equals(network.driverState().get(CREATED))) {
      removed.delete(bridge);
    } else {
      Optional<Link> link = links.get(bridge);
      String added = network.driverState().getOrDefault(ADDED, "");
      if (link.isPresent() && !added.isEmpty()) {
        for (String address : added.split(",")) {
          removeAddress(link.get().index(), IpPrefix.parse(address));
        }
      }
    }
    firewall.remove(entries(network, bridge, BridgeOptions.of(network)));
  }

  private void removeAddress(int index, IpPrefix address) throws IOException {
    try {
      addresses.change(AddressSpec.of(index, address.address(), address.length()).buildRemoval());
    } catch (NetlinkException e) {
      if (!e.is(Errno.EADDRNOTAVAIL)) {
        throw e;
      }
    }
  }

  private static void undo(IOException failure, Settings step) {
    try {
      step.set();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }
}
