package dev.cnm.driver.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.NetworkOptions;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.spi.Finding;
import dev.cnm.spi.NetworkContext;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A host that forwards for its networks is no other host than before. */
final class ForwardingTest {

  private static final String OUTSIDER = "198.51.100.2";
  private static final String OUTSIDER_6 = "2001:db8:ffff::2";

  private Town town;

  @BeforeEach
  void build() throws IOException {
    town = new Town(HostSettings.PLAIN);
  }

  @AfterEach
  void close() throws IOException {
    town.close();
  }

  private NetworkContext both() throws IOException {
    return town.network("web", NetworkOptions.builder(), "10.99.1.0/24", "fd99:1::/64");
  }

  private void delete(NetworkContext network) throws IOException {
    town.networks.remove(network);
    town.driver.deleteNetwork(network);
  }

  private static boolean pings(NetworkNamespace from, String address) throws IOException {
    return Town.run(from, "ping -c5 -i0.2 -W2 " + address).matches("(?s).* [1-5] received.*");
  }

  private static boolean pingsNot(NetworkNamespace from, String address) throws IOException {
    return Town.run(from, "ping -c1 -W1 " + address).contains("100% packet loss");
  }

  private String setting(String name) throws IOException {
    return Town.run(town.host, "sysctl -n " + name).strip();
  }

  private String advertisedRoutes() throws IOException {
    return Town.run(town.host, "ip -6 route show default proto ra");
  }

  private void awaitRouter(String address) throws IOException {
    for (int i = 0; i < 100 && !advertisedRoutes().contains("via " + address + " dev lan"); i++) {
      Town.run(town.host, "sleep 0.02");
    }
    assertThat(advertisedRoutes()).contains("via " + address + " dev lan");
  }

  @Test
  void whatRoutersAdvertisedStaysAndIsStillListenedTo() throws IOException {
    Town.advertise(town.neighbour, "eth0", "fe80::99");
    awaitRouter("fe80::99");
    String before = Town.settings(town.host);

    NetworkContext network = both();
    assertThat(setting("net.ipv6.conf.all.forwarding")).isEqualTo("1");
    assertThat(advertisedRoutes()).contains("via fe80::99 dev lan");
    Town.advertise(town.neighbour, "eth0", "fe80::98");
    awaitRouter("fe80::98");

    delete(network);
    assertThat(advertisedRoutes()).contains("via fe80::99 dev lan", "via fe80::98 dev lan");
    assertThat(Town.difference(before, Town.settings(town.host))).isEmpty();
  }

  @Test
  void aHostThatWasNoRouterPassesOnNothingButItsNetworks() throws IOException {
    String before = Town.settings(town.host);
    assertThat(setting("net.ipv4.ip_forward")).isEqualTo("0");
    NetworkContext network = both();
    Town.Container container = town.container(network, 2);

    assertThat(pings(container.namespace, OUTSIDER)).isTrue();
    assertThat(pings(container.namespace, OUTSIDER_6)).isTrue();
    assertThat(pings(town.neighbour, Town.HOST)).isTrue();
    assertThat(pingsNot(town.neighbour, OUTSIDER)).isTrue();
    assertThat(pingsNot(town.neighbour, OUTSIDER_6)).isTrue();
    assertThat(town.driver.findings())
        .extracting(Finding::severity)
        .containsExactly(Finding.Severity.NOTE, Finding.Severity.NOTE);

    town.driver.leave(container.endpoint);
    delete(network);
    assertThat(Town.difference(before, Town.settings(town.host))).isEmpty();
    assertThat(town.driver.findings()).isEmpty();
  }

  @Test
  void aHostThatWasARouterStaysOne() throws IOException {
    Town.run(
        town.host,
        "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1"
            + " net.ipv4.conf.all.accept_redirects=1");
    String before = Town.settings(town.host);
    NetworkContext network = both();

    assertThat(pings(town.neighbour, OUTSIDER)).isTrue();
    assertThat(pings(town.neighbour, OUTSIDER_6)).isTrue();
    assertThat(town.driver.findings()).isEmpty();

    delete(network);
    assertThat(Town.difference(before, Town.settings(town.host))).isEmpty();
    assertThat(pings(town.neighbour, OUTSIDER)).isTrue();
  }

