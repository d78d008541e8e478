package dev.cnm.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.ConflictException;
import dev.cnm.Endpoint;
import dev.cnm.EndpointOptions;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.IpamConfig;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import dev.cnm.Sandbox;
import dev.cnm.controller.state.MemoryStateStore;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several networks in one sandbox: who gives the default routes, and how the links are called. */
final class GatewaysTest {

  private TestHost host;
  private LocalController controller;
  private Sandbox sandbox;

  @BeforeEach
  void open() throws IOException {
    host = new TestHost();
    controller = host.open(new MemoryStateStore());
    sandbox = controller.newSandbox("c1");
  }

  @AfterEach
  void close() throws IOException {
    controller.close();
    host.close();
  }

  private Network network(String name, int number) throws IOException {
    return controller.newNetwork(
        "bridge", name, NetworkOptions.subnet("10.99." + number + ".0/24"));
  }

  private Network dualStack(String name, int number) throws IOException {
    return controller.newNetwork(
        "bridge",
        name,
        NetworkOptions.builder()
            .ipv6(true)
            .pool(IpamConfig.of(IpPrefix.parse("10.99." + number + ".0/24")))
            .pool(IpamConfig.of(IpPrefix.parse("fd00:" + number + "::/64")))
            .build());
  }

  private Network ipv6Only(String name, int number) throws IOException {
    return controller.newNetwork(
        "bridge",
        name,
        NetworkOptions.builder()
            .ipv4(false)
            .ipv6(true)
            .pool(IpamConfig.of(IpPrefix.parse("fd00:" + number + "::/64")))
            .build());
  }

  private Endpoint join(Network network, int priority) throws IOException {
    Endpoint endpoint =
        network.createEndpoint("c1", EndpointOptions.builder().gatewayPriority(priority).build());
    endpoint.join(sandbox);
    return endpoint;
  }

  private String route4() throws Exception {
    return TestHost.ip(sandbox, "-4", "route", "show", "default");
  }

  private String route6() throws Exception {
    return TestHost.ip(sandbox, "-6", "route", "show", "default");
  }

  @Test
  void aHigherPriorityTakesTheDefaultRouteAndGivesItBack() throws Exception {
    join(network("a", 1), 0);
    Endpoint first = join(network("z", 2), 5);

    assertThat(route4()).hasLineCount(1).contains("via 10.99.2.1 dev eth1");
    assertThat(sandbox.endpoints().getFirst()).isEqualTo(first);
    first.leave();
    assertThat(route4()).hasLineCount(1).contains("via 10.99.1.1 dev eth0");
  }

  @Test
  void aNegativePriorityYieldsToEveryOther() throws Exception {
    join(network("a", 1), -1);
    join(network("b", 2), 0);

    assertThat(route4()).hasLineCount(1).contains("dev eth1");
  }

  @Test
  void eachFamilyHasItsOwnDefaultRoute() throws Exception {
    join(network("a", 1), 10);
    Endpoint both = join(dualStack("b", 2), 5);
    join(ipv6Only("c", 3), 0);

    assertThat(route4()).hasLineCount(1).contains("via 10.99.1.1 dev eth0");
    assertThat(route6()).hasLineCount(1).contains("via fd00:2::1 dev eth1");
    both.leave();
    assertThat(route4()).hasLineCount(1).contains("via 10.99.1.1 dev eth0");
    assertThat(route6()).hasLineCount(1).contains("via fd00:3::1 dev eth2");
  }

  @Test
  void anInternalNetworkNeverGivesOne() throws Exception {
    Network internal =
        controller.newNetwork(
            "bridge",
            "a",
            NetworkOptions.builder()
                .internal(true)
                .pool(IpamConfig.of(IpPrefix.parse("10.99.1.0/24")))
                .build());
    join(internal, 100);

    assertThat(route4()).isEmpty();
    join(network("b", 2), 0);
    assertThat(route4()).contains("via 10.99.2.1 dev eth1");
  }

  @Test
  void theInterfaceHasTheNameThatWasAskedFor() throws Exception {
    Network web = network("web", 1);
    EndpointOptions named =
        EndpointOptions.builder().driverOption(EndpointOptions.INTERFACE_NAME, "uplink").build();
    Endpoint endpoint = web.createEndpoint("c1", named);
    endpoint.join(sandbox);

    assertThat(endpoint.interfaceName()).contains("uplink");
    assertThat(TestHost.ip(sandbox, "-br", "addr", "show", "uplink")).contains("10.99.1.2/24");
    Endpoint other = network("other", 2).createEndpoint("c1", named);
    assertThatThrownBy(() -> other.join(sandbox))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("uplink");
    assertThat(other.sandbox()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "net.ipv4.conf.IFNAME.log_martians",
        "net.ipv4.conf.eth0.log_martians=1",
        "net.core.conf.IFNAME.x=1",
        "kernel.hostname=1",
        "net.ipv4.conf.IFNAME./../../../kernel/x=1",
        "net.ipv4.conf.IFNAME.log_martians=1,,"
      })
  void aSettingThatIsNoneOfAnInterfaceIsRefused(String setting) throws IOException {
    Network web = network("web", 1);
    EndpointOptions options =
        EndpointOptions.builder().driverOption(EndpointOptions.SYSCTLS, setting).build();

    assertThatThrownBy(() -> web.createEndpoint("c1", options))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining("sysctl");
    assertThat(web.endpoints()).isEmpty();
  }
}
