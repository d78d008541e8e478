package dev.cnm.netlink.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.cnm.netlink.AddressFamily;
import dev.cnm.netlink.Golden;
import dev.cnm.netlink.MalformedMessageException;
import dev.cnm.netlink.Message;
import dev.cnm.netlink.route.Rule.Prefix;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests beside those that {@code ip} sent, and what was answered to it, whole and damaged. */
final class RouteMessagesTest {

  private static final HardwareAddress NEIGHBOUR = HardwareAddress.parse("02:42:00:00:00:09");

  @BeforeEach
  void needTheOrderOfTheRecords() {
    assumeTrue(Golden.isOfThisMachine(), "the messages were recorded on a little-endian machine");
  }

  private static InetAddress ip(String literal) {
    return InetAddress.ofLiteral(literal);
  }

  @Test
  void linksAreCreatedAndChangedAsIpDoes() throws IOException {
    Golden.assertSame(
        LinkSpec.bridge("br0")
            .address(HardwareAddress.parse("02:42:00:00:00:01"))
            .mtu(1400)
            .build(),
        "link-add-bridge",
        16);
    Golden.assertSame(
        LinkSpec.veth("veth0")
            .peer("eth0")
            .peerAddress(HardwareAddress.parse("02:42:0a:01:00:02"))
            .mtu(1400)
            .build(),
        "link-add-veth",
        16);
    Golden.assertSame(LinkChange.of(2).up().build(), "link-up", 16);
    Golden.assertSame(LinkChange.of(4).master(2).build(), "link-master", 16);
  }

  @Test
  void addressesRoutesNeighboursAndRulesAreAddedAsIpDoes() throws IOException {
    Golden.assertSame(
        AddressSpec.of(2, ip("10.1.0.2"), 24).broadcast(ip("10.1.0.255")).build(),
        "address-add-4",
        8);
    Golden.assertSame(
        AddressSpec.of(2, ip("fd00:1::2"), 64).noDuplicateDetection().build(), "address-add-6", 8);
    Golden.assertSame(RouteSpec.defaultVia(ip("10.1.0.1")).build(), "route-add-default", 12);
    Golden.assertSame(
        RouteSpec.to(ip("10.3.0.0"), 16)
            .via(ip("10.1.0.9"))
            .link(2)
            .table(1000)
            .metric(50)
            .preferredSource(ip("10.1.0.2"))
            .build(),
        "route-add-table",
        12);
    Golden.assertSame(NeighbourSpec.of(2, ip("10.1.0.9"), NEIGHBOUR).build(), "neighbour-add", 12);
    Golden.assertSame(
        RuleSpec.of(AddressFamily.IPV4)
            .priority(100)
            .from(ip("10.1.0.0"), 24)
            .inputLink("br0")
            .mark(0x20, 0xf0)
            .table(1000)
            .build(),
        "rule-add",
        12);
  }

  @Test
  void answersAreRead() throws IOException {
    Link bridge = Link.decode(Golden.message(Golden.octets("link-bridge")));
    assertThat(bridge.index()).isEqualTo(2);
    assertThat(bridge.name()).isEqualTo("br0");
    assertThat(bridge.kind()).isEqualTo(new LinkKind.Bridge(false));
    assertThat(bridge.mtu()).isEqualTo(1400);
    assertThat(bridge.isUp()).isTrue();
    assertThat(bridge.address()).contains(HardwareAddress.parse("02:42:00:00:00:01"));
    assertThat(bridge.masterIndex()).isEmpty();
    Link veth = Link.decode(Golden.message(Golden.octets("link-veth")));
    assertThat(veth.index()).isEqualTo(4);
    assertThat(veth.name()).isEqualTo("veth0");
    assertThat(veth.kind()).isEqualTo(new LinkKind.Veth());
    assertThat(veth.masterIndex()).hasValue(2);
    assertThat(veth.peerIndex()).hasValue(3);
    assertThat(veth.group()).isZero();

    Address four = Address.decode(Golden.message(Golden.octets("address-4")));
    assertThat(four.linkIndex()).isEqualTo(2);
    assertThat(four.address()).isEqualTo(ip("10.1.0.2"));
    assertThat(four.prefixLength()).isEqualTo(24);
    assertThat(four.broadcast()).contains(ip("10.1.0.255"));
    assertThat(four.scope()).isZero();

    assertThat(Route.decode(Golden.message(Golden.octets("route-table"))))
        .isEqualTo(
            new Route(
                ip("10.3.0.0"),
                16,
                Optional.of(ip("10.1.0.9")),
                OptionalInt.of(2),
                Optional.of(ip("10.1.0.2")),
                1000,
                1,
                50));
    Route standard = Route.decode(Golden.message(Golden.octets("route-default")));
    assertThat(standard.isDefault()).isTrue();
    assertThat(standard.isInMainTable()).isTrue();
    assertThat(standard.gateway()).contains(ip("10.1.0.1"));

    Neighbour neighbour = Neighbour.decode(Golden.message(Golden.octets("neighbour")));
    assertThat(neighbour.linkIndex()).isEqualTo(2);
    assertThat(neighbour.address()).isEqualTo(ip("10.1.0.9"));
    assertThat(neighbour.linkAddress()).contains(NEIGHBOUR);
    assertThat(neighbour.isPermanent()).isTrue();

    assertThat(Rule.decode(Golden.message(Golden.octets("rule"))))
        .isEqualTo(
            new Rule(
                AddressFamily.IPV4,
                100,
                Optional.of(new Prefix(ip("10.1.0.0"), 24)),
                Optional.empty(),
                Optional.of("br0"),
                Optional.empty(),
                0x20,
                0xf0,
                false,
                1,
                1000,
                OptionalInt.empty()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "link-bridge",
        "link-veth",
        "address-4",
        "address-6",
        "route-default",
        "route-table",
        "neighbour",
        "rule"
      })
  void damagedAnswersAreReadOrRefused(String name) throws IOException {
    byte[] whole = Golden.octets(name);
    // Cut off anywhere: the decoder sees what is left as a message.
    for (int length = 16; length < whole.length; length++) {
      decodeAll(ofLength(whole, length));
    }
    Random random = new Random(name.hashCode());
    for (int i = 0; i < 5_000; i++) {
      byte[] damaged = whole.clone();
      for (int j = random.nextInt(4); j >= 0; j--) {
        damaged[16 + random.nextInt(damaged.length - 16)] = (byte) random.nextInt();
      }
      decodeAll(damaged);
    }
  }

  @FuzzTest
  void anyOctetsAreReadOrRefused(byte[] octets) {
    decodeAll(ofLength(octets, Math.max(16, octets.length)));
  }

  private static byte[] ofLength(byte[] octets, int length) {
    byte[] message = Arrays.copyOf(octets, length);
    message[0] = (byte) length;
    message[1] = (byte) (length >> 8);
    message[2] = (byte) (length >> 16);
    message[3] = (byte) (length >> 24);
    return message;
  }

  private interface Reader {
    Object read(Message message) throws MalformedMessageException;
  }

  private static final List<Reader> READERS =
      List.of(
          Link::read,
          LinkStatistics::decode,
          Address::read,
          Route::read,
          Neighbour::read,
          Rule::read);

  private static void decodeAll(byte[] octets) {
    for (Reader reader : READERS) {
      try {
        Object value = reader.read(Golden.message(octets));
        // What was read can be used: shown and compared.
        assertThat(String.valueOf(value)).isNotNull();
      } catch (MalformedMessageException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
  }
}
