package dev.cnm.netlink.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.netlink.BatchResult;
import dev.cnm.netlink.Errno;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.Outcome;
import dev.cnm.netlink.Tools;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.namespace.Sysctl;
import dev.cnm.netlink.route.LinkKind.MacvlanMode;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Links, addresses and routes on the kernel, asked with {@code ip}. */
final class LinksTest {

  private NetworkNamespace namespace;
  private Links links;

  @BeforeEach
  void makeNamespace() throws IOException {
    namespace = NetworkNamespace.create();
    links = new Links(namespace.route());
  }

  @AfterEach
  void removeNamespace() {
    namespace.close();
  }

  private String ip(String... arguments) throws IOException {
    ProcessBuilder ip = new ProcessBuilder("ip");
    ip.command().addAll(List.of(arguments));
    Process process = namespace.start(ip.redirectError(ProcessBuilder.Redirect.INHERIT));
    return new String(process.getInputStream().readAllBytes());
  }

  @Test
  void aBridgeIsBornUpWithItsAddress() throws IOException {
    Link bridge =
        links.create(
            LinkSpec.bridge("br0")
                .address(HardwareAddress.parse("02:42:00:00:00:01"))
                .mtu(1400)
                .up()
                .build());

    assertThat(ip("link", "show", "br0")).contains(",UP", "mtu 1400", "02:42:00:00:00:01");
    assertThat(bridge.kind()).isInstanceOf(LinkKind.Bridge.class);
    assertThat(bridge.isUp()).isTrue();
    assertThat(links.get("br0").orElseThrow().index()).isEqualTo(bridge.index());
    assertThat(links.get(bridge.index()).orElseThrow().name()).isEqualTo("br0");
  }

  @Test
  void aPairIsBornWithItsPeerInAnotherNamespace() throws IOException {
    try (NetworkNamespace other = NetworkNamespace.create()) {
      Link bridge = links.create(LinkSpec.bridge("br0").up().build());
      Link host =
          links.create(
              LinkSpec.veth("veth0")
                  .peer("eth0", other)
                  .peerAddress(HardwareAddress.parse("02:42:0a:00:00:02"))
                  .master(bridge.index())
                  .mtu(1300)
                  .queues(1)
                  .up()
                  .build(),
              List.of(
                  LinkChange.of("veth0")
                      .noAutomaticAddress()
                      .hairpin(true)
                      .alias("web/c1 ~")
                      .build()));

      Link inside = new Links(other.route()).get("eth0").orElseThrow();
      assertThat(host.peerIndex()).hasValue(inside.index());
      assertThat(inside.address()).contains(HardwareAddress.parse("02:42:0a:00:00:02"));
      assertThat(inside.mtu()).isEqualTo(1300);
      assertThat(inside.isUp()).isFalse();
      assertThat(ip("-d", "link", "show", "veth0"))
          .contains("master br0", "hairpin on", "addrgenmode none", "numtxqueues 1 ", ",UP")
          .contains("alias web/c1 ~");
      assertThat(links.get("veth0").orElseThrow().alias()).isEqualTo("web/c1 ~");
    }
  }

  @Test
  void kindsKeepWhatTheyAre() throws IOException {
    Link parent = links.create(LinkSpec.veth("a").peer("b").build());
    links.create(LinkSpec.vxlan("vx", 42).build());
    links.create(LinkSpec.macvlan("mv", parent.index(), MacvlanMode.PRIVATE).build());
    ip("link", "add", "gre1", "type", "ifb");

    assertThat(links.get("vx").orElseThrow().kind()).isEqualTo(new LinkKind.Vxlan(42, 4789));
    assertThat(links.get("mv").orElseThrow().kind())
        .isEqualTo(new LinkKind.Macvlan(MacvlanMode.PRIVATE));
    assertThat(ip("-d", "link", "show", "vx")).contains("vxlan id 42", "dstport 4789");
    assertThat(ip("-d", "link", "show", "mv")).contains("macvlan mode private");
  }

