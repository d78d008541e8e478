package dev.cnm.driver.bridge;

import dev.cnm.ConflictException;
import dev.cnm.IpPrefix;
import dev.cnm.NotFoundException;
import dev.cnm.netlink.AnswersLostException;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.namespace.Sysctl;
import dev.cnm.netlink.nft.Field;
import dev.cnm.netlink.route.Address;
import dev.cnm.netlink.route.Addresses;
import dev.cnm.netlink.route.HardwareAddress;
import dev.cnm.netlink.route.Link;
import dev.cnm.netlink.route.LinkChange;
import dev.cnm.netlink.route.LinkKind;
import dev.cnm.netlink.route.LinkSpec;
import dev.cnm.netlink.route.Links;
import dev.cnm.netlink.route.Route;
import dev.cnm.netlink.route.Routes;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.Finding;
import dev.cnm.spi.NetworkContext;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/**
 * The bridges that carry the networks: links of the host with the gateways' addresses. One that was
 * there before is used, and left as it was found.
 */
final class Bridges {

  /** In the network's state: the name of the bridge link. */
  private static final String BRIDGE = "bridge";

  /** In the network's state: whether the link is ours to delete. */
  private static final String CREATED = "created";

  /** In the network's state: what was changed of the host, as it was before ({@link Former}). */
  private static final String BEFORE = "before";

  /** In the network's state: the MTU, unless the kernel gives that by itself. */
  static final String MTU = "mtu";

  /** {@code ETH_DATA_LEN}: what the kernel gives bridges and pairs. */
  private static final int USUAL_MTU = 1500;

  private static final int LEAST_MTU = 68;
  private static final int MOST_MTU = 65_535;

  private final NetworkNamespace host;
  private final String owner;
  private final String location;
  private final Arbitration arbitration;
  private final Links links;
  private final Links removed;
  private final Addresses addresses;
  private final Firewall firewall;
  private final Forwarding forwarding;
  private final GivenBridge given;

  /** Removes by {@code removed}, which has a socket that nobody else waits for. */
  Bridges(
      NetworkNamespace host,
      String owner,
      String location,
      Arbitration arbitration,
      Firewall firewall,
      Forwarding forwarding,
      Links removed)
      throws IOException {
    this.host = host;
    this.owner = owner;
    this.location = location;
    this.arbitration = arbitration;
    this.firewall = firewall;
    this.removed = removed;
    links = new Links(host.route());
    addresses = new Addresses(host.route());
    this.forwarding = forwarding;
    given = new GivenBridge(host, owner, firewall);
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
    Mark mark = Mark.of(owner, network);
    List<Entry> entries = new ArrayList<>(Entry.of(mark, network, bridge, options));
    entries.addAll(Entry.located(mark, bridge, location));
    return entries;
  }

  /** Makes what carries a network, or nothing, and returns what is to be remembered. */
  Map<String, String> make(NetworkContext network, BridgeOptions wanted) throws IOException {
    requireIpv6(network);
    return arbitration.alone(() -> makeAlone(network, wanted));
  }

