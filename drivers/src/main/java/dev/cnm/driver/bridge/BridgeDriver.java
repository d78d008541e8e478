package dev.cnm.driver.bridge;

import dev.cnm.AddressPool;
import dev.cnm.CnmException;
import dev.cnm.ConflictException;
import dev.cnm.EndpointOptions;
import dev.cnm.ExhaustedException;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.MacAddress;
import dev.cnm.Names;
import dev.cnm.PortBinding;
import dev.cnm.netlink.AnswersLostException;
import dev.cnm.netlink.Errno;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.NetlinkFamily;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.route.HardwareAddress;
import dev.cnm.netlink.route.Link;
import dev.cnm.netlink.route.LinkChange;
import dev.cnm.netlink.route.LinkSpec;
import dev.cnm.netlink.route.Links;
import dev.cnm.spi.DriverCapabilities;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.EndpointResult;
import dev.cnm.spi.Existing;
import dev.cnm.spi.ExternalConnectivity;
import dev.cnm.spi.Finding;
import dev.cnm.spi.JoinContext;
import dev.cnm.spi.JoinResult;
import dev.cnm.spi.NetworkContext;
import dev.cnm.spi.NetworkDriver;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** Networks on a Linux bridge. */
final class BridgeDriver implements NetworkDriver {

  /** {@code BR_MAX_PORTS} of net/bridge/br_private.h is 1024, and number 0 is none. */
  private static final int MOST_PORTS = 1023;

  /** What {@code find_portno} of net/bridge/br_if.c says beyond them (asm-generic/errno.h). */
  private static final int EXFULL = 54;

  private static final String HOST_END = "veth";

  /** As many of the id's as a name has room for: two endpoints hardly ever have the same. */
  private static final int DIGITS = Names.MAX_INTERFACE_NAME_LENGTH - HOST_END.length();

  /** In the endpoint's information, as Docker names it. */
  private static final String MAC_ADDRESS = "com.docker.network.endpoint.macaddress";

  /** How long others on this host may take to make a bridge. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final NetworkNamespace host;
  private final String owner;
  private final Links links;

  /** The numbers of the bridges, by name, as last seen. */
  private final Map<String, Integer> seen = new ConcurrentHashMap<>();

  /** For deletions, which the kernel takes long for, so that nobody who attaches waits for them. */
  private final NetlinkSocket removals;

  private final Links removed;
  private final NetlinkSocket netfilter;
  private final Firewall firewall;
  private final SourceGuard guard;
  private final RulesetWatch watch;
  private final Flows flows;
  private final Existing existing;
  private final Publishing publishing;
  private final Forwarding forwarding;
  private final Segment segment;
  private final Bridges bridges;
  private final HostFirewall hostFirewall;
  private final Arbitration arbitration;

