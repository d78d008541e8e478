package dev.cnm.driver.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.NetworkOptions;
import dev.cnm.spi.NetworkContext;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What goes out fits through where it goes out. */
final class UplinkTest {

  private Town town;

  @BeforeEach
  void build() throws IOException {
    town = new Town(HostSettings.PLAIN);
  }

  @AfterEach
  void close() throws IOException {
    town.close();
  }

  private static int mtu(String link) {
    return Integer.parseInt(link.replaceFirst("(?s).* mtu ([0-9]+).*", "$1"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1500 | true",
        "1400 | ip link set lan mtu 1400; ip route add default via 192.0.2.2",
        "1400 | ip link set lan mtu 1400; ip -6 route add default via 2001:db8::2",
        "1300 | ip link set lan mtu 1400; ip link set wan mtu 1300; ip route add default via"
            + " 192.0.2.2; ip -6 route add default via 2001:db8:ffff::2",
        "1280 | ip link set wan mtu 1000; ip route add default via 198.51.100.2",
        "9000 | ip link set lan mtu 9000; ip route add default via 192.0.2.2 metric 5;"
            + " ip link set wan mtu 1400; ip route add default via 198.51.100.2 metric 7",
        "1420 | ip link set wan mtu 1420; ip route add default via 192.0.2.2;"
            + " ip route add default via 198.51.100.2 table 51820",
        "1410 | ip link set wan mtu 1410; ip route add default via 192.0.2.2;"
            + " ip route add 0.0.0.0/1 via 198.51.100.2; ip route add 128.0.0.0/1 via 198.51.100.2",
        "1500 | ip link set lan mtu 1400; ip route add unreachable default",
      })
  void theMtuIsThatOfTheWayOut(int expected, String command) throws IOException {
    Town.run(town.host, command);
    NetworkContext network =
        town.network("web", NetworkOptions.builder(), "10.99.1.0/24", "fd99:1::/64");
    Town.Container container = town.container(network, 2);

    assertThat(mtu(Town.run(container.namespace, "ip link show eth0"))).isEqualTo(expected);
    assertThat(mtu(Town.run(town.host, "ip link show " + Bridges.name(network))))
        .isEqualTo(expected);
    String port = Town.run(town.host, "ip link show master " + Bridges.name(network));
    assertThat(mtu(port)).isEqualTo(expected);

    // Nor when its ports come and go, or somebody deletes the bridge.
    town.driver.leave(container.endpoint);
    assertThat(mtu(Town.run(town.host, "ip link show " + Bridges.name(network))))
        .isEqualTo(expected);
    Town.run(town.host, "ip link del " + Bridges.name(network));
    container = town.container(network, 3);
    assertThat(mtu(Town.run(container.namespace, "ip link show eth0"))).isEqualTo(expected);
  }

  @Test
  void anMtuThatWasAskedForIsKept() throws IOException {
    Town.run(town.host, "ip link set lan mtu 1400; ip route add default via 192.0.2.2");
    NetworkContext network =
        town.network(
            "web",
            NetworkOptions.builder().driverOption("com.docker.network.driver.mtu", "1450"),
            "10.99.1.0/24");
    assertThat(mtu(Town.run(town.container(network, 2).namespace, "ip link show eth0")))
        .isEqualTo(1450);
    assertThat(town.troubles()).isEmpty();
  }

  @Test
  void aWayOutThatBecameNarrowerIsFound() throws IOException {
    Town.run(town.host, "ip route add default via 192.0.2.2");
    town.network("web", NetworkOptions.builder(), "10.99.1.0/24");
    assertThat(town.troubles()).isEmpty();
    Town.run(town.host, "ip link set lan mtu 1400");

    assertThat(town.troubles()).hasSize(1);
    assertThat(town.troubles().getFirst().what()).contains("web", "1500", "1400", "lan");
  }
}