  @Test
  void linksThatForwardedGoOnDoingSo() throws IOException {
    Town.run(
        town.host,
        "sysctl -qw net.ipv4.conf.lan.forwarding=1 net.ipv4.conf.wan.forwarding=1"
            + " net.ipv6.conf.lan.forwarding=1 net.ipv4.conf.all.accept_redirects=0");
    String before = Town.settings(town.host);
    assertThat(pings(town.neighbour, OUTSIDER)).isTrue();

    NetworkContext network = both();
    assertThat(pings(town.neighbour, OUTSIDER)).isTrue();

    delete(network);
    assertThat(Town.difference(before, Town.settings(town.host))).isEmpty();
    assertThat(pings(town.neighbour, OUTSIDER)).isTrue();
  }

  @Test
  void internalNetworksNeedNone() throws IOException {
    String before = Town.settings(town.host);
    NetworkContext network =
        town.network("in", NetworkOptions.builder().internal(true), "10.99.1.0/24", "fd99:1::/64");

    assertThat(setting("net.ipv4.ip_forward")).isEqualTo("0");
    assertThat(setting("net.ipv6.conf.all.forwarding")).isEqualTo("0");
    delete(network);
    assertThat(Town.difference(before, Town.settings(town.host))).isEmpty();
  }

  @Test
  void theLastNetworkOfWhateverOwnerTakesItBack() throws IOException {
    String before = Town.settings(town.host);
    NetworkContext first = both();
    try (var other = town.newDriver("cnm-00000002")) {
      NetworkContext second =
          town.network(other, "other", NetworkOptions.builder(), "10.99.2.0/24", "fd99:2::/64");

      delete(first);
      assertThat(setting("net.ipv4.ip_forward")).isEqualTo("1");
      assertThat(setting("net.ipv6.conf.all.forwarding")).isEqualTo("1");
      assertThat(pingsNot(town.neighbour, OUTSIDER)).isTrue();

      town.networks.remove(second);
      other.deleteNetwork(second);
      assertThat(Town.difference(before, Town.settings(town.host))).isEmpty();
    }
  }

  /** The rules may be gone, with what they knew of the time before. */
  @ParameterizedTest
  @ValueSource(strings = {"nft flush ruleset", "nft flush set inet cnm before", "true"})
  void whoeverTouchesTheTable(String command) throws IOException {
    String before = Town.settings(town.host);
    NetworkContext network = both();
    Town.run(town.host, command);
    town.driver.restore();
    assertThat(pingsNot(town.neighbour, OUTSIDER)).isTrue();

    delete(network);
    assertThat(Town.difference(before, Town.settings(town.host))).isEmpty();
  }

  @Test
  void anAdministratorMayTakeItUponHimself() throws IOException {
    NetworkContext network = both();
    List<Finding> findings = town.driver.findings();
    for (Finding finding : findings) {
      assertThat(finding.what()).contains("forwarding was off on this host");
      Town.run(
          town.host, finding.remedy().substring("to make this host a router yourself: ".length()));
    }

    assertThat(pings(town.neighbour, OUTSIDER)).isTrue();
    assertThat(pings(town.neighbour, OUTSIDER_6)).isTrue();
    assertThat(town.driver.findings()).isEmpty();
    assertThat(town.driver.restore()).isFalse();
    delete(network);
    assertThat(setting("net.ipv4.ip_forward")).isEqualTo("1");
    assertThat(setting("net.ipv6.conf.all.forwarding")).isEqualTo("1");
  }

  @Test
  void whatAnAdministratorSwitchesOffStaysOff() throws IOException {
    NetworkContext network = both();
    Town.run(town.host, "sysctl -qw net.ipv4.ip_forward=0");
    assertThat(town.troubles()).hasSize(1);
    delete(network);
    assertThat(setting("net.ipv4.ip_forward")).isEqualTo("0");
    assertThat(Town.run(town.host, "nft list set inet cnm switched")).doesNotContain("elements");
  }

  /** Nobody is left who would have done it. */
  @Test
  void whatWasLeftOnIsFoundAndTakenBack() throws IOException {
    String before = Town.settings(town.host);
    NetworkContext network = both();
    town.networks.clear();
    Town.run(town.host, "nft flush set inet cnm forwarded; ip link del " + Bridges.name(network));

    assertThat(town.troubles())
        .extracting(Finding::remedy)
        .containsExactly("cnm doctor --repair", "cnm doctor --repair");
    assertThat(town.driver.restore()).isTrue();
    assertThat(Town.difference(before, Town.settings(town.host))).isEmpty();
    assertThat(town.driver.findings()).isEmpty();
  }
}
