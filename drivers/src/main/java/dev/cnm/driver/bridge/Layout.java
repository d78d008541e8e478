package dev.cnm.driver.bridge;

import dev.cnm.netlink.nft.Chain;
import dev.cnm.netlink.nft.Expression;
import dev.cnm.netlink.nft.Expression.Bitwise;
import dev.cnm.netlink.nft.Expression.Compare;
import dev.cnm.netlink.nft.Expression.Connection;
import dev.cnm.netlink.nft.Expression.Decide;
import dev.cnm.netlink.nft.Expression.DestinationType;
import dev.cnm.netlink.nft.Expression.Lookup;
import dev.cnm.netlink.nft.Expression.Masquerade;
import dev.cnm.netlink.nft.Expression.Meta;
import dev.cnm.netlink.nft.Expression.Nat;
import dev.cnm.netlink.nft.Expression.Payload;
import dev.cnm.netlink.nft.Field;
import dev.cnm.netlink.nft.FieldType;
import dev.cnm.netlink.nft.NftFamily;
import dev.cnm.netlink.nft.NftSet;
import dev.cnm.netlink.nft.NftTable;
import dev.cnm.netlink.nft.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What the table {@code inet cnm} always holds: its sets and maps, empty, and the rules that ask
 * them. The rules are the same for one network as for a thousand, and for one port as for all.
 */
final class Layout {

  static final NftTable TABLE = new NftTable(NftFamily.INET, "cnm");

  static final String BRIDGES = "bridges";
  static final String WITHIN = "within";
  static final String INTERNAL = "internal";
  static final String TRUSTED = "trusted";
  static final String UNPROTECTED = "unprotected";
  static final String ROUTED = "routed";
  static final String OPEN_4 = "open4";
  static final String OPEN_6 = "open6";
  static final String PORTS_4 = "ports4";
  static final String PORTS_6 = "ports6";
  static final String ADDRESS_PORTS_4 = "address_ports4";
  static final String ADDRESS_PORTS_6 = "address_ports6";
  static final String OWN_PORTS = "own_ports";
  static final String OWN_PORTS_4 = "own_ports4";
  static final String OWN_PORTS_6 = "own_ports6";
  static final String PROXIED_6 = "proxied6";
  static final String ADDRESS_PROXIED_6 = "address_proxied6";
  static final String TARGETS_4 = "targets4";
  static final String TARGETS_6 = "targets6";
  static final String MASQUERADED = "masqueraded";
  static final String SOURCES_4 = "sources4";
  static final String SOURCES_6 = "sources6";
  static final String SUBNETS_4 = "subnets4";
  static final String SUBNETS_6 = "subnets6";
  static final String FORWARDED = "forwarded";
  static final String SWITCHED = "switched";
  static final String ROUTERS = "routers";
  static final String BEFORE = "before";

  /** Asked by no rule: where the records of each network are, as the name in its mark. */
  static final String OWNERS = "owners";

  /** What an administrator may empty, to take upon himself what we have switched on. */
  static final Set<String> OF_THE_HOST = Set.of(SWITCHED, ROUTERS, BEFORE);

  private static final String OWN = "published ports, from the endpoint's own networks";

  /** The administrator's: rules there are asked first, and never touched by us. */
  static final String USER = "user";

  private static final String MARTIANS = "martians";
  private static final String FORWARD = "forward";
  private static final String ARRIVING = "arriving";
  private static final String DEPARTING = "departing";
  private static final String TO_PROXY = "to_proxy";
  private static final String PREROUTING = "prerouting";
  private static final String OUTPUT = "output";
  private static final String PUBLISHED = "published";
  private static final String POSTROUTING = "postrouting";

  /** {@code nft(8)}, "Standard priority names". */
  private static final int RAW = -300;

  private static final int DESTINATION_NAT = -100;
  private static final int FILTER = 0;
  private static final int SOURCE_NAT = 100;

  /** linux/rtnetlink.h: an address of this host. */
  private static final int RTN_LOCAL = 2;

  private static final int ICMP = 1;
  private static final int ICMPV6 = 58;

  /** Registers: how far a field reaches that stands before the next one. */
  private static final int FIRST = 0;

  private static final int AFTER_WORD = 1;
  private static final int AFTER_NAME = FieldType.IFNAME.length() / 4;
  private static final int AFTER_IPV6 = FieldType.IPV6_ADDR.length() / 4;

  private final TableLayout.Rules rules = new TableLayout.Rules();

