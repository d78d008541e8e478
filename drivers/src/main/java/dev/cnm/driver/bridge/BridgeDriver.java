package dev.cnm.driver.bridge;

import dev.cnm.AddressPool;
import dev.cnm.ConflictException;
import dev.cnm.EndpointOptions;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.MacAddress;
import dev.cnm.PortBinding;
import dev.cnm.netlink.Errno;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.NetlinkFamily;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.Request;
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
import dev.cnm.netlink.route.RouteSpec;
import dev.cnm.spi.DriverCapabilities;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.EndpointResult;
import dev.cnm.spi.Existing;
import dev.cnm.spi.ExternalConnectivity;
import dev.cnm.spi.JoinContext;
import dev.cnm.spi.JoinResult;
import dev.cnm.spi.NetworkContext;
import dev.cnm.spi.NetworkDriver;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** Networks on a Linux bridge. */
final class BridgeDriver implements NetworkDriver {

  /** In the network's state: the name of the bridge link. */
  private static final String BRIDGE = "bridge";

  /** In the network's state: whether the link is ours to delete. */
  private static final String CREATED = "created";

  /** In the endpoint's information, as Docker names it. */
  private static final String MAC_ADDRESS = "com.docker.network.endpoint.macaddress";

  private final NetworkNamespace host;
  private final Links links;

  /** The numbers of the bridges, by name, as last seen. */
  private final Map<String, Integer> bridges = new ConcurrentHashMap<>();

  private final Addresses addresses;

  /** For deletions, which the kernel takes long for, so that nobody who attaches waits for them. */
  private final NetlinkSocket removals;

  private final Links removed;
  private final NetlinkSocket netfilter;
  private final Firewall firewall;
  private final Existing existing;
  private final Publishing publishing;

  BridgeDriver(NetworkNamespace host, Existing existing) throws IOException {
    this.host = host;
    this.existing = existing;
    try {
      links = new Links(host.route());
      addresses = new Addresses(host.route());
      removals = host.openSocket(NetlinkFamily.ROUTE);
      removed = new Links(removals);
      netfilter = host.openSocket(NetlinkFamily.NETFILTER);
      firewall = new Firewall(netfilter, this::entries);
      publishing = new Publishing(host, firewall, new Flows(netfilter));
    } catch (IOException e) {
      host.close();
      throw e;
    }
  }

  @Override
  public DriverCapabilities capabilities() {
    return DriverCapabilities.local();
  }

  @Override
  public String interfacePrefix(NetworkContext network) {
    return BridgeOptions.of(network).interfacePrefix();
  }

  @Override
  public Map<String, String> createNetwork(NetworkContext network) throws IOException {
    BridgeOptions options = BridgeOptions.of(network);
    requireOnePoolAFamily(network);
    HostSubnets.requireElsewhere(links, addresses, network, options.bridge());
    Optional<Link> existing = links.get(options.bridge());
    existing.ifPresent(link -> requireUsable(link, options));
    if (existing.isEmpty()) {
      createBridge(network, options);
    }
    try {
      connect(network, options);
    } catch (IOException e) {
      if (existing.isEmpty()) {
        undo(e, () -> links.delete(options.bridge()));
      }
      undo(e, () -> firewall.remove(Entry.of(network, options.bridge(), options)));
      throw e;
    }
    return Map.of(BRIDGE, options.bridge(), CREATED, Boolean.toString(existing.isEmpty()));
  }

  private static void requireOnePoolAFamily(NetworkContext network) {
    long ipv4 = network.pools().stream().filter(pool -> !pool.subnet().isIpv6()).count();
    if (network.pools().isEmpty() || network.pools().stream().anyMatch(BridgeDriver::isEmpty)) {
      throw new InvalidParameterException(
          "the bridge driver needs an address pool: IPv4 pool is empty");
    }
    if (ipv4 > 1 || network.pools().size() - ipv4 > 1) {
      throw new InvalidParameterException("bridge driver doesn't support multiple subnets");
    }
  }