  @Test
  void theListIsThatOfIp() throws IOException {
    for (int i = 0; i < 200; i++) {
      links.create(LinkSpec.bridge("br" + i).build());
    }

    assertThat(links.list())
        .extracting(Link::name)
        .containsExactlyElementsOf(
            ip("-o", "link").lines().map(line -> line.split(": ")[1]).toList());
  }

  @Test
  void aTakenNameIsAnErrorThatNamesIt() throws IOException {
    links.create(LinkSpec.bridge("br0").build());

    assertThatThrownBy(() -> links.create(LinkSpec.bridge("br0").build()))
        .isInstanceOfSatisfying(
            NetlinkException.class,
            e -> {
              assertThat(e.is(Errno.EEXIST)).isTrue();
              assertThat(e)
                  .hasMessageStartingWith(
                      "cannot create the bridge link br0 in " + namespace.identity() + ": EEXIST");
            });
  }

  @Test
  void aKindThatTheKernelHasNotIsAnErrorThatNamesIt() {
    assertThatThrownBy(() -> links.create(LinkSpec.other("x0", "nosuchkind").build()))
        .isInstanceOf(NetlinkException.class)
        .hasMessageContaining("create the nosuchkind link x0")
        .hasMessageContaining("EOPNOTSUPP")
        .hasMessageContaining("Unknown device type");
  }

  @Test
  void theAttributeThatTheKernelObjectsToIsNamed() throws IOException {
    Link bridge = links.create(LinkSpec.bridge("br0").build());
    LinkSpec spec = LinkSpec.veth("a").peer("b").build();
    dev.cnm.netlink.Request bad =
        new dev.cnm.netlink.Request() {
          @Override
          public int type() {
            return spec.type();
          }

          @Override
          public int flags() {
            return 0;
          }

          @Override
          public void encode(dev.cnm.netlink.MessageWriter out) {
            LinkChange.header(out, bridge.index(), 0, 0);
            // IFLA_LINKINFO > IFLA_INFO_KIND, IFLA_INFO_DATA > IFLA_BR_STP_STATE of a wrong length
            int info = out.nest(18);
            out.string(1, "bridge");
            int data = out.nest(2);
            out.u8(5, 1);
            out.endNest(data);
            out.endNest(info);
          }

          @Override
          public String describe() {
            return "change the link br0";
          }
        };

    assertThatThrownBy(() -> namespace.route().execute(bad))
        .isInstanceOfSatisfying(
            NetlinkException.class,
            e ->
                assertThat(e.attribute())
                    .contains("IFLA_LINKINFO > IFLA_INFO_DATA > IFLA_BR_STP_STATE"));
  }

  @Test
  void anErrorOfABatchIsOfTheRequestThatCausedIt() throws IOException {
    BatchResult result =
        namespace
            .route()
            .submit(
                List.of(
                    LinkSpec.bridge("br0").build(),
                    LinkSpec.bridge("br0").build(),
                    LinkSpec.bridge("br1").build()));

    assertThat(result.outcomes()).hasSize(3);
    assertThat(result.outcomes().get(0)).isInstanceOf(Outcome.Done.class);
    assertThat(result.outcomes().get(1)).isInstanceOf(Outcome.Failed.class);
    assertThat(result.outcomes().get(2)).isInstanceOf(Outcome.Done.class);
    assertThat(ip("-br", "link")).contains("br0", "br1");
  }

  @Test
  void aLinkWhoseChangeIsRefusedIsGone() {
    assertThatThrownBy(() ->
            links.create(
                LinkSpec.bridge("br0").build(), List.of(LinkChange.of("nosuch").up().build())))
        .isInstanceOf(NetlinkException.class);
    assertThat(ipUnchecked()).doesNotContain("br0");
  }