  private Layout() {
    martians();
    forward();
    arriving();
    departing();
    published();
    postrouting();
  }

  /** What the table always holds. */
  static TableLayout table() {
    return new TableLayout(TABLE, sets(), chains(), new Layout().rules.all());
  }

  private static List<NftSet> sets() {
    FieldType link = FieldType.IFNAME;
    FieldType ip4 = FieldType.IPV4_ADDR;
    FieldType ip6 = FieldType.IPV6_ADDR;
    FieldType protocol = FieldType.INET_PROTO;
    FieldType port = FieldType.INET_SERVICE;
    return List.of(
        NftSet.of(BRIDGES, "the bridges of all networks", link),
        NftSet.of(OWNERS, "where the records of each network are kept", link),
        NftSet.of(WITHIN, "networks whose endpoints reach each other", link, link),
        NftSet.of(INTERNAL, "networks that nothing leaves or enters", link),
        NftSet.of(TRUSTED, "links of the host that reach endpoints directly", link, link),
        NftSet.of(
            UNPROTECTED, "networks whose endpoints are reached directly", FieldType.NFPROTO, link),
        NftSet.of(
            ROUTED, "networks that are reached by their own addresses", FieldType.NFPROTO, link),
        NftSet.of(OPEN_4, "published ports of routed networks", ip4, protocol, port),
        NftSet.of(OPEN_6, "published ports of routed networks", ip6, protocol, port),
        NftSet.map(
            PORTS_4,
            "published at all addresses of the host",
            List.of(protocol, port),
            List.of(ip4, port)),
        NftSet.map(
            PORTS_6,
            "published at all addresses of the host",
            List.of(protocol, port),
            List.of(ip6, port)),
        NftSet.map(
            ADDRESS_PORTS_4,
            "published at one address of the host",
            List.of(ip4, protocol, port),
            List.of(ip4, port)),
        NftSet.map(
            ADDRESS_PORTS_6,
            "published at one address of the host",
            List.of(ip6, protocol, port),
            List.of(ip6, port)),
        NftSet.of(OWN_PORTS, OWN, FieldType.NFPROTO, link, protocol, port),
        NftSet.of(OWN_PORTS_4, OWN + ", at one address", link, ip4, protocol, port),
        NftSet.of(OWN_PORTS_6, OWN + ", at one address", link, ip6, protocol, port),
        NftSet.of(PROXIED_6, "ports at all addresses of the host with a proxy", protocol, port),
        NftSet.of(
            ADDRESS_PROXIED_6,
            "ports at one address of the host with a proxy",
            ip6,
            protocol,
            port),
        NftSet.of(
            TARGETS_4, "ports of endpoints that those of the host lead to", ip4, protocol, port),
        NftSet.of(
            TARGETS_6, "ports of endpoints that those of the host lead to", ip6, protocol, port),
        NftSet.of(
            MASQUERADED, "networks that leave with the host's address", FieldType.NFPROTO, link),
        NftSet.map(SOURCES_4, "networks that leave with this address", List.of(link), List.of(ip4)),
        NftSet.map(SOURCES_6, "networks that leave with this address", List.of(link), List.of(ip6)),
        NftSet.ranges(SUBNETS_4, "the addresses of each network", link, ip4),
        NftSet.ranges(SUBNETS_6, "the addresses of each network", link, ip6),
        NftSet.of(
            FORWARDED, "networks that the host forwards for", FieldType.NFPROTO, FieldType.IFNAME),
        NftSet.of(SWITCHED, "forwarding was off before cnm", FieldType.NFPROTO),
        NftSet.of(ROUTERS, "links that forwarded before cnm", FieldType.NFPROTO, FieldType.IFNAME),
        NftSet.map(
            BEFORE,
            "settings of the host as they were before cnm",
            List.of(FieldType.IFNAME, FieldType.IFNAME),
            List.of(FieldType.MARK)));
  }