  private static boolean isEmpty(AddressPool pool) {
    return pool.subnet().length() == 0;
  }

  private static void requireUsable(Link link, BridgeOptions options) {
    if (!(link.kind() instanceof LinkKind.Bridge)) {
      throw new ConflictException("the link " + link.name() + " exists already and is no bridge");
    }
    if (!options.named()) {
      // Left behind by a process that ended before it could record it; it is named after us.
      return;
    }
  }

  /** Up, with an address of its own and its MTU, in one message. */
  private void createBridge(NetworkContext network, BridgeOptions options) throws IOException {
    LinkSpec.Builder bridge =
        LinkSpec.bridge(options.bridge()).address(bridgeAddress(network)).up();
    options.mtu().ifPresent(bridge::mtu);
    links.create(bridge.build());
  }

  /**
   * Locally administered and the same whenever the network's bridge is made: a bridge without an
   * address of its own takes, and changes with, that of a port.
   */
  private static HardwareAddress bridgeAddress(NetworkContext network) {
    return HardwareAddress.of(HexFormat.of().parseHex("0242" + network.id().substring(0, 8)));
  }

  /** All that the table should hold. */
  private List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    for (NetworkContext network : existing.networks()) {
      entries.addAll(Entry.of(network, bridge(network), BridgeOptions.of(network)));
    }
    existing.endpoints().forEach(endpoint -> Publishing.recorded(endpoint).forEach(entries::add));
    publishing.entries().forEach(entries::add);
    return entries;
  }

  @Override
  public List<PortBinding> programExternalConnectivity(
      EndpointContext endpoint, ExternalConnectivity wanted) throws IOException {
    return publishing.publish(endpoint, BridgeOptions.of(endpoint.network()), wanted);
  }

  @Override
  public void revokeExternalConnectivity(EndpointContext endpoint) throws IOException {
    publishing.withdraw(endpoint);
  }

  @Override
  public boolean restore() throws IOException {
    return firewall.restore();
  }

  /** Gives the bridge its addresses and opens the ways in and out. */
  private void connect(NetworkContext network, BridgeOptions options) throws IOException {
    Link bridge = links.get(options.bridge()).orElseThrow();
    if (!bridge.isUp()) {
      // Its own address, set once more, is no longer taken from the ports
      // (br_stp_recalculate_bridge_id).
      LinkChange.Builder up = LinkChange.of(bridge.index()).up();
      bridge.address().ifPresent(up::address);
      links.change(up.build());
    }
    List<InetAddress> present =
        addresses.list(bridge.index()).stream().map(Address::address).toList();
    for (AddressPool pool : network.pools()) {
      if (pool.gateway().isPresent()
          && options.addressed(pool.subnet().isIpv6())
          && !present.contains(pool.gateway().get())) {
        addresses.change(
            address(bridge.index(), new IpPrefix(pool.gateway().get(), pool.subnet().length())));
      }
    }
    firewall.add(Entry.of(network, options.bridge(), options));
    if (!network.options().internal()) {
      forward(network, options);
    }
  }

  private void forward(NetworkContext network, BridgeOptions options) throws IOException {
    try {
      host.call(() -> {
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
        return true;
      });
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void deleteNetwork(NetworkContext network) throws IOException {
    String bridge = bridge(network);
    bridges.remove(bridge);
    if (!"false".equals(network.driverState().get(CREATED))) {
      removed.delete(bridge);
    }
    firewall.remove(Entry.of(network, bridge, BridgeOptions.of(network)));
  }

  private static String bridge(NetworkContext network) {
    String recorded = network.driverState().get(BRIDGE);
    return recorded != null ? recorded : BridgeOptions.of(network).bridge();
  }

  @Override
  public EndpointResult createEndpoint(EndpointContext endpoint) {
    for (String option : endpoint.options().driverOptions().keySet()) {
      if (!option.equals(EndpointOptions.INTERFACE_NAME)
          && !option.equals(EndpointOptions.SYSCTLS)) {
        throw new InvalidParameterException(
            "unknown endpoint option of the bridge driver: " + option);
      }
    }
    return EndpointResult.of(endpoint.mac().orElseGet(() -> address(endpoint)));
  }

  private static MacAddress address(EndpointContext endpoint) {
    return endpoint
        .ipv4()
        .map(IpPrefix::address)
        .filter(Inet4Address.class::isInstance)
        .map(address -> MacAddress.derivedFrom((Inet4Address) address))
        .orElseGet(
            () -> new MacAddress(0x0242L << 32 | ThreadLocalRandom.current().nextLong(1L << 32)));
  }

  @Override
  public void deleteEndpoint(EndpointContext endpoint) throws IOException {
    removed.delete(hostEnd(endpoint));
  }

  /** The name of the pair's end on the host: of the endpoint's id, so that nobody has to look. */
  private static String hostEnd(EndpointContext endpoint) {
    return "veth" + endpoint.id().substring(0, 7);
  }

  @Override
  public JoinResult join(JoinContext join) throws IOException {
    EndpointContext endpoint = join.endpoint();
    NetworkContext network = endpoint.network();
    BridgeOptions options = BridgeOptions.of(network);
    String hostEnd = hostEnd(endpoint);
    Optional<NetworkNamespace> open = join.sandbox().unwrap(NetworkNamespace.class);
    NetworkNamespace sandbox =
        open.isPresent() ? open.get() : NetworkNamespace.open(join.sandbox().path());
    try {
      Pair pair = createPair(join, options, sandbox);
      try {
        configure(join, sandbox, pair.hostEnd);
        links.settle(pair.hostEnd.index(), pair.bridge);
      } catch (IOException e) {
        undo(e, () -> links.delete(hostEnd));
        throw e;
      }
    } finally {
      if (open.isEmpty()) {
        sandbox.close();
      }
    }
    return new JoinResult(
        new JoinResult.InterfaceMade.InPlace(),
        gateway(network, network.ipv4()),
        gateway(network, network.ipv6()),
        List.of(),
        Map.of());
  }

  private record Pair(Link hostEnd, int bridge) {}

  /** Makes the pair. The bridge is looked for only if it isn't where it was last seen. */
  private Pair createPair(JoinContext join, BridgeOptions options, NetworkNamespace sandbox)
      throws IOException {
    Integer seen = bridges.get(options.bridge());
    if (seen != null) {
      try {
        return createPair(join, options, sandbox, seen);
      } catch (NetlinkException e) {
        // What the kernel says if the bridge has gone (do_set_master of net/core/rtnetlink.c).
        if (!e.is(Errno.EINVAL)) {
          throw e;
        }
      }
    }
    int found = requireBridge(join.endpoint().network(), options).index();
    bridges.put(options.bridge(), found);
    return createPair(join, options, sandbox, found);
  }

  private Pair createPair(
      JoinContext join, BridgeOptions options, NetworkNamespace sandbox, int bridge)
      throws IOException {
    EndpointContext endpoint = join.endpoint();
    String hostEnd = hostEnd(endpoint);
    LinkSpec.Builder pair =
        LinkSpec.veth(hostEnd)
            .peer(join.interfaceName(), sandbox)
            .peerAddress(HardwareAddress.of(endpoint.mac().orElseThrow().toBytes()))
            .master(bridge)
            .queues(1)
            .up();
    options.mtu().ifPresent(pair::mtu);
    LinkChange port =
        LinkChange.of(hostEnd)
            .noAutomaticAddress()
            .isolated(!options.betweenContainers())
            // Where br_netfilter is on, a port of its own that an endpoint asks the host for is
            // translated inside the bridge and has to go back where it came from.
            .hairpin(true)
            .build();
    return new Pair(links.create(pair.build(), List.of(port)), bridge);
  }

  /** The bridge; made again if somebody removed it, or the machine was started anew. */
  private Link requireBridge(NetworkContext network, BridgeOptions options) throws IOException {
    Optional<Link> bridge = links.get(options.bridge());
    if (bridge.isPresent()) {
      return bridge.get();
    }
    createBridge(network, options);
    connect(network, options);
    return links.get(options.bridge()).orElseThrow();
  }

  /** Everything inside the sandbox, in one batch. */
  private static void configure(JoinContext join, NetworkNamespace sandbox, Link hostEnd)
      throws IOException {
    EndpointContext endpoint = join.endpoint();
    String name = join.interfaceName();
    List<IpPrefix> linkLocal = endpoint.options().linkLocal();
    Map<String, String> settings = new LinkedHashMap<>();
    if (endpoint.ipv6().isPresent() || linkLocal.stream().anyMatch(IpPrefix::isIpv6)) {
      enableIpv6(settings, name);
    }
    settings.putAll(join.sysctls());
    ensure(sandbox, settings);
    int index =
        hostEnd.peerIndex().isPresent()
            ? hostEnd.peerIndex().getAsInt()
            : new Links(sandbox.route()).get(name).orElseThrow().index();
    List<Request> batch = new ArrayList<>(6);
    batch.add(LinkChange.of("lo").up().build());
    batch.add(LinkChange.of(index).up().build());
    endpoint.ipv4().ifPresent(address -> batch.add(address(index, address)));
    endpoint.ipv6().ifPresent(address -> batch.add(address(index, address)));
    linkLocal.forEach(address -> batch.add(address(index, address)));
    NetworkContext network = endpoint.network();
    if (join.gateway4()) {
      gateway(network, network.ipv4()).ifPresent(via -> batch.add(defaultRoute(via, index)));
    }
    if (join.gateway6()) {
      gateway(network, network.ipv6()).ifPresent(via -> batch.add(defaultRoute(via, index)));
    }
    sandbox.route().submit(batch).orElseThrow();
    if (endpoint.ipv6().isPresent()) {
      // The link-local address comes with the carrier.
      new Links(sandbox.route()).settle(index);
    }
  }

  private static RouteSpec defaultRoute(InetAddress gateway, int index) {
    return RouteSpec.defaultVia(gateway).link(index).build();
  }

  /** Where the network leads: nowhere, if it is internal. */
  private static Optional<InetAddress> gateway(NetworkContext network, Optional<AddressPool> pool) {
    return network.options().internal() ? Optional.empty() : pool.flatMap(AddressPool::gateway);
  }

  private static AddressSpec address(int index, IpPrefix address) {
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

  private static void ensure(NetworkNamespace sandbox, Map<String, String> settings)
      throws IOException {
    if (settings.isEmpty()) {
      return;
    }
    try {
      sandbox.call(() -> {
        for (Map.Entry<String, String> setting : settings.entrySet()) {
          Sysctl.ensure(setting.getKey(), setting.getValue());
        }
        return settings;
      });
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void leave(EndpointContext endpoint) throws IOException {
    removed.delete(hostEnd(endpoint));
  }

  /**
   * A port whose link is down takes no part in the bridge: it forwards nothing, and what the bridge
   * had learned of it is forgotten ({@code br_stp_disable_port} of net/bridge/br_stp_if.c).
   */
  @Override
  public boolean cutOff(EndpointContext endpoint) throws IOException {
    try {
      links.change(LinkChange.of(hostEnd(endpoint)).down().build());
    } catch (NetlinkException e) {
      if (!e.is(Errno.ENODEV)) {
        throw e;
      }
    }
    return true;
  }

  @Override
  public void leaveAll(List<EndpointContext> endpoints) throws IOException {
    removed.deleteAll(endpoints.stream().map(BridgeDriver::hostEnd).toList());
  }

  @Override
  public Map<String, String> operationalInfo(EndpointContext endpoint) throws IOException {
    return endpoint
        .mac()
        .map(mac -> Map.of(MAC_ADDRESS, mac.toString(), "veth", hostEnd(endpoint)))
        .orElse(Map.of());
  }

  @Override
  public void close() {
    publishing.close();
    netfilter.close();
    removals.close();
    host.close();
  }

  private interface Step {
    void run() throws IOException;
  }

  private static void undo(IOException failure, Step step) {
    try {
      step.run();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }
}