  private String ipUnchecked() {
    try {
      return ip("-br", "link");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void buildersRefuseWhatTheKernelWould() {
    assertThatThrownBy(() -> LinkSpec.bridge("this-name-is-too-long"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LinkSpec.bridge("a/b")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LinkSpec.bridge("br0").mtu(67))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LinkSpec.veth("a").build()).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> LinkSpec.veth("a").peer("a").build())
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> LinkSpec.bridge("a").peer("b"))
        .isInstanceOf(IllegalStateException.class);
    for (String alias : List.of("a".repeat(255), "ü", "a\0b")) {
      assertThatThrownBy(() -> LinkChange.of("a").alias(alias))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> LinkChange.of("a").noAutomaticAddress().up().build())
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void addressesAndRoutesComeAndGo() throws IOException {
    Link bridge = links.create(LinkSpec.bridge("br0").up().build());
    Addresses addresses = new Addresses(namespace.route());
    Routes routes = new Routes(namespace.route());
    InetAddress own = InetAddress.ofLiteral("10.1.0.1");
    AddressSpec.Builder address =
        AddressSpec.of(bridge.index(), own, 24).broadcast(InetAddress.ofLiteral("10.1.0.255"));
    RouteSpec.Builder route =
        RouteSpec.to(InetAddress.ofLiteral("10.2.0.0"), 16).via(InetAddress.ofLiteral("10.1.0.9"));

    addresses.change(address.build());
    routes.change(route.build());

    assertThat(ip("addr", "show", "br0"))
        .contains("inet 10.1.0.1/24 brd 10.1.0.255 scope global br0");
    assertThat(ip("route")).contains("10.2.0.0/16 via 10.1.0.9 dev br0");
    assertThat(addresses.list(bridge.index())).extracting(Address::address).contains(own);
    assertThat(routes.list())
        .anyMatch(found ->
            found.isInMainTable()
                && found.prefixLength() == 16
                && found.destination().equals(InetAddress.ofLiteral("10.2.0.0")));

    routes.change(route.buildRemoval());
    addresses.change(address.buildRemoval());
    assertThat(ip("route")).isEmpty();
    assertThat(ip("-4", "addr", "show", "br0")).isEmpty();
  }

  @Test
  void aLinkMovesAndIsRenamed() throws IOException {
    try (NetworkNamespace other = NetworkNamespace.create()) {
      Link link = links.create(LinkSpec.veth("a").peer("b").build());
      links.change(LinkChange.of(link.index()).moveTo(other).build());
      Links there = new Links(other.route());
      there.change(LinkChange.of(there.get("a").orElseThrow().index()).rename("eth0").build());

      assertThat(there.get("eth0")).isPresent();
      assertThat(links.get("a")).isEmpty();
      assertThat(links.delete("b")).isTrue();
      assertThat(links.delete("b")).isFalse();
    }
  }

  @Test
  void severalLinksAreDeletedTogether() throws IOException {
    links.create(LinkSpec.bridge("br0").build());
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 70; i++) {
      names.add("veth" + i);
      links.create(LinkSpec.veth("veth" + i).peer("peer" + i).build());
    }
    links.delete("veth5");

    links.deleteAll(names);
    assertThat(ip("-o", "link")).contains("lo:", "br0:").hasLineCount(2);
    links.deleteAll(names);
    links.deleteAll(List.of());
    assertThat(ip("-o", "link")).hasLineCount(2);
  }

  @Test
  void aPortOfABridgeIsWhatItIsMade() throws IOException {
    Link bridge = links.create(LinkSpec.bridge("br0").build());
    links.create(
        LinkSpec.veth("a").peer("b").master(bridge.index()).build(),
        List.of(
            LinkChange.of("a")
                .isolated(true)
                .learning(false)
                .unicastFlood(false)
                .multicastFlood(false)
                .broadcastFlood(false)
                .neighbourSuppression(true)
                .build()));
    assertThat(ip("-d", "link", "show", "a"))
        .contains("isolated on", "learning off", " flood off", "mcast_flood off")
        .contains("bcast_flood off", "neigh_suppress on", "hairpin off");

    links.change(
        LinkChange.of("a")
            .isolated(false)
            .learning(true)
            .broadcastFlood(true)
            .hairpin(true)
            .build());
    assertThat(ip("-d", "link", "show", "a"))
        .contains("isolated off", "learning on", " flood off", "mcast_flood off")
        .contains("bcast_flood on", "neigh_suppress on", "hairpin on");
  }

