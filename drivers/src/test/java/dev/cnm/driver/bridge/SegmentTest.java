package dev.cnm.driver.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.AddressInUseException;
import dev.cnm.NetworkOptions;
import dev.cnm.spi.NetworkContext;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On a bridge with others, nobody gets what one of them has. */
final class SegmentTest {

  private static final String MAC = "02:00:00:00:00:77";

  private Town town;

  @BeforeEach
  void build() throws IOException {
    town = new Town(HostSettings.PLAIN);
    Town.run(
        town.host,
        "ip link add mine type bridge; ip link add port type veth peer name eth1 netns %s;"
                .formatted(town.outsider.path())
            + "ip link set port master mine; ip link set port up; ip link set mine up;"
            + " ip addr add 10.50.0.1/24 dev mine; ip addr add fd50::1/64 dev mine nodad;"
            + " ip addr add fe80::51/64 dev mine nodad");
    Town.run(
        town.outsider,
        "ip link set eth1 address %s; ip link set eth1 up; ip link show eth1 >/dev/null"
            .formatted(MAC));
    Town.run(town.host, "ip link show port >/dev/null");
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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "outsider | ip addr add 10.50.0.5/24 dev eth1 | 10.50.0.5 | " + MAC,
        "outsider | ip addr add fd50::5/64 dev eth1 nodad | fd50::5 | " + MAC,
        "host | ip addr add 10.50.0.5/24 dev mine | 10.50.0.5 | this host itself",
        "host | ip addr add fd50::5/64 dev mine nodad | fd50::5 | this host itself",
        "host | ip neigh add 10.50.0.5 lladdr 02:00:00:00:00:77 nud stale dev mine | 10.50.0.5 | "
            + MAC,
      })
  void whatSomebodyHasIsRefused(String where, String command, String address, String holder)
      throws IOException {
    Town.run(where.equals("host") ? town.host : town.outsider, command);
    NetworkContext network = network();

    assertThatThrownBy(() -> town.container(network, 5))
        .isInstanceOf(AddressInUseException.class)
        .hasMessageContainingAll(address, "mine", holder);
  }

  @Test
  void whatAnEndpointHadIsFreeAgain() throws IOException {
    NetworkContext network = network();
    for (int i = 0; i < 2; i++) {
      Town.Container container = town.container(network, 5);
      town.answer(container.namespace, 80, "web");
      assertThat(town.ask(town.host, container.ip(), 80)).startsWith("web");
      assertThat(town.ask(town.host, container.ip6(), 80)).startsWith("web");
      town.driver.leave(container.endpoint);
      town.driver.deleteEndpoint(container.endpoint);
    }
  }

  @Test
  void theGatewayOfOthersIsNotTakenOver() throws IOException {
    Town.run(town.host, "ip addr del 10.50.0.1/24 dev mine");
    Town.run(town.outsider, "ip addr add 10.50.0.1/24 dev eth1");

    assertThatThrownBy(this::network)
        .isInstanceOf(AddressInUseException.class)
        .hasMessageContainingAll("10.50.0.1", MAC);
    assertThat(Town.run(town.host, "ip addr show mine")).doesNotContain("10.50.0.1");
    assertThat(Town.run(town.host, "nft list table inet cnm")).doesNotContain("mine");
  }
}