  private static List<Chain> chains() {
    return List.of(
        Chain.regular(USER).commented("yours: asked first, never changed by cnm"),
        Chain.regular(PUBLISHED).commented("from a port of the host to one of an endpoint"),
        Chain.regular(TO_PROXY).commented("to a port of the host that a proxy serves"),
        Chain.base(MARTIANS, Chain.Type.FILTER, Chain.Hook.PREROUTING, RAW),
        Chain.base(FORWARD, Chain.Type.FILTER, Chain.Hook.FORWARD, FILTER),
        Chain.base(ARRIVING, Chain.Type.FILTER, Chain.Hook.INPUT, FILTER),
        Chain.base(DEPARTING, Chain.Type.FILTER, Chain.Hook.OUTPUT, FILTER),
        Chain.base(PREROUTING, Chain.Type.NAT, Chain.Hook.PREROUTING, DESTINATION_NAT),
        Chain.base(OUTPUT, Chain.Type.NAT, Chain.Hook.OUTPUT, DESTINATION_NAT),
        Chain.base(POSTROUTING, Chain.Type.NAT, Chain.Hook.POSTROUTING, SOURCE_NAT));
  }

  private void rule(String chain, String comment, List<Expression> matches, Expression action) {
    rules.add(chain, comment, matches, action);
  }

  /**
   * RFC 1122, section 3.2.1.3: 127/8 must not appear outside a host. The kernel sees to it, but not
   * on a link with {@code route_localnet}, which our bridges need for ports that the host itself
   * asks for at 127.0.0.1. Asked of every packet, so what hardly any has comes first: the other way
   * round, one stream to the host took 2 % longer.
   */
  private void martians() {
    List<Expression> from = new ArrayList<>(loopback(Payload.ipv4Source(FIRST)));
    from.addAll(notFrom("lo"));
    rule(MARTIANS, "from the host itself only", from, drop());
    List<Expression> to = new ArrayList<>(loopback(Payload.ipv4Destination(FIRST)));
    to.addAll(notFrom("lo"));
    rule(MARTIANS, "to the host itself only", to, drop());
  }

  private void forward() {
    rule(FORWARD, "your own rules", List.of(), new Decide(new Verdict.Jump(USER)));
    rule(FORWARD, "answers", has(Connection.STATE, Connection.ESTABLISHED_OR_RELATED), accept());
    rule(
        FORWARD,
        "within one network",
        List.of(new Meta(Meta.IIFNAME, FIRST), new Meta(Meta.OIFNAME, AFTER_NAME), in(WITHIN)),
        accept());
    rule(FORWARD, "no way out", List.of(new Meta(Meta.IIFNAME, FIRST), in(INTERNAL)), drop());
    rule(FORWARD, "no way in", List.of(new Meta(Meta.OIFNAME, FIRST), in(INTERNAL)), drop());
    List<Expression> published = new ArrayList<>(toBridges());
    published.addAll(has(Connection.STATUS, Connection.DESTINATION_TRANSLATED));
    rule(FORWARD, "published ports", published, accept());
    rule(
        FORWARD,
        "links that may reach the network directly",
        List.of(new Meta(Meta.IIFNAME, FIRST), new Meta(Meta.OIFNAME, AFTER_NAME), in(TRUSTED)),
        accept());
    rule(FORWARD, "all ports", toNetworks(UNPROTECTED), accept());
    for (int protocol : new int[] {ICMP, ICMPV6}) {
      List<Expression> messages = new ArrayList<>();
      messages.add(new Meta(Meta.L4PROTO, FIRST));
      messages.add(new Compare(FIRST, true, Field.protocol(protocol)));
      messages.addAll(toNetworks(ROUTED));
      rule(FORWARD, "control messages to routed networks", messages, accept());
    }
    rule(
        FORWARD,
        "published ports of routed networks",
        ported(false, Payload.ipv4Destination(FIRST), AFTER_WORD, in(OPEN_4)),
        accept());
    rule(
        FORWARD,
        "published ports of routed networks",
        ported(true, Payload.ipv6Destination(FIRST), AFTER_IPV6, in(OPEN_6)),
        accept());
    rule(FORWARD, "nothing else, from outside or other networks", toBridges(), drop());
    rule(FORWARD, "nothing of others, where cnm switched forwarding on", ofOthers(), drop());
  }

  /** What passes between links that are none of our bridges, and that did not before. */
  private static List<Expression> ofOthers() {
    List<Expression> matches = new ArrayList<>();
    matches.add(new Meta(Meta.NFPROTO, FIRST));
    matches.add(in(SWITCHED));
    matches.add(new Meta(Meta.IIFNAME, FIRST));
    matches.add(new Lookup(BRIDGES, FIRST, true, OptionalInt.empty()));
    matches.addAll(toOutside());
    matches.add(new Meta(Meta.NFPROTO, FIRST));
    matches.add(new Meta(Meta.IIFNAME, AFTER_WORD));
    matches.add(new Lookup(ROUTERS, FIRST, true, OptionalInt.empty()));
    return matches;
  }

