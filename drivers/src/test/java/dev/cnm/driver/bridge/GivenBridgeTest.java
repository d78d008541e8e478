package dev.cnm.driver.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.NetworkOptions;
import dev.cnm.NotFoundException;
import dev.cnm.spi.NetworkContext;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A bridge of the administrator's is his again, as it was. */
final class GivenBridgeTest {

  private Town town;

  @BeforeEach
  void build() throws IOException {
    town = new Town(HostSettings.PLAIN);
  }

  @AfterEach
  void close() throws IOException {
    town.close();
  }

  private NetworkContext network() throws IOException {
    return town.network(
        "web",
        NetworkOptions.builder().driverOption("com.docker.network.bridge.name", "mine"),
        "10.50.0.0/24",
        "fd50::/64");
  }

  private String state() throws IOException {
    return Town.settings(town.host)
        // But for what the kernel counts, and what follows from the ports.
        + Town.run(
            town.host,
            "ip -d addr show mine | sed -E 's/[a-z_]*_timer +[0-9.]+//g; s/ (qdisc|state)"
                + " [a-zA-Z]+//g; s/tso_max_(size|segs) [0-9]+//g; s/,LOWER_UP|NO-CARRIER,//;"
                + " s/[a-z]+_lft [^ ]+//g; s/ tentative//'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ip link add mine type bridge",
        "ip link add mine type bridge; sysctl -qw net.ipv6.conf.mine.disable_ipv6=1",
        "ip link add mine type bridge; sysctl -qw net.ipv4.conf.mine.route_localnet=1;"
            + " ip link set mine up; ip addr add 10.50.0.1/24 dev mine",
        "ip link add mine type bridge; ip link add p0 type veth peer name p1;"
            + " ip link set p0 master mine; ip link set p0 up; ip link set p1 up;"
            + " sysctl -qw net.ipv6.conf.mine.accept_ra=2; ip link set mine up mtu 1400",
        "ip link add mine type bridge; ip link add p0 type veth peer name p1;"
            + " ip link set p0 master mine"
      })
  void itIsAsItWas(String command) throws IOException {
    Town.run(town.host, command);
    Town.run(town.host, "sleep 0.1");
    String before = state();
    String mac = Town.run(town.host, "ip -br link show mine").split("\\s+")[2];

    NetworkContext network = network();
    Town.Container container = town.container(network, 2);
    town.answer(container.namespace, 80, "web");
    container.publish("8080:80");
    assertThat(town.ask(town.neighbour, Town.HOST, 8080)).startsWith("web");
    assertThat(town.ask(town.host, "127.0.0.1", 8080)).startsWith("web");
    assertThat(town.ask(town.host, "fd50::2", 80)).startsWith("web");
    assertThat(Town.run(town.host, "ip -br link show mine")).contains(mac);
    container.withdraw();
    town.driver.leave(container.endpoint);
    town.networks.remove(network);
    town.driver.deleteNetwork(network);

    assertThat(Town.difference(before, state())).isEmpty();
  }

  /** Whoever made the network was killed before it had written down what it found. */
  @Test
  void aBridgeThatNobodyNotedAnythingOfIsNotDeleted() throws IOException {
    Town.run(
        town.host, "ip link add mine type bridge; sysctl -qw net.ipv6.conf.mine.disable_ipv6=1");
    String before = state();
    NetworkContext network = network();
    town.networks.clear();

    town.driver.deleteNetwork(
        new NetworkContext(
            network.id(), network.name(), network.options(), network.pools(), false, Map.of()));

    assertThat(Town.difference(before, state())).isEmpty();
  }

  @Test
  void whatOthersHaveChangedSinceStays() throws IOException {
    Town.run(town.host, "ip link add mine type bridge");
    NetworkContext network = network();
    Town.run(
        town.host,
        "sysctl -qw net.ipv4.conf.mine.route_localnet=0; ip link add p0 type veth peer name p1;"
            + " ip link set p0 master mine; ip addr add 10.51.0.1/24 dev mine");
    town.networks.clear();
    town.driver.deleteNetwork(network);

    assertThat(Town.run(town.host, "ip -br addr show mine"))
        .contains("10.51.0.1/24")
        .doesNotContain("10.50.0.1");
    assertThat(Town.run(town.host, "ip link show mine")).contains(",UP");
  }

  @Test
  void oneThatIsGoneIsNotReplaced() throws IOException {
    Town.run(town.host, "ip link add mine type bridge");
    NetworkContext network = network();
    Town.run(town.host, "ip link del mine");

    assertThatThrownBy(() -> town.container(network, 2))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("the bridge mine is gone");
    town.networks.clear();
    town.driver.deleteNetwork(network);
    assertThat(Town.run(town.host, "ip link")).doesNotContain("mine");
  }
}