  BridgeDriver(NetworkNamespace host, Existing existing, String owner) throws IOException {
    this.host = host;
    this.owner = owner;
    this.existing = existing;
    try {
      links = new Links(host.route());
      removals = host.openSocket(NetlinkFamily.ROUTE);
      removed = new Links(removals);
      netfilter = host.openSocket(NetlinkFamily.NETFILTER);
      firewall = new Firewall(netfilter, Layout.table(), this::entries);
      guard = new SourceGuard(owner, netfilter, existing::endpoints);
      watch = new RulesetWatch(netfilter, firewall, guard, existing);
      flows = new Flows(host);
      publishing = new Publishing(host, owner, firewall, flows);
      arbitration = new Arbitration(host, PATIENCE);
      segment = new Segment(host);
      forwarding = new Forwarding(host, arbitration, firewall);
      bridges =
          new Bridges(host, owner, existing.location(), arbitration, firewall, forwarding, removed);
      hostFirewall = new HostFirewall(host, netfilter);
    } catch (Throwable e) {
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
    requireOwnBridge(network, options);
    guard.prepare(options);
    return bridges.make(network, options);
  }

  private void requireOwnBridge(NetworkContext network, BridgeOptions options) {
    for (NetworkContext other : existing.networks()) {
      if (!other.id().equals(network.id()) && Bridges.name(other).equals(options.bridge())) {
        throw new ConflictException(
            "the bridge " + options.bridge() + " carries the network " + other.name() + " already");
      }
    }
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

  /** All that the table should hold. */
  private List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    for (NetworkContext network : existing.networks()) {
      Mark mark = Mark.of(owner, network);
      entries.addAll(Entry.of(mark, network, Bridges.name(network), BridgeOptions.of(network)));
      entries.addAll(Entry.located(mark, Bridges.name(network), existing.location()));
      entries.addAll(Bridges.changed(mark, network));
    }
    existing.endpoints().forEach(endpoint -> publishing.recorded(endpoint).forEach(entries::add));
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
    List<Fault> faults = faults();
    IOException failure = null;
    boolean mended = false;
    Set<String> done = new HashSet<>();
    for (Fault fault : faults) {
      if (fault.mending().isPresent() && done.add(fault.finding().what())) {
        try {
          fault.mending().get().run();
          mended = true;
        } catch (IOException | CnmException e) {
          IOException one = new IOException(fault.finding().what() + ": " + e.getMessage(), e);
          if (failure == null) {
            failure = one;
          } else {
            failure.addSuppressed(one);
          }
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
    return forwarding.giveBack() || mended;
  }

  @Override
  public List<Finding> findings() throws IOException {
    return faults().stream().map(Fault::finding).toList();
  }

  private List<Fault> faults() throws IOException {
    List<NetworkContext> networks = existing.networks();
    List<Fault> faults = new ArrayList<>();
    forwarding.findings().forEach(it -> faults.add(new Fault(it, Optional.empty())));
    if (!networks.isEmpty()) {
      for (Finding finding : hostFirewall.findings(networks)) {
        faults.add(
            finding.severity() == Finding.Severity.ERROR
                ? new Fault(finding, Optional.of(() -> mend(networks)))
                : new Fault(finding, Optional.empty()));
      }
      bridges.findings(networks).forEach(it -> faults.add(new Fault(it, Optional.empty())));
    }
    faults.addAll(new LinkInspection(host, owner, existing, bridges, new OwnPorts()).faults());
    faults.addAll(new TableInspection(netfilter, owner, existing, firewall).faults());
    faults.addAll(guard.faults(existing));
    faults.addAll(
        new OwnerInspection(host, owner, existing, arbitration, List.of(firewall, guard.firewall()))
            .faults());
    return faults;
  }

  private void mend(List<NetworkContext> networks) throws IOException {
    for (NetworkContext network : networks) {
      bridges.mend(network, BridgeOptions.of(network));
    }
  }

  private final class OwnPorts implements LinkInspection.Ports {

    @Override
    public void join(JoinContext join) throws IOException {
      JoinResult _ = BridgeDriver.this.join(join);
    }

    @Override
    public void attach(EndpointContext endpoint) throws IOException {
      NetworkContext network = endpoint.network();
      BridgeOptions options = BridgeOptions.of(network);
      int bridge = bridges.require(network, options).index();
      Link end = links.get(hostEnd(endpoint)).orElseThrow();
      links.change(LinkChange.of(end.index()).master(bridge).up().build());
      links.change(port(endpoint, options));
      links.settle(end.index(), bridge);
    }
  }

  @Override
  public void deleteNetwork(NetworkContext network) throws IOException {
    seen.remove(Bridges.name(network));
    bridges.remove(network);
  }

  @Override
  public EndpointResult createEndpoint(EndpointContext endpoint) throws IOException {
    for (String option : endpoint.options().driverOptions().keySet()) {
      if (!option.equals(EndpointOptions.INTERFACE_NAME)
          && !option.equals(EndpointOptions.SYSCTLS)) {
        throw new InvalidParameterException(
            "unknown endpoint option of the bridge driver: " + option);
      }
    }
    if (Bridges.isGiven(endpoint.network())) {
      Link bridge = bridges.require(endpoint.network(), BridgeOptions.of(endpoint.network()));
      for (InetAddress address : Bridges.addresses(endpoint)) {
        segment.requireFree(bridge, address);
      }
    } else if (endpoint
        .mac()
        .map(mac -> HardwareAddress.of(mac.toBytes()))
        .filter(Bridges.address(endpoint.network())::equals)
        .isPresent()) {
      throw new ConflictException(
          "the MAC address "
              + endpoint.mac().get()
              + " is that of the bridge of network "
              + endpoint.network().name());
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
    watch.left(List.of(endpoint));
    removed.delete(hostEnd(endpoint));
    guard.dismiss(List.of(endpoint));
    if (Bridges.isGiven(endpoint.network())) {
      Optional<Link> bridge = links.get(Bridges.name(endpoint.network()));
      if (bridge.isPresent()) {
        for (InetAddress address : Bridges.addresses(endpoint)) {
          segment.forget(bridge.get(), address);
        }
      }
    }
  }

  /** The name of the pair's end on the host: of the endpoint's id, so that nobody has to look. */
  static String hostEnd(EndpointContext endpoint) {
    return HOST_END + endpoint.id().substring(0, DIGITS);
  }

  @Override
  public JoinResult join(JoinContext join) throws IOException {
    EndpointContext endpoint = join.endpoint();
    NetworkContext network = endpoint.network();
    BridgeOptions options = BridgeOptions.of(network);
    String hostEnd = hostEnd(endpoint);
    flows.forgetBefore(endpoint);
    Optional<NetworkNamespace> open = join.sandbox().unwrap(NetworkNamespace.class);
    NetworkNamespace sandbox =
        open.isPresent() ? open.get() : NetworkNamespace.open(join.sandbox().path());
    try {
      guard.admit(endpoint);
      Pair pair;
      try {
        pair = createPair(join, options, sandbox);
      } catch (Throwable e) {
        undo(e, () -> guard.dismiss(List.of(endpoint)));
        throw e;
      }
      try {
        SandboxEnd end = SandboxEnd.configure(join, sandbox, pair.hostEnd);
        bridges.settle(network, options, pair.hostEnd.index(), pair.bridge);
        end.announce();
      } catch (Throwable e) {
        undo(e, () -> links.delete(hostEnd));
        undo(e, () -> guard.dismiss(List.of(endpoint)));
        throw e;
      }
    } finally {
      if (open.isEmpty()) {
        sandbox.close();
      }
    }
    watch.joined(endpoint);
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
    Integer number = seen.get(options.bridge());
    if (number != null) {
      try {
        return createPair(join, options, sandbox, number);
      } catch (NetlinkException e) {
        // What the kernel says if the bridge has gone (do_set_master of net/core/rtnetlink.c).
        if (!e.is(Errno.EINVAL)) {
          throw e;
        }
      }
    }
    int found = bridges.require(join.endpoint().network(), options).index();
    seen.put(options.bridge(), found);
    return createPair(join, options, sandbox, found);
  }

  private Pair createPair(
      JoinContext join, BridgeOptions options, NetworkNamespace sandbox, int bridge)
      throws IOException {
    EndpointContext endpoint = join.endpoint();
    NetworkContext network = endpoint.network();
    String hostEnd = hostEnd(endpoint);
    LinkSpec.Builder pair =
        LinkSpec.veth(hostEnd)
            .peer(join.interfaceName(), sandbox)
            .peerAddress(HardwareAddress.of(endpoint.mac().orElseThrow().toBytes()))
            .master(bridge)
            .queues(1)
            .up();
    options.mtu().ifPresent(pair::mtu);
    if (Bridges.isGiven(network)) {
      pair.address(behindOthers(endpoint.mac().orElseThrow()));
    }
    LinkChange port = port(endpoint, options);
    return new Pair(create(pair.build(), port, options.bridge()), bridge);
  }

  private LinkChange port(EndpointContext endpoint, BridgeOptions options) {
    return LinkChange.of(hostEnd(endpoint))
        .noAutomaticAddress()
        .alias(Mark.of(owner, endpoint).toString())
        .group(options.antispoof() ? SourceGuard.GROUP : 0)
        .isolated(!options.betweenContainers())
        .build();
  }

  /**
   * Higher than that of any card: a bridge that has no address of its own takes the lowest of its
   * ports' ({@code br_stp_recalculate_bridge_id}), and its neighbours would lose the host.
   */
  private static HardwareAddress behindOthers(MacAddress inside) {
    byte[] octets = inside.toBytes();
    octets[0] = (byte) 0xfe;
    return HardwareAddress.of(octets);
  }

  private Link create(LinkSpec pair, LinkChange port, String bridge) throws IOException {
    try {
      return links.create(pair, List.of(port));
    } catch (AnswersLostException e) {
      // The kernel may have made it.
      undo(e, () -> links.delete(pair.name()));
      throw e;
    } catch (NetlinkException e) {
      if (e.number() == EXFULL) {
        ExhaustedException full =
            new ExhaustedException(
                "the bridge "
                    + bridge
                    + " has "
                    + MOST_PORTS
                    + " ports already, which is all that the kernel gives one; use another"
                    + " network");
        full.initCause(e);
        throw full;
      }
      throw e;
    }
  }

  /** Where the network leads: nowhere, if it is internal. */
  static Optional<InetAddress> gateway(NetworkContext network, Optional<AddressPool> pool) {
    return network.options().internal() ? Optional.empty() : pool.flatMap(AddressPool::gateway);
  }

  @Override
  public void leave(EndpointContext endpoint) throws IOException {
    watch.left(List.of(endpoint));
    removed.delete(hostEnd(endpoint));
    guard.dismiss(List.of(endpoint));
    flows.forgetLater(endpoint);
    flows.forgetDue();
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
    flows.forgetLater(endpoint);
    publishing.cutOff(endpoint);
    return true;
  }

  @Override
  public void leaveAll(List<EndpointContext> endpoints) throws IOException {
    watch.left(endpoints);
    flows.forgetDue();
    removed.deleteAll(endpoints.stream().map(BridgeDriver::hostEnd).toList());
    guard.dismiss(endpoints);
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
    watch.close();
    publishing.close();
    flows.close();
    netfilter.close();
    removals.close();
    host.close();
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