  private Map<String, String> makeAlone(NetworkContext network, BridgeOptions wanted)
      throws IOException {
    BridgeOptions options = wanted.on(free(network, wanted));
    HostSubnets.requireElsewhere(links, addresses, network, options.bridge());
    Optional<Link> existing = links.get(options.bridge());
    if (existing.isPresent()) {
      requireUnused(options.bridge());
    }
    Map<String, String> state = new HashMap<>();
    state.put(BRIDGE, options.bridge());
    state.put(CREATED, Boolean.toString(existing.isEmpty()));
    Optional<Integer> mtu = mtu(network, options, existing);
    mtu.ifPresent(octets -> state.put(MTU, octets.toString()));
    int created = existing.isEmpty() ? create(network, options) : 0;
    try {
      if (existing.isEmpty()) {
        bringUp(network, options, mtu, created);
      } else {
        given.take(network, options, existing.get());
      }
      open(network, options);
      state.put(BEFORE, Former.text(before(options.bridge())));
      return state;
    } catch (Throwable e) {
      undo(e, () -> remove(with(network, state)));
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

  private static NetworkContext with(NetworkContext network, Map<String, String> state) {
    return new NetworkContext(
        network.id(),
        network.name(),
        network.options(),
        network.pools(),
        network.predefined(),
        state);
  }

  private void requireIpv6(NetworkContext network) throws IOException {
    if (network.ipv6().isPresent() && !hasIpv6()) {
      throw new IOException(
          "cannot make the network "
              + network.name()
              + " with IPv6: this kernel runs without (ipv6.disable=1); make it with IPv4 alone");
    }
  }

  /** What was changed of the host, as far as this network has to do with it. */
  private List<Former> before(String bridge) throws IOException {
    return firewall.elements(Layout.BEFORE).stream()
        .flatMap(element -> Former.of(element).stream())
        .filter(it -> it.isOf(bridge) || it.isOfForwarding(it.setting().isIpv6()))
        .toList();
  }

  /** What should be in the table because of what a network has changed of the host. */
  static List<Entry> changed(Mark mark, NetworkContext network) {
    List<Former> before = Former.parse(network.driverState().getOrDefault(BEFORE, ""));
    List<Entry> entries = new ArrayList<>(Forwarding.entries(before));
    before.stream()
        .filter(it -> it.isOf(name(network)))
        .forEach(it -> entries.add(it.entry(mark.toString())));
    return entries;
  }

  /**
   * What is asked for; that of a bridge which is there; or that of the host towards the outside,
   * since bigger packets would come in nowhere. Empty for what the kernel gives anyway.
   */
  private Optional<Integer> mtu(
      NetworkContext network, BridgeOptions options, Optional<Link> existing) throws IOException {
    if (options.mtu().isPresent()) {
      return options.mtu();
    }
    Optional<Integer> mtu =
        existing.isPresent()
            ? existing.map(Link::mtu)
            : Uplink.of(new Routes(host.route()), links).map(Uplink::mtu);
    return mtu.map(octets -> Math.clamp(octets, least(network), MOST_MTU))
        .filter(octets -> octets != USUAL_MTU);
  }

  private static void requireBridge(Link link) {
    if (!(link.kind() instanceof LinkKind.Bridge)) {
      throw new ConflictException("the link " + link.name() + " exists already and is no bridge");
    }
  }

  /** With an address of its own, and down: see {@link #bringUp}. */
  private int create(NetworkContext network, BridgeOptions options) throws IOException {
    LinkSpec bridge =
        LinkSpec.bridge(options.bridge())
            .address(address(network))
            // Without a querier it would send multicast everywhere all the same, and whenever a
            // port comes or goes it would begin to ask at all others (br_port_state_selection of
            // net/bridge/br_stp.c).
            .multicastSnooping(false)
            .build();
    LinkChange marked =
        LinkChange.of(options.bridge()).alias(Mark.of(owner, network).toString()).build();
    try {
      return links.create(bridge, List.of(marked)).index();
    } catch (AnswersLostException e) {
      // The kernel may have made it.
      undo(e, () -> links.delete(options.bridge()));
      throw e;
    }
  }

  /** Gives it its settings, and only then sets it up, with the gateways' addresses. */
  private void bringUp(
      NetworkContext network, BridgeOptions options, Optional<Integer> mtu, int index)
      throws IOException {
    Sysctl.ensure(host, BridgeSettings.of(network, options, hasIpv6()));
    List<Request> batch = new ArrayList<>();
    // One that is set stays, whatever the ports' are (br_change_mtu of net/bridge/br_device.c).
    LinkChange.Builder up = LinkChange.of(index).up();
    mtu.ifPresent(up::mtu);
    batch.add(up.build());
    for (IpPrefix gateway : gateways(network, options)) {
      batch.add(SandboxEnd.address(index, gateway));
      if (gateway.isIpv6()) {
        batch.add(SandboxEnd.address(index, linkLocal(network)));
      }
    }
    host.route().submit(batch).orElseThrow();
  }

  /** The addresses that the bridge is to have. */
  static List<IpPrefix> gateways(NetworkContext network, BridgeOptions options) {
    return network.pools().stream()
        .filter(pool -> options.addressed(pool.subnet().isIpv6()))
        .flatMap(
            pool -> pool.gateway().stream().map(it -> new IpPrefix(it, pool.subnet().length())))
        .toList();
  }

  private boolean hasIpv6() throws IOException {
    return inHost(() -> Files.exists(Path.of("/proc/sys/net/ipv6/conf")));
  }

  /**
   * Locally administered and the same whenever the network's bridge is made: a bridge without an
   * address of its own takes, and changes with, that of a port.
   */
  static HardwareAddress address(NetworkContext network) {
    return HardwareAddress.of(HexFormat.of().parseHex("0242" + network.id().substring(0, 8)));
  }

  /**
   * The link-local address that the kernel would give it as well, some time after the first port
   * has come, and then look for a duplicate for a second or two. Until there is one, nobody is
   * solicited on behalf of what is forwarded (ndisc_send_ns of net/ipv6/ndisc.c).
   */
  private static IpPrefix linkLocal(NetworkContext network) {
    byte[] mac = address(network).toBytes();
    // Of the form that RFC 4291 calls modified EUI-64.
    return IpPrefix.parse(
        "fe80::%02x%02x:%02xff:fe%02x:%02x%02x/64"
            .formatted(mac[0] ^ 2, mac[1], mac[2], mac[3], mac[4], mac[5]));
  }

  /** Opens the ways in and out. */
  private void open(NetworkContext network, BridgeOptions options) throws IOException {
    firewall.add(entries(network, options.bridge(), options));
    for (boolean ipv6 : new boolean[] {false, true}) {
      if (options.forwards(network, ipv6)) {
        forwarding.require(ipv6);
      }
    }
  }

  private <T> T inHost(Callable<T> task) throws IOException {
    try {
      return host.call(task);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** The addresses of an endpoint. */
  static List<InetAddress> addresses(EndpointContext endpoint) {
    return Stream.concat(endpoint.ipv4().stream(), endpoint.ipv6().stream())
        .map(IpPrefix::address)
        .toList();
  }

  /** Whether the network's bridge was there before it. */
  static boolean isGiven(NetworkContext network) {
    return "false".equals(network.driverState().get(CREATED));
  }

  /**
   * The bridge; made again if somebody removed it, or the machine was started anew.
   *
   * @throws NotFoundException if it wasn't ours, and is gone
   */
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
    if (firewall.mark(Layout.BRIDGES, Field.ifname(options.bridge())).isEmpty()) {
      // Somebody has flushed the rules: nobody is to begin where all ports are open.
      firewall.found();
    }
    return bridge.orElseThrow();
  }

  /**
   * Brings a network's bridge back to what it should be: there, up, with its MTU, addresses and
   * settings.
   */
  void mend(NetworkContext network, BridgeOptions options) throws IOException {
    Link bridge = require(network, options);
    LinkChange.Builder up = LinkChange.of(bridge.index()).up();
    if (!isGiven(network)) {
      Sysctl.ensure(host, BridgeSettings.of(network, options, hasIpv6()));
      options.mtu().ifPresent(up::mtu);
    }
    List<Request> batch = new ArrayList<>();
    batch.add(up.build());
    List<InetAddress> present =
        addresses.list(bridge.index()).stream().map(Address::address).toList();
    for (IpPrefix gateway : gateways(network, options)) {
      if (!present.contains(gateway.address())) {
        batch.add(SandboxEnd.address(bridge.index(), gateway));
      }
      if (gateway.isIpv6()
          && !isGiven(network)
          && !present.contains(linkLocal(network).address())) {
        batch.add(SandboxEnd.address(bridge.index(), linkLocal(network)));
      }
    }
    host.route().submit(batch).orElseThrow();
    open(network, options);
  }

  /**
   * Has the kernel act on a new port's carrier ({@link Links#settle}), and looks in the same batch
   * whether the bridge is up and has its addresses: nobody is to begin on one that leads nowhere.
   * Mends it if not.
   */
  void settle(NetworkContext network, BridgeOptions options, int port, int bridge)
      throws IOException {
    List<IpPrefix> gateways = gateways(network, options);
    List<Request> batch = new ArrayList<>(2 + gateways.size());
    batch.add(Links.look(port));
    batch.add(Links.look(bridge));
    gateways.forEach(gateway -> batch.add(Routes.look(gateway.address())));
    boolean[] right = new boolean[batch.size()];
    right[0] = true;
    host.route()
        .submit(
            batch,
            (index, message) -> {
              Link link = Link.decode(message);
              Route route = Route.decode(message);
              right[index] |= (link != null && link.isUp()) || (route != null && route.isLocal());
            });
    for (boolean one : right) {
      if (!one) {
        mend(network, options);
        links.settle(port, bridge);
        return;
      }
    }
  }

  /** The settings of the host for a network's bridge that have another value than they should. */
  List<String> changed(NetworkContext network, BridgeOptions options) throws IOException {
    Map<String, String> settings = BridgeSettings.of(network, options, hasIpv6());
    return inHost(() -> {
      List<String> changed = new ArrayList<>();
      for (Map.Entry<String, String> setting : settings.entrySet()) {
        if (!Sysctl.read(setting.getKey()).equals(setting.getValue())) {
          changed.add(setting.getKey().replace('/', '.'));
        }
      }
      return changed;
    });
  }

  private boolean again(NetworkContext network, BridgeOptions options) throws IOException {
    if (links.get(options.bridge()).isPresent()) {
      return false;
    }
    if (isGiven(network)) {
      throw new NotFoundException(
          "the bridge "
              + options.bridge()
              + " is gone, which was there before the network "
              + network.name()
              + ": make it again, or remove the network");
    }
    HostSubnets.requireElsewhere(links, addresses, network, options.bridge());
    int index = create(network, options);
    try {
      bringUp(network, options, options.mtu(), index);
      open(network, options);
    } catch (Throwable e) {
      // Else the next one would take it for whole.
      undo(e, () -> links.delete(options.bridge()));
      throw e;
    }
    return true;
  }

  /**
   * Removes what carries a network, and nothing of anybody else's; a bridge that was there before
   * is as it was then.
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
      Optional<Link> link = links.get(options.bridge());
      if (link.isPresent()) {
        given.giveBack(network, link.get());
      }
      firewall.removeMarked(owner, Mark.of(owner, network).id());
      forwarding.giveBack();
      return;
    }
    String bridge = options.bridge();
    if (!isGiven(network)) {
      if (isOurs(network, bridge, true)) {
        removed.delete(bridge);
      }
    } else {
      Optional<Link> link = links.get(bridge);
      if (link.isPresent()) {
        given.giveBack(network, link.get());
      }
    }
    List<Former> before = Former.parse(network.driverState().getOrDefault(BEFORE, ""));
    if (!before.isEmpty() && firewall.elements(Layout.BEFORE).isEmpty()) {
      // Somebody has flushed the rules, and with them who else needs it.
      firewall.found();
    }
    firewall.remove(entries(network, bridge, options));
    forwarding.giveBack();
  }

  /** Whether a link carries the network's mark; without any mark, what {@code otherwise} says. */
  private boolean isOurs(NetworkContext network, String name, boolean otherwise)
      throws IOException {
    Optional<Link> link = links.get(name);
    Optional<Mark> mark = link.flatMap(it -> Mark.parse(it.alias()));
    return link.isPresent() && mark.map(it -> it.isOf(owner, network)).orElse(otherwise);
  }

  /** Finds networks whose packets have become too big for the host's way out. */
  List<Finding> findings(List<NetworkContext> networks) throws IOException {
    Optional<Uplink> uplink = Uplink.of(new Routes(host.route()), links);
    List<Finding> findings = new ArrayList<>();
    for (NetworkContext network : networks) {
      int mtu = Integer.parseInt(network.driverState().getOrDefault(MTU, "" + USUAL_MTU));
      if (uplink.isPresent()
          && !network.options().internal()
          && !isGiven(network)
          && !BridgeOptions.asksForMtu(network)
          && mtu > Math.max(uplink.get().mtu(), least(network))) {
        findings.add(
            new Finding(
                Finding.Severity.WARNING,
                "the network "
                    + network.name()
                    + " has an MTU of "
                    + mtu
                    + ", but "
                    + uplink.get().link()
                    + ", by which this host goes out, has "
                    + uplink.get().mtu()
                    + " since: bigger packets may get lost",
                "make the network anew: cnm network rm "
                    + network.name()
                    + " and cnm network create"));
      }
    }
    return findings;
  }

  private static int least(NetworkContext network) {
    return network.ipv6().isPresent() ? BridgeOptions.MIN_MTU_6 : LEAST_MTU;
  }

  private interface Step {
    void run() throws IOException;
  }

  private static void undo(Throwable failure, Step step) {
    try {
      step.run();
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
    }
  }
}