  /**
   * What comes to a proxy passes no forward hook, nor does what the proxy sends on in its place:
   * both are asked about here and in {@link #departing}, so that no way in is without a policy.
   */
  private void arriving() {
    Decide toProxy = new Decide(new Verdict.Jump(TO_PROXY));
    Meta from = new Meta(Meta.IIFNAME, AFTER_WORD);
    List<Expression> own = new ArrayList<>(family(false));
    own.addAll(own(from, Payload.destinationPort(AFTER_WORD + AFTER_NAME + 1)));
    rule(ARRIVING, "to a proxy", own, toProxy);
    rule(
        ARRIVING,
        "to a proxy",
        ownAt(
            false,
            Meta.IIFNAME,
            Payload.ipv4Destination(AFTER_NAME),
            Payload.destinationPort(AFTER_NAME + 2)),
        toProxy);
    Payload port = Payload.destinationPort(AFTER_WORD);
    rule(ARRIVING, "to a proxy", proxied(port), toProxy);
    rule(
        ARRIVING,
        "to a proxy",
        ported(true, Payload.ipv6Destination(FIRST), AFTER_IPV6, in(ADDRESS_PROXIED_6)),
        toProxy);
    for (boolean ipv6 : new boolean[] {false, true}) {
      rule(
          ARRIVING,
          "your own rules, for an endpoint's answer to the host and its proxies",
          portedFrom(ipv6, in(ipv6 ? TARGETS_6 : TARGETS_4)),
          askUser());
    }
    rule(TO_PROXY, "your own rules", List.of(), askUser());
    rule(TO_PROXY, "no way out", List.of(new Meta(Meta.IIFNAME, FIRST), in(INTERNAL)), drop());
  }

  private void departing() {
    for (boolean ipv6 : new boolean[] {false, true}) {
      // Also of what the kernel has translated: it leads there by now.
      rule(
          DEPARTING,
          "your own rules, for the way of the host and its proxies to an endpoint",
          ported(
              ipv6,
              ipv6 ? Payload.ipv6Destination(FIRST) : Payload.ipv4Destination(FIRST),
              ipv6 ? AFTER_IPV6 : AFTER_WORD,
              in(ipv6 ? TARGETS_6 : TARGETS_4)),
          askUser());
    }
    String answers = "your own rules, for the answers of a proxy";
    Meta to = new Meta(Meta.OIFNAME, AFTER_WORD);
    List<Expression> own = new ArrayList<>(family(false));
    own.addAll(own(to, Payload.sourcePort(AFTER_WORD + AFTER_NAME + 1)));
    rule(DEPARTING, answers, own, askUser());
    rule(
        DEPARTING,
        answers,
        ownAt(
            false,
            Meta.OIFNAME,
            Payload.ipv4Source(AFTER_NAME),
            Payload.sourcePort(AFTER_NAME + 2)),
        askUser());
    rule(DEPARTING, answers, proxied(Payload.sourcePort(AFTER_WORD)), askUser());
    rule(DEPARTING, answers, portedFrom(true, in(ADDRESS_PROXIED_6)), askUser());
  }

  /** At all addresses of the host: between an own network and a port. */
  private static List<Expression> own(Meta link, Payload port) {
    return List.of(
        new Meta(Meta.NFPROTO, FIRST),
        link,
        new Meta(Meta.L4PROTO, AFTER_WORD + AFTER_NAME),
        port,
        in(OWN_PORTS));
  }

  /** The same at one address. */
  private static List<Expression> ownAt(boolean ipv6, int link, Payload address, Payload port) {
    List<Expression> matches = new ArrayList<>(family(ipv6));
    matches.addAll(
        List.of(
            new Meta(link, FIRST),
            address,
            new Meta(Meta.L4PROTO, port.register() - 1),
            port,
            in(ipv6 ? OWN_PORTS_6 : OWN_PORTS_4)));
    return matches;
  }

  private static List<Expression> proxied(Payload port) {
    List<Expression> matches = new ArrayList<>(family(true));
    matches.addAll(List.of(new Meta(Meta.L4PROTO, FIRST), port, in(PROXIED_6)));
    return matches;
  }

  private static Decide askUser() {
    return new Decide(new Verdict.Jump(USER));
  }

