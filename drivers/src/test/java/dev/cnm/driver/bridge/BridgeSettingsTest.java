package dev.cnm.driver.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.NetworkOptions;
import dev.cnm.spi.NetworkContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who is on a bridge of ours has no say in how the host goes out, and no way in that isn't his. */
final class BridgeSettingsTest {

  private Town town;

  @BeforeEach
  void build() throws IOException {
    town = new Town(HostSettings.PLAIN);
  }

  @AfterEach
  void close() throws IOException {
    town.close();
  }

  private enum Kind {
    IPV4,
    BOTH,
    INTERNAL,
    ISOLATED,
    IPV6_ISOLATED;

    NetworkContext make(Town town) throws IOException {
      // What the host itself must withstand, be the endpoints looked after or not.
      NetworkOptions.Builder options =
          NetworkOptions.builder().driverOption("dev.cnm.network.bridge.antispoof", "false");
      String mode = "com.docker.network.bridge.gateway_mode_ipv";
      return switch (this) {
        case IPV4 -> town.network("web", options, "10.99.1.0/24");
        case BOTH -> town.network("web", options, "10.99.1.0/24", "fd99:1::/64");
        case INTERNAL -> town.network("web", options.internal(true), "10.99.1.0/24");
        case ISOLATED ->
            town.network(
                "web", options.internal(true).driverOption(mode + "4", "isolated"), "10.99.1.0/24");
        case IPV6_ISOLATED ->
            town.network(
                "web",
                options.internal(true).driverOption(mode + "6", "isolated"),
                "10.99.1.0/24",
                "fd99:1::/64");
      };
    }

    boolean hasIpv6() {
      return this == BOTH;
    }
  }

  private static boolean pings(Town.Container from, String address) throws IOException {
    return Town.run(from.namespace, "ping -c5 -i0.2 -W2 " + address)
        .matches("(?s).* [1-5] received.*");
  }

  private static boolean pingsNot(Town.Container from, String address) throws IOException {
    return Town.run(from.namespace, "ping -c1 -W1 " + address).contains("100% packet loss");
  }

  private static String linkLocal(Town town, String bridge) throws IOException {
    String mac = Town.run(town.host, "ip -br link show " + bridge).split("\\s+")[2];
    String[] octets = mac.split(":");
    return "fe80::%x%s:%sff:fe%s:%s%s"
        .formatted(
            Integer.parseInt(octets[0], 16) ^ 2,
            octets[1],
            octets[2],
            octets[3],
            octets[4],
            octets[5]);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void nobodyInsideBecomesTheHostsRouter(Kind kind) throws IOException {
    NetworkContext network = kind.make(town);
    String bridge = Bridges.name(network);
    Town.Container container = town.container(network, 2);
    Town.run(container.namespace, "sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0");

    Town.advertise(container.namespace, "eth0", "fe80::66");
    // From outside it is taken, so the host listens, and has had the time.
    Town.advertise(town.neighbour, "eth0", "fe80::99");

    String routes = "";
    for (int i = 0; i < 100 && !routes.contains("fe80::99"); i++) {
      routes = Town.run(town.host, "ip -6 route show default");
    }
    assertThat(routes).contains("via fe80::99 dev lan").doesNotContain("fe80::66", bridge);
    String linkLocal = linkLocal(town, bridge) + "%eth0";
    assertThat(kind.hasIpv6() ? pings(container, linkLocal) : !pingsNot(container, linkLocal))
        .isEqualTo(kind.hasIpv6());
    String off =
        "ipv4/conf/%1$s/accept_redirects ipv6/conf/%1$s/accept_ra"
            + " ipv6/conf/%1$s/accept_redirects ipv6/conf/%1$s/autoconf";
    assertThat(Town.run(town.host, "cd /proc/sys/net; cat " + off.formatted(bridge)))
        .isEqualTo("0\n0\n0\n0\n");
  }

  @Test
  void anIsolatedNetworkReachesNoAddressOfTheHost() throws IOException {
    NetworkContext network = Kind.ISOLATED.make(town);
    Town.Container container = town.container(network, 2);
    Town.Container open =
        town.container(town.network("open", NetworkOptions.builder(), "10.99.2.0/24"), 2);
    town.answer(town.host, 80, "host");
    assertThat(town.ask(open.namespace, Town.HOST, 80)).startsWith("host");

    // By somebody who has full power inside, and on the host a way back.
    Town.run(container.namespace, "ip route add default dev eth0");
    Town.run(town.host, "ip route add 10.99.1.0/24 dev " + Bridges.name(network));
    assertThat(pingsNot(container, Town.HOST)).isTrue();
    assertThat(Town.run(container.namespace, "ip neigh show " + Town.HOST))
        .contains(Town.HOST)
        .doesNotContain("lladdr");
    assertThat(town.isSilent(container.namespace, Town.HOST, 80)).isTrue();
    assertThat(town.ask(open.namespace, Town.HOST, 80)).startsWith("host");
  }

  /** Set up before it has its settings, it would listen for a moment. */
  @Test
  void theSettingsAreThereBeforeTheBridgeIsUp() throws IOException {
    Path events = Files.createTempFile("cnm", "events");
    Process monitor =
        town.host.start(
            new ProcessBuilder("ip", "-6", "monitor", "address").redirectOutput(events.toFile()));
    try {
      NetworkContext network = Kind.IPV4.make(town);
      town.container(network, 2);
      // Of another one the kernel's address is seen, so that it would have been.
      Town.run(
          town.host, "ip link add other type bridge; ip link set lan down; ip link set lan up");
      String seen = "";
      for (int i = 0; i < 100 && !seen.contains(": lan"); i++) {
        Town.run(town.host, "sleep 0.02");
        seen = Files.readString(events);
      }
      assertThat(seen).contains(": lan").doesNotContain(Bridges.name(network));
    } finally {
      monitor.destroyForcibly();
      Files.delete(events);
    }
  }
}
