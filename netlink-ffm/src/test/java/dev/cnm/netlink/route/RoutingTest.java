package dev.cnm.netlink.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.cnm.netlink.AddressFamily;
import dev.cnm.netlink.Errno;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.Tools;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.route.Rule.Prefix;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Addresses, routes, neighbours and rules on the kernel, asked with {@code ip}. */
final class RoutingTest {

  private static final HardwareAddress MAC = HardwareAddress.parse("02:42:00:00:00:09");

  private NetworkNamespace namespace;
  private Addresses addresses;
  private Routes routes;
  private Neighbours neighbours;
  private Rules rules;
  private int link;

  @BeforeEach
  void makeNamespace() throws IOException {
    namespace = NetworkNamespace.create();
    addresses = new Addresses(namespace.route());
    routes = new Routes(namespace.route());
    neighbours = new Neighbours(namespace.route());
    rules = new Rules(namespace.route());
    Links links = new Links(namespace.route());
    link = links.create(LinkSpec.veth("eth0").peer("peer").up().build()).index();
    links.change(LinkChange.of("peer").up().build());
    // IPv6 leads nowhere over a link of which it has not heard that it has a carrier.
    links.settle(link);
    addresses.change(AddressSpec.of(link, ip("10.1.0.1"), 24).build());
    addresses.change(AddressSpec.of(link, ip("fd00:1::1"), 64).noDuplicateDetection().build());
  }

  @AfterEach
  void removeNamespace() {
    namespace.close();
  }

  private static InetAddress ip(String literal) {
    return InetAddress.ofLiteral(literal);
  }

  private String show(String... arguments) throws IOException {
    String[] command = new String[arguments.length + 1];
    command[0] = "ip";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return Tools.run(namespace, command);
  }

  private static void assertRefused(ThrowingCallable attempt, Errno errno) {
    assertThatThrownBy(attempt)
        .isInstanceOfSatisfying(
            NetlinkException.class, e -> assertThat(e.is(errno)).as(e.getMessage()).isTrue());
  }

  // Addresses

  @Test
  void anAddressIsReplaced() throws IOException {
    AddressSpec.Builder address = AddressSpec.of(link, ip("10.2.0.1"), 24).noPrefixRoute();
    addresses.change(address.build());
    assertRefused(() -> addresses.change(address.build()), Errno.EEXIST);
    addresses.change(address.buildReplacement());

    assertThat(show("-4", "addr")).contains("inet 10.2.0.1/24 scope global noprefixroute eth0");
    assertThat(show("route")).doesNotContain("10.2.0.0");
    assertThat(addresses.list(link))
        .filteredOn(found -> found.address().equals(ip("10.2.0.1")))
        .singleElement()
        .satisfies(found -> {
          assertThat(found.prefixLength()).isEqualTo(24);
          assertThat(found.isTentative()).isFalse();
          assertThat(found.isDuplicate()).isFalse();
        });

    addresses.change(address.buildRemoval());
    assertRefused(() -> addresses.change(address.buildRemoval()), Errno.EADDRNOTAVAIL);
  }

  @Test
  void anAddressOfIpv6StaysOneOfIpv6() throws IOException {
    // ::ffff:192.0.2.1, which InetAddress.getByAddress would make an address of IPv4.
    Tools.run(namespace, "ip", "addr", "add", "::ffff:192.0.2.1/128", "dev", "eth0", "nodad");

    assertThat(addresses.list(link))
        .filteredOn(found -> found.prefixLength() == 128)
        .singleElement()
        .satisfies(found -> assertThat(found.address().getAddress()).hasSize(16));
  }