  private void published() {
    // Translated, what comes from the endpoint's own network would be answered past us, and with
    // br_netfilter it would have to leave by the port of the bridge that it came in by, or go from
    // one isolated port to another: the socket that holds the port gets it, and a proxy.
    String own = "from the endpoint's own networks: through the proxy";
    Meta from = new Meta(Meta.IIFNAME, AFTER_WORD);
    rule(
        PREROUTING, own, own(from, Payload.destinationPort(AFTER_WORD + AFTER_NAME + 1)), accept());
    for (boolean ipv6 : new boolean[] {false, true}) {
      rule(
          PREROUTING,
          own,
          ownAt(
              ipv6,
              Meta.IIFNAME,
              ipv6 ? Payload.ipv6Destination(AFTER_NAME) : Payload.ipv4Destination(AFTER_NAME),
              Payload.destinationPort(AFTER_NAME + (ipv6 ? AFTER_IPV6 : AFTER_WORD) + 1)),
          accept());
    }
    for (String chain : List.of(PREROUTING, OUTPUT)) {
      rule(
          chain,
          "to an address of the host",
          List.of(new DestinationType(FIRST), new Compare(FIRST, true, Field.int32(RTN_LOCAL))),
          new Decide(new Verdict.Jump(PUBLISHED)));
    }
    List<Expression> at4 =
        ported(false, Payload.ipv4Destination(FIRST), AFTER_WORD, map(ADDRESS_PORTS_4));
    rule(PUBLISHED, "at one address", at4, destination(NftFamily.IP, AFTER_WORD));
    List<Expression> any4 = new ArrayList<>(family(false));
    any4.addAll(List.of(new Meta(Meta.L4PROTO, FIRST), Payload.destinationPort(AFTER_WORD)));
    any4.add(map(PORTS_4));
    rule(PUBLISHED, "at all addresses", any4, destination(NftFamily.IP, AFTER_WORD));
    // A link-local source can't be forwarded (RFC 4291, section 2.5.6), and ::1 not be routed at
    // all: both reach the socket that holds the port, and a proxy.
    List<Expression> at6 = new ArrayList<>(family(true));
    at6.addAll(notLinkLocal());
    at6.addAll(
        List.of(
            Payload.ipv6Destination(FIRST),
            new Meta(Meta.L4PROTO, AFTER_IPV6),
            Payload.destinationPort(AFTER_IPV6 + 1),
            map(ADDRESS_PORTS_6)));
    rule(PUBLISHED, "at one address", at6, destination(NftFamily.IP6, AFTER_IPV6));
    List<Expression> any6 = new ArrayList<>(family(true));
    any6.addAll(notLinkLocal());
    byte[] loopback = new byte[16];
    loopback[15] = 1;
    any6.addAll(
        List.of(
            Payload.ipv6Destination(FIRST),
            new Compare(FIRST, false, Field.of(loopback)),
            new Meta(Meta.L4PROTO, FIRST),
            Payload.destinationPort(AFTER_WORD),
            map(PORTS_6)));
    rule(PUBLISHED, "at all addresses", any6, destination(NftFamily.IP6, AFTER_IPV6));
  }

  private void postrouting() {
    // Both ends on one bridge: the answer would go straight to the asker, who knows it not.
    rule(
        POSTROUTING,
        "from a network to its own published ports",
        hairpin(false, Payload.ipv4Source(AFTER_NAME), SUBNETS_4),
        new Masquerade());
    rule(
        POSTROUTING,
        "from a network to its own published ports",
        hairpin(true, Payload.ipv6Source(AFTER_NAME), SUBNETS_6),
        new Masquerade());
    List<Expression> local = new ArrayList<>(toBridges());
    local.addAll(loopback(Payload.ipv4Source(FIRST)));
    rule(POSTROUTING, "from 127.0.0.1 to published ports", local, new Masquerade());
    for (boolean ipv6 : new boolean[] {false, true}) {
      List<Expression> source = new ArrayList<>(toOutside());
      source.addAll(family(ipv6));
      source.add(new Meta(Meta.IIFNAME, FIRST));
      source.add(map(ipv6 ? SOURCES_6 : SOURCES_4));
      rule(
          POSTROUTING,
          "to the outside with one address",
          source,
          new Nat(false, ipv6 ? NftFamily.IP6 : NftFamily.IP, FIRST, OptionalInt.empty()));
    }
    List<Expression> outside = new ArrayList<>();
    outside.add(new Meta(Meta.NFPROTO, FIRST));
    outside.add(new Meta(Meta.IIFNAME, AFTER_WORD));
    outside.add(in(MASQUERADED));
    outside.addAll(toOutside());
    rule(POSTROUTING, "to the outside", outside, new Masquerade());
  }

