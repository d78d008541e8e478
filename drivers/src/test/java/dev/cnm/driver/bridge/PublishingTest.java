package dev.cnm.driver.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.ConflictException;
import dev.cnm.InvalidParameterException;
import dev.cnm.NetworkOptions;
import dev.cnm.PortBinding;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.spi.NetworkContext;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who reaches a published port, and who doesn't. */
final class PublishingTest {

  private Town town;
  private NetworkContext web;
  private Town.Container server;

  @BeforeEach
  void build() throws IOException {
    town = new Town();
    web = town.network("web", NetworkOptions.builder(), "10.99.0.0/24", "fd99::/64");
    server = town.container(web, 2);
    town.answer(server.namespace, 80, "web");
    town.answerDatagrams(server.namespace, 53, "dns");
  }

  @AfterEach
  void close() throws IOException {
    town.close();
  }

  private static List<String> texts(List<PortBinding> bindings) {
    return bindings.stream().map(PortBinding::toString).toList();
  }

  /** With br_netfilter, what the bridge forwards passes the rules as well. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void everybodyReachesAPublishedPort(String bridgeNetfilter) throws IOException {
    for (String family : List.of("", "6")) {
      Town.run(
          town.host,
          "f=/proc/sys/net/bridge/bridge-nf-call-ip%stables; ! test -e $f || echo %s > $f"
              .formatted(family, bridgeNetfilter));
    }
    Town.Container same = town.container(web, 3);
    Town.Container other =
        town.container(
            town.network("other", NetworkOptions.builder(), "10.98.0.0/24", "fd98::/64"), 2);

    assertThat(texts(server.publish("8080:80")))
        .containsExactly("80/tcp -> 0.0.0.0:8080", "80/tcp -> [::]:8080");

    for (String address : List.of(Town.HOST, "198.51.100.1", "10.99.0.1", "10.98.0.1")) {
      assertThat(town.ask(town.neighbour, address, 8080)).isEqualTo("web 192.0.2.2");
      assertThat(town.ask(town.outsider, address, 8080)).isEqualTo("web 198.51.100.2");
      assertThat(town.ask(same.namespace, address, 8080)).startsWith("web 10.99.0.");
      assertThat(town.ask(other.namespace, address, 8080)).isEqualTo("web 10.98.0.2");
      assertThat(town.ask(server.namespace, address, 8080)).startsWith("web 10.99.0.1");
      assertThat(town.ask(town.host, address, 8080)).startsWith("web ");
    }
    for (String address : List.of(Town.HOST_6, "fd99::1", "fd98::1")) {
      assertThat(town.ask(town.neighbour, address, 8080)).isEqualTo("web 2001:db8:0:0:0:0:0:2");
      assertThat(town.ask(same.namespace, address, 8080)).startsWith("web fd99:");
      assertThat(town.ask(other.namespace, address, 8080)).isEqualTo("web fd98:0:0:0:0:0:0:2");
      assertThat(town.ask(server.namespace, address, 8080)).startsWith("web fd99:");
      assertThat(town.ask(town.host, address, 8080)).startsWith("web ");
    }
    assertThat(town.ask(town.host, "127.0.0.1", 8080)).isEqualTo("web 10.99.0.1");
    assertThat(town.ask(town.host, "127.0.0.77", 8080)).isEqualTo("web 10.99.0.1");
    assertThat(town.ask(town.host, "::1", 8080)).isEqualTo("web fd99:0:0:0:0:0:0:1");
  }

  @Test
  void datagramsGoTheSameWays() throws IOException {
    Town.Container other =
        town.container(
            town.network("other", NetworkOptions.builder(), "10.98.0.0/24", "fd98::/64"), 2);
    server.publish("5300:53/udp");

    assertThat(town.askByDatagram(town.neighbour, Town.HOST, 5300)).isEqualTo("dns 192.0.2.2");
    assertThat(town.askByDatagram(other.namespace, Town.HOST, 5300)).isEqualTo("dns 10.98.0.2");
    assertThat(town.askByDatagram(server.namespace, Town.HOST, 5300)).startsWith("dns 10.99.");
    assertThat(town.askByDatagram(town.host, "127.0.0.1", 5300)).isEqualTo("dns 10.99.0.1");
    assertThat(town.askByDatagram(town.neighbour, Town.HOST_6, 5300)).startsWith("dns 2001:");
    assertThat(town.askByDatagram(town.host, "::1", 5300)).startsWith("dns fd99:");
  }

  @Test
  void whatIsNotPublishedIsReachedByNobodyOutside() throws IOException {
    Town.Container other =
        town.container(
            town.network("other", NetworkOptions.builder(), "10.98.0.0/24", "fd98::/64"), 2);
    town.answer(server.namespace, 81, "secret");
    server.publish("8080:80");

    assertThat(town.ask(town.neighbour, Town.HOST, 8080)).startsWith("web");
    assertThat(town.ask(town.host, server.ip(), 81)).startsWith("secret");
    for (NetworkNamespace from : List.of(town.neighbour, town.outsider, other.namespace)) {
      // Both have a route to the container; published or not, its own address stays closed.
      assertThat(town.isSilent(from, server.ip(), 81)).isTrue();
      assertThat(town.isSilent(from, server.ip(), 80)).isTrue();
      assertThat(town.isSilent(from, server.ip6(), 80)).isTrue();
      assertThat(town.isSilent(from, Town.HOST, 81)).isTrue();
    }
  }

  @Test
  void aLoopbackPortIsTheHostsAlone() throws IOException {
    assertThat(texts(server.publish("127.0.0.1:8080:80", "[::1]:8080:80")))
        .containsExactlyInAnyOrder("80/tcp -> 127.0.0.1:8080", "80/tcp -> [::1]:8080");

    assertThat(town.ask(town.host, "127.0.0.1", 8080)).startsWith("web");
    assertThat(town.ask(town.host, "::1", 8080)).startsWith("web");
    assertThat(town.isSilent(town.neighbour, Town.HOST, 8080)).isTrue();
    assertThat(town.isSilent(server.namespace, "10.99.0.1", 8080)).isTrue();
    // A neighbour that has a route for 127/8, and a host that would take it.
    Town.run(
        town.host, "for i in all lan; do echo 1 > /proc/sys/net/ipv4/conf/$i/route_localnet; done");
    Town.run(
        town.neighbour,
        "echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet;"
            + "ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.1 via 192.0.2.1 src 192.0.2.2");
    assertThat(town.ask(town.host, "127.0.0.1", 8080)).startsWith("web");
    assertThat(town.isSilent(town.neighbour, "127.0.0.1", 8080)).isTrue();
  }

  @Test
  void aPortAtOneAddressIsReachedThere() throws IOException {
    server.publish("192.0.2.1:8080:80", "[2001:db8::1]:8080:80");

    assertThat(town.ask(town.outsider, Town.HOST, 8080)).startsWith("web");
    assertThat(town.ask(town.host, Town.HOST, 8080)).startsWith("web");
    assertThat(town.ask(town.outsider, Town.HOST_6, 8080)).startsWith("web");
    assertThat(town.isSilent(town.outsider, "198.51.100.1", 8080)).isTrue();
    assertThat(town.isSilent(town.host, "127.0.0.1", 8080)).isTrue();
  }

  @Test
  void anEndpointWithoutIpv6IsServedByAProxy() throws IOException {
    Town.Container old =
        town.container(town.network("old", NetworkOptions.builder(), "10.97.0.0/24"), 2);
    town.answer(old.namespace, 80, "old");
    town.answerDatagrams(old.namespace, 53, "olddns");
    assertThat(texts(old.publish("8081:80", "5301:53/udp")))
        .contains("80/tcp -> [::]:8081", "53/udp -> [::]:5301");

    assertThat(town.ask(town.neighbour, Town.HOST_6, 8081)).isEqualTo("old 10.97.0.1");
    assertThat(town.ask(town.host, "::1", 8081)).isEqualTo("old 10.97.0.1");
    assertThat(town.ask(server.namespace, "fd99::1", 8081)).isEqualTo("old 10.97.0.1");
    assertThat(town.askByDatagram(town.neighbour, Town.HOST_6, 5301)).isEqualTo("olddns 10.97.0.1");
    // By an address of the host that its answers would not have by themselves.
    assertThat(town.askByDatagram(town.neighbour, "2001:db8:ffff::1", 5301))
        .isEqualTo("olddns 10.97.0.1");
  }

  @Test
  void aTakenPortIsRefusedByName() throws IOException {
    ServerSocket taken =
        Town.in(town.host, () -> new ServerSocket(8080, 1, InetAddress.getByName("192.0.2.1")));
    town.closing(taken);
    String before = town.table();

    assertThatThrownBy(() -> server.publish("8079:80", "8080:80"))
        .isInstanceOf(ConflictException.class)
        .hasMessage("failed to bind host port 0.0.0.0:8080/tcp: address already in use");

    assertThat(town.table()).isEqualTo(before);
    server.publish("8079:80");
    assertThatThrownBy(() -> town.container(web, 3).publish("8079:80"))
        .isInstanceOf(ConflictException.class)
        .hasMessage("failed to bind host port 0.0.0.0:8079/tcp: address already in use");
    assertThat(town.ask(town.neighbour, Town.HOST, 8079)).startsWith("web");
  }

  @Test
  void nobodyElseCanTakeAPublishedPort() throws IOException {
    server.publish("8080:80", "5300:53/udp");

    assertThatThrownBy(() -> Town.in(town.host, () -> new ServerSocket(8080)))
        .hasMessageContaining("in use");
    assertThatThrownBy(() -> Town.in(town.host, () -> new DatagramSocket(5300)))
        .hasMessageContaining("in use");
    server.withdraw();
    Town.in(town.host, () -> new ServerSocket(8080)).close();
    Town.in(town.host, () -> new DatagramSocket(5300)).close();
  }

  @Test
  void aHostAddressThatIsNotThereIsRefused() {
    assertThatThrownBy(() -> server.publish("192.0.2.99:8080:80"))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessage(
            "failed to bind host port 192.0.2.99:8080/tcp: this host has no address 192.0.2.99");
  }

  @Test
  void sctpIsPublishedWhereTheKernelHasIt() throws IOException {
    if (Files.readString(Path.of("/proc/net/protocols")).contains("SCTP")) {
      assertThat(server.publish("0.0.0.0:8080:80/sctp")).hasSize(1);
      assertThat(town.table())
          .containsPattern(
              "sctp . 8080 comment \"cnm-00000001 [0-9a-f]{12} web/c2\" : 10.99.0.2 . 80");
    } else {
      assertThatThrownBy(() -> server.publish("0.0.0.0:8080:80/sctp"))
          .isInstanceOf(InvalidParameterException.class)
          .hasMessage(
              "failed to bind host port 0.0.0.0:8080/sctp: the kernel of this host has no SCTP");
    }
  }

  @Test
  void aFreePortIsTheSameInBothFamilies() throws IOException {
    List<PortBinding> bindings = server.publish("80", "53/udp");

    assertThat(bindings).hasSize(4);
    assertThat(bindings.get(0).hostPort()).isEqualTo(bindings.get(1).hostPort());
    assertThat(town.ask(town.neighbour, Town.HOST, bindings.getFirst().hostPort()))
        .startsWith("web");
    // Published again, it stays where it was.
    assertThat(server.publish("80", "53/udp")).isEqualTo(bindings);
  }

  @Test
  void whatCanChooseTakesNothingFromWhatCannot() throws IOException {
    assertThat(texts(server.publish("0.0.0.0:8080-8082:80", "0.0.0.0:8080:81")))
        .containsExactlyInAnyOrder("80/tcp -> 0.0.0.0:8081", "81/tcp -> 0.0.0.0:8080");
    Town.Container second = town.container(web, 3);
    assertThat(texts(second.publish("0.0.0.0:8080-8082:80")))
        .containsExactly("80/tcp -> 0.0.0.0:8082");
    assertThatThrownBy(() -> town.container(web, 4).publish("0.0.0.0:8080-8082:80"))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("all of 8080-8082 are in use");
  }

  @Test
  void aWithdrawnPortIsClosedAndItsFlowsAreForgotten() throws IOException {
    server.publish("8080:80", "5300:53/udp");
    try (DatagramSocket asker = Town.in(town.neighbour, () -> new DatagramSocket())) {
      assertThat(Town.exchange(asker, Town.HOST, 5300)).isEqualTo("dns 192.0.2.2");
      server.withdraw();
      assertThat(town.table()).doesNotContain("web/c2");
      assertThat(town.isSilent(town.neighbour, Town.HOST, 8080)).isTrue();

      Town.Container second = town.container(web, 3);
      town.answerDatagrams(second.namespace, 54, "second");
      second.publish("5300:54/udp");
      // The same socket, so the same flow.
      assertThat(Town.exchange(asker, Town.HOST, 5300)).isEqualTo("second 192.0.2.2");
    }
  }

  @Test
  void whatAnEndedProcessLeftIsReplacedAndOnlyItsOwnRemoved() throws IOException {
    server.publish("0.0.0.0:8080:80");
    town.driver.close();
    town.driver = town.newDriver();
    town.joined.clear();
    Town.Container second = town.container(web, 3);
    town.answer(second.namespace, 80, "second");

    second.publish("0.0.0.0:8080:80");
    server.withdraw();

    assertThat(town.ask(town.neighbour, Town.HOST, 8080)).startsWith("second");
  }

  @Test
  void theTableComesBackWhenItIsNextUsed() throws IOException {
    server.publish("8080:80");
    Town.run(town.host, "nft flush ruleset");

    town.container(web, 3).publish("8081:80");

    assertThat(town.ask(town.neighbour, Town.HOST, 8080)).startsWith("web");
    assertThat(town.driver.restore()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nft flush table inet cnm",
        "nft flush chain inet cnm forward",
        "nft flush map inet cnm ports4",
        "nft flush set inet cnm bridges"
      })
  void restoringPutsBackWhatIsMissing(String damage) throws IOException {
    server.publish("8080:80");
    Town.run(town.host, "nft add rule inet cnm user tcp dport 99 drop");
    assertThat(town.driver.restore()).isFalse();
    Town.run(town.host, damage);

    assertThat(town.driver.restore()).isTrue();

    assertThat(town.driver.restore()).isFalse();
    assertThat(town.ask(town.neighbour, Town.HOST, 8080)).startsWith("web");
    if (!damage.contains("table")) {
      assertThat(town.table()).contains("tcp dport 99 drop");
    }
  }

  @Test
  void theAdministratorsChainComesFirst() throws IOException {
    server.publish("8080:80");
    assertThat(town.ask(town.outsider, Town.HOST, 8080)).startsWith("web");

    // By the port that was asked for, before translation.
    Town.run(
        town.host,
        "nft add rule inet cnm user ip saddr 198.51.100.0/24 meta l4proto tcp"
            + " ct original proto-dst 8080 drop");

    assertThat(town.isSilent(town.outsider, Town.HOST, 8080)).isTrue();
    assertThat(town.ask(town.neighbour, Town.HOST, 8080)).startsWith("web");
  }
}