  @Test
  void addressesThatNoLinkCanHaveAreRefused() {
    for (String wrong : List.of("0.0.0.0", "::", "224.0.0.1", "ff02::1")) {
      assertThatThrownBy(() -> AddressSpec.of(link, ip(wrong), 8))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> AddressSpec.of(link, ip("10.0.0.1"), 33))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> AddressSpec.of(0, ip("10.0.0.1"), 8))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> AddressSpec.of(link, ip("fd00::1"), 64).broadcast(ip("10.0.0.1")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  // Routes

  @Test
  void aRouteHasAllThatItIsGiven() throws IOException {
    RouteSpec.Builder route =
        RouteSpec.to(ip("10.3.0.0"), 16)
            .via(ip("10.1.0.9"))
            .link(link)
            .table(1000)
            .metric(50)
            .preferredSource(ip("10.1.0.1"));
    routes.change(route.build());
    assertRefused(() -> routes.change(route.build()), Errno.EEXIST);
    routes.change(RouteSpec.defaultVia(ip("192.0.2.1")).link(link).onLink().build());
    routes.change(RouteSpec.to(ip("fd00:2::"), 64).via(ip("fd00:1::9")).build());

    assertThat(show("route", "show", "table", "1000").strip().replaceAll(" +", " "))
        .isEqualTo("10.3.0.0/16 via 10.1.0.9 dev eth0 src 10.1.0.1 metric 50");
    assertThat(show("route")).contains("default via 192.0.2.1 dev eth0 onlink");
    assertThat(show("-6", "route")).contains("fd00:2::/64 via fd00:1::9 dev eth0 metric 1024");
    assertThat(routes.list())
        .contains(
            new Route(
                ip("10.3.0.0"),
                16,
                Optional.of(ip("10.1.0.9")),
                OptionalInt.of(link),
                Optional.of(ip("10.1.0.1")),
                1000,
                1,
                50));

    routes.change(route.via(ip("10.1.0.10")).buildReplacement());
    assertThat(show("route", "show", "table", "1000"))
        .contains("via 10.1.0.10")
        .doesNotContain("10.1.0.9");
    routes.change(route.buildRemoval());
    assertRefused(() -> routes.change(route.buildRemoval()), Errno.ESRCH);
    assertThat(routes.list()).noneMatch(found -> found.table() == 1000);
  }

  @Test
  void subnetsAreMadeUnreachable() throws IOException {
    routes.change(RouteSpec.unreachable(ip("10.4.0.0"), 16).build());
    routes.change(RouteSpec.blackhole(ip("10.5.0.0"), 16).build());
    routes.change(RouteSpec.unreachable(ip("fd00:4::"), 32).build());

    assertThat(show("route")).contains("unreachable 10.4.0.0/16", "blackhole 10.5.0.0/16");
    assertThat(show("-6", "route")).contains("unreachable fd00:4::/32");
    routes.change(RouteSpec.unreachable(ip("10.4.0.0"), 16).buildRemoval());
    assertThat(show("route")).doesNotContain("10.4.0.0");
  }

  @Test
  void theRouteToAnAddressIsLookedUp() throws IOException {
    routes.change(RouteSpec.defaultVia(ip("10.1.0.9")).build());
    routes.change(RouteSpec.blackhole(ip("10.5.0.0"), 16).build());
    routes.change(RouteSpec.unreachable(ip("10.4.0.0"), 16).build());

    Route route = routes.lookUp(ip("198.51.100.1")).orElseThrow();
    assertThat(route.gateway()).contains(ip("10.1.0.9"));
    assertThat(route.linkIndex()).hasValue(link);
    assertThat(route.preferredSource()).contains(ip("10.1.0.1"));
    assertThat(route.isInMainTable()).isTrue();
    assertThat(routes.lookUp(ip("10.1.0.7")).orElseThrow().gateway()).isEmpty();
    assertThat(routes.lookUp(ip("fd00:1::7")).orElseThrow().linkIndex()).hasValue(link);
    for (String none : List.of("10.5.0.1", "10.4.0.1", "fd00:99::1")) {
      assertThat(routes.lookUp(ip(none))).as(none).isEmpty();
    }
  }

  @Test
  void routesThatTheKernelWouldRefuseAreNotBuilt() {
    InetAddress four = ip("10.3.0.0");
    InetAddress six = ip("fd00::1");
    assertThatThrownBy(() -> RouteSpec.to(four, 16).build())
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> RouteSpec.to(four, 16).via(six).build())
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> RouteSpec.to(four, 16).link(1).preferredSource(six).build())
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> RouteSpec.to(four, 16).link(1).onLink().build())
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> RouteSpec.unreachable(four, 16).link(1).build())
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> RouteSpec.to(four, 33)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> RouteSpec.to(four, 16).table(0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> RouteSpec.to(four, 16).metric(-1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> RouteSpec.to(four, 16).link(0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  // Neighbours

  @Test
  void aNeighbourComesChangesAndGoes() throws IOException {
    NeighbourSpec.Builder four = NeighbourSpec.of(link, ip("10.1.0.9"), MAC);
    NeighbourSpec.Builder six = NeighbourSpec.of(link, ip("fd00:1::9"), MAC);
    neighbours.change(four.build());
    neighbours.change(six.build());
    assertRefused(() -> neighbours.change(four.build()), Errno.EEXIST);

    assertThat(show("neigh"))
        .contains("10.1.0.9 dev eth0 lladdr 02:42:00:00:00:09 PERMANENT")
        .contains("fd00:1::9 dev eth0 lladdr 02:42:00:00:00:09 PERMANENT");
    assertThat(neighbours.list(link))
        .extracting(Neighbour::address, Neighbour::linkAddress, Neighbour::isPermanent)
        .contains(
            tuple(ip("10.1.0.9"), Optional.of(MAC), true),
            tuple(ip("fd00:1::9"), Optional.of(MAC), true));
    // The kernel's own come when they like.
    assertThat(neighbours.list())
        .containsAll(neighbours.list(link).stream().filter(Neighbour::isPermanent).toList());
    assertThat(neighbours.list(1)).noneMatch(Neighbour::isPermanent);

    HardwareAddress other = HardwareAddress.parse("02:42:00:00:00:0a");
    neighbours.change(NeighbourSpec.of(link, ip("10.1.0.9"), other).buildReplacement());
    assertThat(show("neigh")).contains("10.1.0.9 dev eth0 lladdr 02:42:00:00:00:0a PERMANENT");
    neighbours.change(four.buildRemoval());
    neighbours.change(six.buildRemoval());
    assertRefused(() -> neighbours.change(four.buildRemoval()), Errno.ENOENT);
    assertThat(show("neigh")).doesNotContain("10.1.0.9");
  }

  // Rules

  @Test
  void rulesComeAndGo() throws IOException {
    RuleSpec.Builder marked =
        RuleSpec.of(AddressFamily.IPV4)
            .priority(100)
            .from(ip("10.1.0.0"), 24)
            .to(ip("10.9.0.0"), 16)
            .inputLink("eth0")
            .mark(0x20, 0xf0)
            .table(1000);
    RuleSpec.Builder rest =
        RuleSpec.of(AddressFamily.IPV4)
            .priority(101)
            .inverted()
            .outputLink("later")
            .table(254)
            .suppressPrefixLength(0);
    RuleSpec.Builder refused =
        RuleSpec.of(AddressFamily.IPV6).priority(102).from(ip("fd00:5::"), 64).unreachable();
    for (RuleSpec.Builder rule : List.of(marked, rest, refused)) {
      rules.change(rule.build());
      assertRefused(() -> rules.change(rule.build()), Errno.EEXIST);
    }

    assertThat(show("rule").replaceAll("\\s+", " "))
        .contains("100: from 10.1.0.0/24 to 10.9.0.0/16 fwmark 0x20/0xf0 iif eth0 lookup 1000")
        .contains("101: not from all oif later [detached] lookup main suppress_prefixlength 0");
    assertThat(show("-6", "rule").replaceAll("\\s+", " "))
        .contains("102: from fd00:5::/64 unreachable");
    List<Rule> listed = rules.list(AddressFamily.IPV4);
    assertThat(listed).extracting(Rule::priority).containsExactly(0, 100, 101, 32766, 32767);
    assertThat(listed.get(1))
        .isEqualTo(
            new Rule(
                AddressFamily.IPV4,
                100,
                Optional.of(new Prefix(ip("10.1.0.0"), 24)),
                Optional.of(new Prefix(ip("10.9.0.0"), 16)),
                Optional.of("eth0"),
                Optional.empty(),
                0x20,
                0xf0,
                false,
                1,
                1000,
                OptionalInt.empty()));
    assertThat(listed.get(2).inverted()).isTrue();
    assertThat(listed.get(2).outputLink()).contains("later");
    assertThat(listed.get(2).suppressedPrefixLength()).hasValue(0);

    for (RuleSpec.Builder rule : List.of(marked, rest, refused)) {
      rules.change(rule.buildRemoval());
      assertRefused(() -> rules.change(rule.buildRemoval()), Errno.ENOENT);
    }
    assertThat(rules.list(AddressFamily.IPV4)).hasSize(3);
  }

  @Test
  void rulesThatTheKernelWouldRefuseOrMisunderstandAreNotBuilt() {
    RuleSpec.Builder six = RuleSpec.of(AddressFamily.IPV6);
    assertThatThrownBy(() -> RuleSpec.of(AddressFamily.IPV4).build())
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> RuleSpec.of(AddressFamily.IPV4).table(9).prohibit().build())
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(
            () -> RuleSpec.of(AddressFamily.IPV4).suppressPrefixLength(0).blackhole().build())
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> six.from(ip("10.0.0.0"), 8))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> six.mark(1, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> six.mark(3, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> six.table(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> six.priority(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> six.inputLink("a b")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Prefix(ip("10.0.0.0"), 33))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
