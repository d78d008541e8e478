package dev.cnm.driver.bridge;

import dev.cnm.AddressPool;
import dev.cnm.ConflictException;
import dev.cnm.IpPrefix;
import dev.cnm.netlink.Errno;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.namespace.Sysctl;
import dev.cnm.netlink.nft.Field;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final NetworkNamespace host;
  private final String owner;
  private final Arbitration arbitration;
  private final Links links;
  private final Links removed;
  private final Addresses addresses;
  private final Firewall firewall;

  /** Removes by {@code removed}, which has a socket that nobody else waits for. */
  Bridges(NetworkNamespace host, String owner, Firewall firewall, Links removed)
      throws IOException {
    this.host = host;
    this.owner = owner;
    arbitration = new Arbitration(host, PATIENCE);
    this.firewall = firewall;
    this.removed = removed;
    links = new Links(host.route());
    addresses = new Addresses(host.route());
  }

  /** The name of a network's link. */
  static String name(NetworkContext network) {
    return BridgeOptions.of(network).bridge();
  }

  /** The name of the link that was made or found for a network; empty before. */
  static Optional<String> recorded(NetworkContext network) {
    return Optional.ofNullable(network.driverState().get(BRIDGE));
  }

  private List<Entry> entries(NetworkContext network, String bridge, BridgeOptions options) {
    return Entry.of(Mark.of(owner, network), network, bridge, options);
  }

  /** Makes what carries a network, or nothing, and returns what is to be remembered. */
  Map<String, String> make(NetworkContext network, BridgeOptions wanted) throws IOException {
    return arbitration.alone(() -> makeAlone(network, wanted));
  }

  private Map<String, String> makeAlone(NetworkContext network, BridgeOptions wanted)
      throws IOException {
    BridgeOptions options = wanted.on(free(network, wanted));
    HostSubnets.requireElsewhere(links, addresses, network, options.bridge());
    boolean given = links.get(options.bridge()).isPresent();
    if (given) {
      requireUnused(options.bridge());
    } else {
      create(network, options);
    }
    try {
      List<IpPrefix> added = connect(network, options, !given);
      return !given
          ? Map.of(BRIDGE, options.bridge(), CREATED, "true")
          : Map.of(
              BRIDGE,
              options.bridge(),
              CREATED,
              "false",
              ADDED,
              added.stream().map(IpPrefix::toString).collect(Collectors.joining(",")));
    } catch (IOException e) {
      if (!given) {
        undo(e, () -> links.delete(options.bridge()));
      }
      undo(e, () -> firewall.remove(entries(network, options.bridge(), options)));
      throw e;
    }
  }

  /**
   * The name of a bridge that the network can have: there is none, or one that nobody of us has
   * made. What a run of this store that was killed has left of it is removed.
   */
  private String free(NetworkContext network, BridgeOptions wanted) throws IOException {
    Set<String> names = new LinkedHashSet<>();
    names.add(wanted.bridge());
    if (!wanted.named()) {
      // cnm0 is the first one's who comes.
      names.add(BridgeOptions.ownName(network));
    }
    String taken = "";
    for (String name : names) {
      Optional<Link> link = links.get(name);
      link.ifPresent(Bridges::requireBridge);
      Optional<Mark> mark = link.flatMap(it -> Mark.parse(it.alias()));
      if (mark.isEmpty()) {
        return name;
      }
      if (mark.get().isOf(owner, network)) {
        links.delete(name);
        return name;
      }
      taken = taken(name, mark.get());
    }
    throw new ConflictException(taken);
  }

  private static String taken(String bridge, Mark mark) {
    return "the bridge "
        + bridge
        + " carries the network "
        + mark.name()
        + " of another store, "
        + mark.owner();
  }

  /** Refuses a bridge that was there before and that another store's network is on already. */
  private void requireUnused(String bridge) throws IOException {
    Optional<Mark> mark = firewall.mark(Layout.BRIDGES, Field.ifname(bridge));
    if (mark.isPresent() && !mark.get().owner().equals(owner)) {
      throw new ConflictException(taken(bridge, mark.get()));
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
    if (bridge.isEmpty()) {
      arbitration.alone(() -> again(network, options));
      bridge = links.get(options.bridge());
    }
    Optional<Mark> mark = bridge.flatMap(it -> Mark.parse(it.alias()));
    if (mark.isPresent() && !mark.get().isOf(owner, network)) {
      throw new ConflictException(taken(options.bridge(), mark.get()));
    }
    return bridge.orElseThrow();
  }

  private boolean again(NetworkContext network, BridgeOptions options) throws IOException {
    if (links.get(options.bridge()).isPresent()) {
      return false;
    }
    HostSubnets.requireElsewhere(links, addresses, network, options.bridge());
    create(network, options);
    connect(network, options, true);
    return true;
  }

  /**
   * Removes what carries a network, and nothing of anybody else's; a bridge that was there before
   * loses what it was given.
   */
  void remove(NetworkContext network) throws IOException {
    BridgeOptions options = BridgeOptions.of(network);
    if (recorded(network).isEmpty()) {
      // It was left half made: what there is of it says so itself.
      for (String name : List.of(options.bridge(), BridgeOptions.ownName(network))) {
        if (isOurs(network, name, false)) {
          removed.delete(name);
        }
      }
      firewall.removeMarked(owner, Mark.of(owner, network).id());
      return;
    }
    String bridge = options.bridge();
    if (!"false".equals(network.driverState().get(CREATED))) {
      if (isOurs(network, bridge, true)) {
        removed.delete(bridge);
      }
    } else {
      Optional<Link> link = links.get(bridge);
      String added = network.driverState().getOrDefault(ADDED, "");
      if (link.isPresent() && !added.isEmpty()) {
        for (String address : added.split(",")) {
          removeAddress(link.get().index(), IpPrefix.parse(address));
        }
      }
    }
    firewall.remove(entries(network, bridge, options));
  }

  /** Whether a link carries the network's mark; without any mark, what {@code otherwise} says. */
  private boolean isOurs(NetworkContext network, String name, boolean otherwise)
      throws IOException {
    Optional<Link> link = links.get(name);
    Optional<Mark> mark = link.flatMap(it -> Mark.parse(it.alias()));
    return link.isPresent() && mark.map(it -> it.isOf(owner, network)).orElse(otherwise);
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