  @Test
  void aLinkTellsItsNeighboursOfItself() throws Exception {
    links.create(LinkSpec.veth("a").peer("b").build());
    String setting = "net/ipv4/conf/a/arp_notify";
    assertThat(namespace.call(() -> Sysctl.read(setting))).isEqualTo("0");

    links.change(LinkChange.of("a").arpNotify(true).noAutomaticAddress().build());
    assertThat(namespace.call(() -> Sysctl.read(setting))).isEqualTo("1");
    assertThat(ip("-d", "link", "show", "a")).contains("addrgenmode none");

    links.change(LinkChange.of("a").arpNotify(false).build());
    assertThat(namespace.call(() -> Sysctl.read(setting))).isEqualTo("0");
  }

  @Test
  void aGroupIsDeletedAtOnce() throws IOException {
    for (int i = 0; i < 5; i++) {
      links.create(LinkSpec.veth("a" + i).peer("b" + i).group(7).build());
    }
    Link other = links.create(LinkSpec.veth("other").peer("peer").build());
    Link late = links.create(LinkSpec.veth("late").peer("later").build());
    links.change(LinkChange.of(late.index()).group(7).build());
    assertThat(links.get("a0").orElseThrow().group()).isEqualTo(7);
    assertThat(links.get("b0").orElseThrow().group()).isZero();
    assertThat(ip("link", "show", "a0")).contains("group 7 ");

    assertThat(links.deleteGroup(7)).isTrue();

    assertThat(ip("-br", "link")).contains("other", "peer").doesNotContain("a0@", "b4@", "late@");
    assertThat(links.deleteGroup(7)).isFalse();
    assertThat(links.delete(other.index())).isTrue();
    assertThat(links.delete(other.index())).isFalse();
    assertThat(ip("-br", "link")).doesNotContain("peer");
  }

  @Test
  void statisticsAreThoseOfIp() throws Exception {
    links.change(LinkChange.of("lo").up().build());
    assertThat(links.statistics(1).orElseThrow().sentPackets()).isZero();
    Tools.run(namespace, "ping", "-c", "2", "-i", "0.2", "127.0.0.1");

    LinkStatistics statistics = links.statistics(1).orElseThrow();

    // Two questions of 84 octets and two answers, which both went out and came in.
    assertThat(statistics).isEqualTo(new LinkStatistics(4, 4 * 84, 0, 0, 4, 4 * 84, 0, 0));
    assertThat(ip("-s", "link", "show", "lo").replaceAll(" +", " ")).contains(" 336 4 0 0 0 0 ");
    assertThat(links.statistics(999)).isEmpty();
  }

  @Test
  void numbersAndAddressesThatCannotBeAreRefused() {
    HardwareAddress multicast = HardwareAddress.parse("01:00:5e:00:00:01");
    HardwareAddress none = HardwareAddress.parse("00:00:00:00:00:00");
    HardwareAddress four = HardwareAddress.parse("02:00:00:01");
    for (HardwareAddress wrong : List.of(multicast, none, four)) {
      assertThatThrownBy(() -> LinkSpec.bridge("a").address(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(wrong.toString());
      assertThatThrownBy(() -> LinkSpec.veth("a").peer("b").peerAddress(wrong))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> LinkSpec.bridge("a").group(0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> links.deleteGroup(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> links.delete(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LinkChange.of(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LinkChange.of("a").master(-1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LinkChange.of("a").mtu(0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