  private static List<Expression> hairpin(boolean ipv6, Payload source, String subnets) {
    List<Expression> matches =
        new ArrayList<>(has(Connection.STATUS, Connection.DESTINATION_TRANSLATED));
    matches.addAll(family(ipv6));
    matches.addAll(List.of(new Meta(Meta.OIFNAME, FIRST), source, in(subnets)));
    return matches;
  }

  /** Loads destination, protocol and port one behind the other, and looks them up. */
  private static List<Expression> ported(
      boolean ipv6, Payload destination, int behind, Lookup lookup) {
    List<Expression> matches = new ArrayList<>(family(ipv6));
    matches.addAll(
        List.of(
            destination,
            new Meta(Meta.L4PROTO, behind),
            Payload.destinationPort(behind + 1),
            lookup));
    return matches;
  }

  /** The same of where it comes from. */
  private static List<Expression> portedFrom(boolean ipv6, Lookup lookup) {
    int behind = ipv6 ? AFTER_IPV6 : AFTER_WORD;
    List<Expression> matches = new ArrayList<>(family(ipv6));
    matches.addAll(
        List.of(
            ipv6 ? Payload.ipv6Source(FIRST) : Payload.ipv4Source(FIRST),
            new Meta(Meta.L4PROTO, behind),
            Payload.sourcePort(behind + 1),
            lookup));
    return matches;
  }

  private static Nat destination(NftFamily family, int portRegister) {
    return new Nat(true, family, FIRST, OptionalInt.of(portRegister));
  }

  private static List<Expression> family(boolean ipv6) {
    return List.of(new Meta(Meta.NFPROTO, FIRST), new Compare(FIRST, true, Field.nfproto(ipv6)));
  }

  private static List<Expression> has(int key, int bits) {
    return List.of(
        new Connection(key, FIRST),
        new Bitwise(FIRST, Field.int32(bits), Field.int32(0)),
        new Compare(FIRST, false, Field.int32(0)));
  }

  private static List<Expression> notFrom(String link) {
    return List.of(new Meta(Meta.IIFNAME, FIRST), new Compare(FIRST, false, Field.ifname(link)));
  }

  private static List<Expression> loopback(Payload address) {
    List<Expression> matches = new ArrayList<>(family(false));
    matches.add(address);
    matches.add(
        new Bitwise(FIRST, Field.of((byte) 0xff, (byte) 0, (byte) 0, (byte) 0), Field.int32(0)));
    matches.add(new Compare(FIRST, true, Field.of((byte) 127, (byte) 0, (byte) 0, (byte) 0)));
    return matches;
  }

  private static List<Expression> notLinkLocal() {
    byte[] mask = new byte[16];
    mask[0] = (byte) 0xff;
    mask[1] = (byte) 0xc0;
    byte[] prefix = new byte[16];
    prefix[0] = (byte) 0xfe;
    prefix[1] = (byte) 0x80;
    return List.of(
        Payload.ipv6Source(FIRST),
        new Bitwise(FIRST, Field.of(mask), Field.of(new byte[16])),
        new Compare(FIRST, false, Field.of(prefix)));
  }

  private static List<Expression> toBridges() {
    return List.of(new Meta(Meta.OIFNAME, FIRST), in(BRIDGES));
  }

  private static List<Expression> toOutside() {
    return List.of(
        new Meta(Meta.OIFNAME, FIRST), new Lookup(BRIDGES, FIRST, true, OptionalInt.empty()));
  }

  private static List<Expression> toNetworks(String set) {
    return List.of(new Meta(Meta.NFPROTO, FIRST), new Meta(Meta.OIFNAME, AFTER_WORD), in(set));
  }

  static Lookup notIn(String set) {
    return new Lookup(set, FIRST, true, OptionalInt.empty());
  }

  static Lookup in(String set) {
    return new Lookup(set, FIRST, false, OptionalInt.empty());
  }

  private static Lookup map(String map) {
    return new Lookup(map, FIRST, false, OptionalInt.of(FIRST));
  }

  static Decide accept() {
    return new Decide(new Verdict.Accept());
  }

  static Decide drop() {
    return new Decide(new Verdict.Drop());
  }
}
