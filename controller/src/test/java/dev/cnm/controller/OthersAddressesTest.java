package dev.cnm.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.AddressInUseException;
import dev.cnm.EndpointOptions;
import dev.cnm.IpPrefix;
import dev.cnm.IpamConfig;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import dev.cnm.controller.state.MemoryStateStore;
import org.junit.jupiter.api.Test;

/** On a bridge of the administrator's, an endpoint gets the first address that nobody has. */
final class OthersAddressesTest {

  @Test
  void addressesOfOthersArePassedOver() throws Exception {
    try (TestHost host = new TestHost();
        LocalController controller = host.open(new MemoryStateStore())) {
      host.ip("link", "add", "mine", "type", "bridge");
      host.ip("link", "set", "mine", "up");
      host.ip("addr", "add", "10.50.0.1/24", "dev", "mine");
      host.ip("addr", "add", "10.50.0.2/24", "dev", "mine");
      String mac = "02:00:00:00:00:77";
      host.ip("neigh", "add", "10.50.0.3", "lladdr", mac, "nud", "permanent", "dev", "mine");
      Network network =
          controller.newNetwork(
              "bridge",
              "web",
              NetworkOptions.builder()
                  .pool(IpamConfig.of(IpPrefix.parse("10.50.0.0/24")))
                  .driverOption("com.docker.network.bridge.name", "mine")
                  .build());

      assertThat(network.createEndpoint("c1").ipv4().orElseThrow().toString())
          .isEqualTo("10.50.0.4/24");
      assertThatThrownBy(() ->
              network.createEndpoint(
                  "c2",
                  EndpointOptions.builder().address(IpPrefix.parseAddress("10.50.0.3")).build()))
          .isInstanceOf(AddressInUseException.class)
          .hasMessageContainingAll("10.50.0.3", mac);
      assertThat(network.createEndpoint("c2").ipv4().orElseThrow().toString())
          .isEqualTo("10.50.0.5/24");
      // What was passed over is free once the other one has gone.
      host.ip("neigh", "del", "10.50.0.3", "dev", "mine");
      assertThat(network.createEndpoint("c3").ipv4().orElseThrow().toString())
          .isEqualTo("10.50.0.3/24");
    }
  }
}
