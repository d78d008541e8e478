package dev.cnm.driver.bridge;

import dev.cnm.IpPrefix;
import dev.cnm.MacAddress;
import dev.cnm.netlink.Errno;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.NetlinkFamily;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.nft.Chain;
import dev.cnm.netlink.nft.Element;
import dev.cnm.netlink.nft.Expression;
import dev.cnm.netlink.nft.Expression.Bitwise;
import dev.cnm.netlink.nft.Expression.Compare;
import dev.cnm.netlink.nft.Expression.Decide;
import dev.cnm.netlink.nft.Expression.Meta;
import dev.cnm.netlink.nft.Expression.Payload;
import dev.cnm.netlink.nft.Field;
import dev.cnm.netlink.nft.FieldType;
import dev.cnm.netlink.nft.NftFamily;
import dev.cnm.netlink.nft.NftSet;
import dev.cnm.netlink.nft.NftTable;
import dev.cnm.netlink.nft.Transaction;
import dev.cnm.netlink.nft.Verdict;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.Existing;
import dev.cnm.spi.Finding;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Sees to it that an endpoint speaks in its own name only, whoever is root inside: the table {@code
 * bridge cnm} lets frames through from its port that have its MAC address, packets from its own
 * addresses, and ARP and neighbour discovery about these; nobody is router or DHCP server. What
 * decides is one look into a set, however many endpoints there are. The ports that it concerns are
 * known by their group ({@link #GROUP}), so that one whose elements somebody has removed is cut off
 * instead of let loose, and other bridges' frames cost one comparison. Safe for use by several
 * threads.
 */
final class SourceGuard {

  private static final System.Logger LOG = System.getLogger(SourceGuard.class.getName());

  static final NftTable TABLE = new NftTable(NftFamily.BRIDGE, "cnm");

  /** The letters "cnm" and a number; number 0 is of links that are about to be deleted. */
  static final int GROUP = 0x636e6d01;

  private static final String SOURCES_4 = "sources4";
  private static final String SOURCES_6 = "sources6";
  private static final String NEIGHBOURS_6 = "neighbours6";
  private static final String MACS = "macs";

  private static final String PORTS = "ports";
  private static final String RESERVED = "reserved";
  private static final String IPV4 = "ipv4";
  private static final String IPV6 = "ipv6";
  private static final String ARP = "resolution";
  private static final String DISCOVERY = "discovery";

  /** {@code nft(8)}: the priority "filter" of the family bridge, before br_netfilter's 0. */
  private static final int FILTER = -200;

  /** linux/if_ether.h. */
  private static final int ETH_P_IP = 0x0800;

  private static final int ETH_P_ARP = 0x0806;
  private static final int ETH_P_IPV6 = 0x86dd;
  private static final int ETH_P_8021Q = 0x8100;
  private static final int ETH_P_8021AD = 0x88a8;

  private static final int UDP = 17;
  private static final int ICMPV6 = 58;

  /** RFC 2131, section 4.1, and RFC 8415, section 7.2: server and client. */
  private static final int[] DHCP_4 = {67, 68};

  private static final int[] DHCP_6 = {547, 546};

  /** RFC 4861, section 4. */
  private static final int ROUTER_ADVERTISEMENT = 134;

  private static final int NEIGHBOUR_SOLICITATION = 135;
  private static final int NEIGHBOUR_ADVERTISEMENT = 136;

  /** Registers: behind a link's name, and behind that and a MAC address. */
  private static final int FIRST = 0;

  private static final int AFTER_NAME = FieldType.IFNAME.length() / 4;
  private static final int AFTER_MAC = AFTER_NAME + 2;

  private final String owner;
  private final NetlinkSocket socket;
  private final Firewall firewall;
  private final Supplier<List<EndpointContext>> recorded;

  /** Those that this process has let in: a record may follow later. */
  private final Map<String, EndpointContext> admitted = new ConcurrentHashMap<>();

  private volatile boolean prepared;
  private volatile boolean missing;

  /**
   * Works through {@code socket}, which stays the caller's.
   *
   * @param recorded the endpoints that are in a sandbox by the records
   */
  SourceGuard(String owner, NetlinkSocket socket, Supplier<List<EndpointContext>> recorded) {
    this.owner = owner;
    this.socket = socket;
    this.recorded = recorded;
    firewall = new Firewall(socket, layout(), this::expected);
  }

  private List<Entry> expected() {
    Map<String, EndpointContext> all = new HashMap<>(admitted);
    recorded.get().forEach(endpoint -> all.put(endpoint.id(), endpoint));
    return all.values().stream()
        .filter(SourceGuard::concerns)
        .flatMap(endpoint -> entries(endpoint).stream())
        .toList();
  }

  private static boolean concerns(EndpointContext endpoint) {
    return endpoint.mac().isPresent() && BridgeOptions.of(endpoint.network()).antispoof();
  }

  /**
   * Makes the table with a network, if there is none: an endpoint's join that fails is to leave
   * nothing behind.
   */
  void prepare(BridgeOptions options) throws IOException {
    if (options.antispoof() && !prepared) {
      carryOut(firewall::found);
      prepared = true;
    }
  }

  /** Lets what is an endpoint's pass from its port, before there is one. */
  void admit(EndpointContext endpoint) throws IOException {
    if (!concerns(endpoint)) {
      return;
    }
    admitted.put(endpoint.id(), endpoint);
    try {
      carryOut(() -> firewall.add(entries(endpoint)));
    } catch (IOException | RuntimeException e) {
      admitted.remove(endpoint.id());
      throw e;
    }
  }

  private interface Change {
    void run() throws IOException;
  }

  private void carryOut(Change change) throws IOException {
    if (missing) {
      return;
    }
    try {
      change.run();
    } catch (NetlinkException e) {
      if (isThere()) {
        throw e;
      }
      missing = true;
      LOG.log(Level.WARNING, "this kernel can't filter bridges: endpoints may use any address", e);
    }
  }

  /** Takes it back; for one that was never let in, this does nothing. */
  void dismiss(List<EndpointContext> endpoints) throws IOException {
    forget(endpoints);
    List<Entry> entries =
        endpoints.stream()
            .filter(SourceGuard::concerns)
            .flatMap(endpoint -> entries(endpoint).stream())
            .toList();
    if (!missing && !entries.isEmpty()) {
      firewall.remove(entries);
    }
  }

  /** Forgets that it let them in: somebody else has taken it back. */
  void forget(List<EndpointContext> endpoints) {
    endpoints.forEach(endpoint -> admitted.remove(endpoint.id()));
  }

  /** Whether what it let in is refused, told by one of these. */
  boolean isMissing(Collection<EndpointContext> endpoints) throws IOException {
    for (EndpointContext endpoint : endpoints) {
      if (!missing && concerns(endpoint)) {
        Entry entry = entries(endpoint).getFirst();
        return firewall.mark(entry.set(), entry.element().key()).isEmpty();
      }
    }
    return false;
  }

  /** Makes the table anew, if any endpoint needs it. */
  void found() throws IOException {
    if (!firewall.expected().isEmpty()) {
      carryOut(firewall::found);
    }
  }

  /** Its table. */
  Firewall firewall() {
    return firewall;
  }

  /** What is not as it should be. */
  List<Fault> faults(Existing existing) throws IOException {
    if (!firewall.expected().isEmpty() && !isThere()) {
      return List.of(
          Fault.shown(
              Finding.Severity.NOTE,
              "this kernel has no nftables for bridges: endpoints may use each other's addresses",
              "a kernel with CONFIG_NF_TABLES_BRIDGE"));
    }
    return new TableInspection(socket, owner, existing, firewall).faults();
  }

  /** Whether the kernel has what it takes; tried where nobody is. */
  private boolean isThere() throws IOException {
    try (NetworkNamespace empty = NetworkNamespace.create();
        NetlinkSocket socket = empty.openSocket(NetlinkFamily.NETFILTER)) {
      Transaction attempt = new Transaction();
      layout().addTo(attempt);
      attempt.commit(socket);
      return true;
    } catch (NetlinkException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.EOPNOTSUPP) || e.is(Errno.EAFNOSUPPORT)) {
        return false;
      }
      throw e;
    }
  }

  private List<Entry> entries(EndpointContext endpoint) {
    String mark = Mark.of(owner, endpoint).toString();
    MacAddress address = endpoint.mac().orElseThrow();
    Field link = Field.ifname(BridgeDriver.hostEnd(endpoint));
    Field mac = Field.of(address.toBytes());
    List<Entry> entries = new ArrayList<>(6);
    entries.add(new Entry(MACS, Element.of(Field.join(link, mac), mark)));
    List<InetAddress> own = new ArrayList<>(4);
    endpoint.ipv4().map(IpPrefix::address).ifPresent(own::add);
    endpoint.ipv6().map(IpPrefix::address).ifPresent(own::add);
    endpoint.options().linkLocal().stream().map(IpPrefix::address).forEach(own::add);
    if (own.stream().anyMatch(it -> it.getAddress().length > 4)) {
      own.add(linkLocal(address));
    }
    for (InetAddress each : own.stream().distinct().toList()) {
      Field key = Field.join(link, mac, Field.address(each));
      if (each.getAddress().length > 4) {
        entries.add(new Entry(SOURCES_6, Element.of(key, mark)));
        entries.add(new Entry(NEIGHBOURS_6, Element.of(key, mark)));
      } else {
        entries.add(new Entry(SOURCES_4, Element.of(key, mark)));
      }
    }
    return entries;
  }

  /** RFC 4291, appendix A: what the kernel makes of a MAC address. */
  private static InetAddress linkLocal(MacAddress address) {
    byte[] mac = address.toBytes();
    return IpPrefix.parseAddress(
        "fe80::%02x%02x:%02xff:fe%02x:%02x%02x"
            .formatted(mac[0] ^ 2, mac[1], mac[2], mac[3], mac[4], mac[5]));
  }

  static TableLayout layout() {
    FieldType link = FieldType.IFNAME;
    FieldType mac = FieldType.ETHER_ADDR;
    List<NftSet> sets =
        List.of(
            NftSet.of(MACS, "the MAC address behind each port", link, mac),
            NftSet.of(SOURCES_4, "its IPv4 addresses", link, mac, FieldType.IPV4_ADDR),
            NftSet.of(SOURCES_6, "its IPv6 addresses", link, mac, FieldType.IPV6_ADDR),
            NftSet.of(
                NEIGHBOURS_6,
                "the same, as neighbour discovery tells them",
                link,
                mac,
                FieldType.ND_TARGET));
    List<Chain> chains =
        List.of(
            Chain.regular(IPV4).commented("IPv4 from an endpoint"),
            Chain.regular(IPV6).commented("IPv6 from an endpoint"),
            Chain.regular(DISCOVERY).commented("ICMPv6 from an endpoint"),
            Chain.regular(ARP).commented("ARP from an endpoint"),
            Chain.base(PORTS, Chain.Type.FILTER, Chain.Hook.PREROUTING, FILTER),
            Chain.base(RESERVED, Chain.Type.FILTER, Chain.Hook.INPUT, FILTER));
    TableLayout.Rules rules = new TableLayout.Rules();
    ports(rules);
    ipv4(rules);
    ipv6(rules);
    arp(rules);
    return new TableLayout(TABLE, sets, chains, rules.all());
  }

  private static void ports(TableLayout.Rules rules) {
    rules.add(PORTS, "not from an endpoint that is looked after", fromOurs(false), accept());
    rules.add(PORTS, "", protocol(ETH_P_IP), to(IPV4));
    rules.add(PORTS, "", protocol(ETH_P_IPV6), to(IPV6));
    rules.add(PORTS, "", protocol(ETH_P_ARP), to(ARP));
    // A tag with the number 0 is no more than a priority: whoever gets the frame looks into it.
    rules.add(PORTS, "a tag within a tag hides what it is", protocol(ETH_P_8021Q), drop());
    rules.add(PORTS, "a tag within a tag hides what it is", protocol(ETH_P_8021AD), drop());
    rules.add(PORTS, "other protocols, from its own MAC address", own(), accept());
    rules.add(PORTS, "from another MAC address", List.of(), drop());
    // To such an address a frame reaches the host past the other chain and past the bridge, as if
    // it had come in by the port itself (br_handle_frame of net/bridge/br_input.c).
    List<Expression> reserved = new ArrayList<>(fromOurs(true));
    reserved.add(Payload.etherDestination(FIRST));
    reserved.add(
        new Bitwise(FIRST, octets(0xff, 0xff, 0xff, 0xff, 0xff, 0xf0), octets(0, 0, 0, 0, 0, 0)));
    reserved.add(new Compare(FIRST, true, octets(0x01, 0x80, 0xc2, 0x00, 0x00, 0x00)));
    rules.add(RESERVED, "to the host by an address that only bridges use", reserved, drop());
  }

  private static void ipv4(TableLayout.Rules rules) {
    dhcp(rules, IPV4, DHCP_4);
    rules.add(
        IPV4,
        "from its own address",
        own(ETH_P_IP, Payload.ipv4Source(AFTER_MAC), SOURCES_4),
        accept());
    rules.add(IPV4, "from another address", List.of(), drop());
  }

  private static void ipv6(TableLayout.Rules rules) {
    rules.add(IPV6, "", transport(ICMPV6), new Decide(new Verdict.Jump(DISCOVERY)));
    dhcp(rules, IPV6, DHCP_6);
    rules.add(
        IPV6,
        "from its own address",
        own(ETH_P_IPV6, Payload.ipv6Source(AFTER_MAC), SOURCES_6),
        accept());
    rules.add(IPV6, "from another address", List.of(), drop());
    rules.add(DISCOVERY, "no router", type(ROUTER_ADVERTISEMENT), drop());
    for (int type : new int[] {NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT}) {
      List<Expression> anothers = new ArrayList<>(type(type));
      if (type == NEIGHBOUR_SOLICITATION) {
        anothers.addAll(unspecified());
      }
      anothers.addAll(sender());
      anothers.add(Payload.ndTarget(AFTER_MAC));
      anothers.add(Layout.notIn(NEIGHBOURS_6));
      rules.add(
          DISCOVERY,
          type == NEIGHBOUR_SOLICITATION
              ? "looking for a duplicate of another's address"
              : "telling where another's address is",
          anothers,
          drop());
    }
    // RFC 4862, section 5.4.2, and RFC 3590: what is sent before there is an address.
    List<Expression> early = new ArrayList<>(unspecified());
    early.addAll(own());
    rules.add(DISCOVERY, "while it has no address yet", early, accept());
  }

  private static void arp(TableLayout.Rules rules) {
    List<Expression> claimed =
        new ArrayList<>(own(ETH_P_ARP, Payload.arpSenderIpv4(AFTER_MAC), SOURCES_4));
    claimed.addAll(
        List.of(
            new Meta(Meta.IIFNAME, FIRST),
            Payload.arpSenderEther(AFTER_NAME),
            Payload.arpSenderIpv4(AFTER_MAC),
            Layout.in(SOURCES_4)));
    rules.add(ARP, "about its own address", claimed, accept());
    List<Expression> probe = new ArrayList<>(protocol(ETH_P_ARP));
    probe.add(Payload.arpSenderIpv4(FIRST));
    probe.add(new Compare(FIRST, true, Field.int32(0)));
    probe.addAll(own());
    probe.addAll(
        List.of(
            new Meta(Meta.IIFNAME, FIRST), Payload.arpSenderEther(AFTER_NAME), Layout.in(MACS)));
    rules.add(ARP, "a question whether somebody has an address (RFC 5227)", probe, accept());
    rules.add(ARP, "about another address", List.of(), drop());
  }

  private static void dhcp(TableLayout.Rules rules, String chain, int[] serverAndClient) {
    List<Expression> fromServer = new ArrayList<>(transport(UDP));
    fromServer.add(Payload.sourcePort(FIRST));
    fromServer.add(new Compare(FIRST, true, Field.port(serverAndClient[0])));
    rules.add(chain, "no DHCP server", fromServer, drop());
    List<Expression> toClient = new ArrayList<>(transport(UDP));
    toClient.add(Payload.destinationPort(FIRST));
    toClient.add(new Compare(FIRST, true, Field.port(serverAndClient[1])));
    rules.add(chain, "no DHCP server", toClient, drop());
  }

  private static List<Expression> fromOurs(boolean ours) {
    return List.of(new Meta(Meta.IIFGROUP, FIRST), new Compare(FIRST, ours, Field.int32(GROUP)));
  }

  private static List<Expression> protocol(int etherType) {
    return List.of(new Meta(Meta.PROTOCOL, FIRST), new Compare(FIRST, true, Field.port(etherType)));
  }

  private static List<Expression> transport(int number) {
    return List.of(new Meta(Meta.L4PROTO, FIRST), new Compare(FIRST, true, Field.protocol(number)));
  }

  private static List<Expression> type(int icmp) {
    return List.of(
        new Meta(Meta.L4PROTO, FIRST),
        new Compare(FIRST, true, Field.protocol(ICMPV6)),
        Payload.icmpv6Type(FIRST),
        new Compare(FIRST, true, Field.protocol(icmp)));
  }

  private static List<Expression> unspecified() {
    return List.of(
        new Meta(Meta.PROTOCOL, FIRST),
        new Compare(FIRST, true, Field.port(ETH_P_IPV6)),
        Payload.ipv6Source(FIRST),
        new Compare(FIRST, true, Field.of(new byte[16])));
  }

  private static List<Expression> sender() {
    return List.of(new Meta(Meta.IIFNAME, FIRST), Payload.etherSource(AFTER_NAME));
  }

  private static List<Expression> own() {
    List<Expression> matches = new ArrayList<>(sender());
    matches.add(Layout.in(MACS));
    return matches;
  }

  /** With the protocol, which the chain has for it: nft lists the address as such only then. */
  private static List<Expression> own(int protocol, Payload address, String set) {
    List<Expression> matches = new ArrayList<>(protocol(protocol));
    matches.addAll(sender());
    matches.add(address);
    matches.add(Layout.in(set));
    return matches;
  }

  private static Field octets(int... values) {
    byte[] octets = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      octets[i] = (byte) values[i];
    }
    return Field.of(octets);
  }

  private static Decide to(String chain) {
    return new Decide(new Verdict.Goto(chain));
  }

  private static Decide accept() {
    return Layout.accept();
  }

  private static Decide drop() {
    return Layout.drop();
  }
}
