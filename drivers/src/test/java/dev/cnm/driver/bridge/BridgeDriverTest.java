package dev.cnm.driver.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.AddressPool;
import dev.cnm.ConflictException;
import dev.cnm.EndpointOptions;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.NetworkOptions;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.spi.DriverContext;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.EndpointResult;
import dev.cnm.spi.Existing;
import dev.cnm.spi.JoinContext;
import dev.cnm.spi.JoinResult;
import dev.cnm.spi.NamespaceHandle;
import dev.cnm.spi.NetworkContext;
import dev.cnm.spi.NetworkDriver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bridge driver on the kernel, with hosts and sandboxes that the test makes. */
final class BridgeDriverTest {

  private static final String OFF = "net/ipv6/conf/default/disable_ipv6";

  /** Without their state: a bridge says a moment late that its last port is gone. */
  private static final String LINK_NAMES = "ip -o link | cut -d: -f1,2";

  private NetworkNamespace host;
  private NetworkNamespace sandbox;
  private NetworkDriver driver;

  @BeforeEach
  void makeHost() throws IOException {
    host = NetworkNamespace.create();
    sandbox = NetworkNamespace.create(Map.of(OFF, "1", "net/ipv6/conf/all/disable_ipv6", "1"));
    driver =
        new BridgeDriverFactory()
            .create(new DriverContext(handle(host), List.of(), Existing.nothing(), "cnm-00000001"));
  }

  @AfterEach
  void removeHost() throws IOException {
    driver.close();
    sandbox.close();
    host.close();
  }

  private static NamespaceHandle handle(NetworkNamespace namespace) {
    return new NamespaceHandle() {
      @Override
      public Path path() {
        return namespace.path();
      }

      @Override
      public <T> Optional<T> unwrap(Class<T> type) {
        return type.isInstance(namespace) ? Optional.of(type.cast(namespace)) : Optional.empty();
      }
    };
  }

  private static String run(NetworkNamespace namespace, String... command) throws IOException {
    Process process =
        namespace.start(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT));
    return new String(process.getInputStream().readAllBytes());
  }

  private static NetworkContext network(String digit, String subnet, NetworkOptions options) {
    IpPrefix prefix = IpPrefix.parse(subnet);
    String gateway = subnet.replaceFirst("0/[0-9]+$", "1").replaceFirst("::/[0-9]+$", "::1");
    AddressPool pool =
        new AddressPool(
            "pool",
            prefix,
            Optional.empty(),
            Optional.of(IpPrefix.parseAddress(gateway)),
            Map.of());
    return new NetworkContext(
        digit.repeat(64), "net" + digit, options, List.of(pool), false, Map.of());
  }

  private static NetworkContext network() {
    return network("a", "10.99.0.0/24", NetworkOptions.defaults());
  }

  private NetworkContext create(NetworkContext network) throws IOException {
    return new NetworkContext(
        network.id(),
        network.name(),
        network.options(),
        network.pools(),
        false,
        driver.createNetwork(network));
  }

  private EndpointContext endpoint(NetworkContext network, String digit, String address)
      throws IOException {
    IpPrefix prefix = IpPrefix.parse(address);
    EndpointContext plain =
        new EndpointContext(
            network,
            digit.repeat(64),
            "ep" + digit,
            EndpointOptions.defaults(),
            prefix.isIpv6() ? Optional.empty() : Optional.of(prefix),
            prefix.isIpv6() ? Optional.of(prefix) : Optional.empty(),
            Optional.empty(),
            Map.of(),
            List.of());
    EndpointResult result = driver.createEndpoint(plain);
    return new EndpointContext(
        network,
        plain.id(),
        plain.name(),
        plain.options(),
        plain.ipv4(),
        plain.ipv6(),
        result.mac(),
        result.driverState(),
        List.of());
  }

  private JoinResult join(EndpointContext endpoint, NetworkNamespace into) throws IOException {
    return driver.join(
        new JoinContext(endpoint, "c".repeat(64), handle(into), "eth0", true, true, Map.of()));
  }

  @Test
  void aNetworkIsABridgeThatIsUpWithItsOwnAddresses() throws IOException {
    create(network());

    assertThat(run(host, "ip", "-d", "link", "show", "br-aaaaaaaaaaaa"))
        .contains(",UP", "link/ether 02:42:aa:aa:aa:aa", "mtu 1500", "bridge forward_delay");
    assertThat(run(host, "ip", "addr", "show", "br-aaaaaaaaaaaa"))
        .contains("inet 10.99.0.1/24 brd 10.99.0.255 scope global br-aaaaaaaaaaaa");
    assertThat(run(host, "sysctl", "-n", "net.ipv4.ip_forward")).isEqualTo("1\n");
  }

  @Test
  void theTableReadsWell() throws IOException {
    create(network());
    assertThat(run(host, "nft", "list", "table", "inet", "cnm"))
        .contains(
            "set bridges",
            "elements = { \"br-aaaaaaaaaaaa\" comment \"cnm-00000001 aaaaaaaaaaaa neta\" }")
        .contains("iifname . oifname @within accept comment \"within one network\"")
        .contains("\"br-aaaaaaaaaaaa\" . 10.99.0.0/24 comment \"cnm-00000001 aaaaaaaaaaaa neta\"")
        .contains("oifname @bridges drop comment \"nothing else, from outside or other networks\"")
        .contains("ct state established,related accept comment \"answers\"")
        .contains("oifname != @bridges masquerade comment \"to the outside\"");
  }

  @Test
  void anEndpointIsEth0WithAddressAndDefaultRoute() throws IOException {
    EndpointContext endpoint = endpoint(create(network()), "1", "10.99.0.2/24");

    JoinResult result = join(endpoint, sandbox);

    assertThat(result.gateway4()).contains(IpPrefix.parseAddress("10.99.0.1"));
    assertThat(run(sandbox, "ip", "addr"))
        .contains("eth0@if", "<BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue")
        .contains("link/ether 02:42:0a:63:00:02")
        .contains("inet 10.99.0.2/24 brd 10.99.0.255 scope global eth0")
        .contains("inet 127.0.0.1/8 scope host lo")
        .doesNotContain("inet6");
    assertThat(run(sandbox, "ip", "route"))
        .contains("default via 10.99.0.1 dev eth0")
        .contains("10.99.0.0/24 dev eth0 proto kernel scope link src 10.99.0.2");
    assertThat(run(host, "ip", "-d", "link", "show", "veth11111111111"))
        .contains("master br-aaaaaaaaaaaa", "state forwarding", "addrgenmode none");
    assertThat(run(sandbox, "ping", "-c1", "-w5", "10.99.0.1")).contains(" 1 received");
  }

  @Test
  void endpointsReachEachOtherAndTheHostReachesThem() throws IOException {
    NetworkContext network = create(network());
    join(endpoint(network, "1", "10.99.0.2/24"), sandbox);
    try (NetworkNamespace other = NetworkNamespace.create()) {
      join(endpoint(network, "2", "10.99.0.3/24"), other);

      assertThat(run(sandbox, "ping", "-c1", "-w5", "10.99.0.3")).contains(" 1 received");
      assertThat(run(host, "ping", "-c1", "-w5", "10.99.0.3")).contains(" 1 received");
    }
  }

  @Test
  void networksAreApart() throws IOException {
    join(endpoint(create(network()), "1", "10.99.0.2/24"), sandbox);
    NetworkContext second = create(network("b", "10.98.0.0/24", NetworkOptions.defaults()));
    try (NetworkNamespace other = NetworkNamespace.create()) {
      join(endpoint(second, "2", "10.98.0.2/24"), other);

      assertThat(run(sandbox, "ping", "-c1", "-W1", "10.98.0.2")).contains("100% packet loss");
      assertThat(run(sandbox, "ping", "-c1", "-w5", "10.98.0.1")).contains(" 1 received");
    }
  }

  @Test
  void theOutsideSeesTheHostsAddress() throws IOException {
    join(endpoint(create(network()), "1", "10.99.0.2/24"), sandbox);
    try (NetworkNamespace outside = outside()) {
      assertThat(run(sandbox, "ping", "-c1", "-w5", "192.0.2.2")).contains(" 1 received");
      // Without a route back an answer came, so the request had the host's address.
      assertThat(run(outside, "ip", "route")).doesNotContain("10.99.0.0");
    }
  }

  @Test
  void anInternalNetworkHasNoWayOut() throws IOException {
    NetworkOptions internal = NetworkOptions.builder().internal(true).build();
    JoinResult result =
        join(
            endpoint(create(network("a", "10.99.0.0/24", internal)), "1", "10.99.0.2/24"), sandbox);
    try (NetworkNamespace outside = outside()) {
      assertThat(result.gateway4()).isEmpty();
      assertThat(run(sandbox, "ip", "route")).doesNotContain("default");
      run(sandbox, "ip", "route", "add", "default", "via", "10.99.0.1");
      run(host, "sysctl", "-w", "net.ipv4.ip_forward=1");
      run(outside, "ip", "route", "add", "10.99.0.0/24", "via", "192.0.2.1");
      assertThat(run(sandbox, "ping", "-c1", "-W1", "192.0.2.2")).contains("100% packet loss");
      assertThat(run(outside, "ping", "-c1", "-W1", "10.99.0.2")).contains("100% packet loss");
    }
  }

  private NetworkNamespace outside() throws IOException {
    NetworkNamespace outside = NetworkNamespace.create();
    run(
        host,
        "ip",
        "link",
        "add",
        "uplink",
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        outside.path().toString());
    run(host, "ip", "addr", "add", "192.0.2.1/24", "dev", "uplink");
    run(host, "ip", "link", "set", "uplink", "up");
    run(outside, "ip", "addr", "add", "192.0.2.2/24", "dev", "eth0");
    run(outside, "ip", "link", "set", "eth0", "up");
    return outside;
  }

  @Test
  void ipv6IsThereAtOnceWhereTheNetworkHasIt() throws IOException {
    NetworkOptions ipv6 = NetworkOptions.builder().ipv6(true).build();
    NetworkContext network = create(network("a", "fd99::/64", ipv6));

    join(endpoint(network, "1", "fd99::2/64"), sandbox);

    assertThat(run(sandbox, "ip", "-6", "addr"))
        .contains("inet6 fd99::2/64 scope global nodad", "inet6 fe80::", "inet6 ::1/128");
    assertThat(run(sandbox, "ip", "-6", "addr", "show", "scope", "global"))
        .doesNotContain("tentative");
    assertThat(run(sandbox, "ip", "-6", "route")).contains("default via fd99::1 dev eth0");
    assertThat(run(sandbox, "ping", "-c1", "-w5", "fd99::1")).contains(" 1 received");
  }

  @Test
  void withoutIccEndpointsReachTheHostOnly() throws IOException {
    NetworkOptions options =
        NetworkOptions.builder()
            .driverOption("com.docker.network.bridge.enable_icc", "false")
            .build();
    NetworkContext network = create(network("a", "10.99.0.0/24", options));
    join(endpoint(network, "1", "10.99.0.2/24"), sandbox);
    try (NetworkNamespace other = NetworkNamespace.create()) {
      join(endpoint(network, "2", "10.99.0.3/24"), other);

      assertThat(run(sandbox, "ping", "-c1", "-W1", "10.99.0.3")).contains("100% packet loss");
      assertThat(run(sandbox, "ping", "-c1", "-w5", "10.99.0.1")).contains(" 1 received");
    }
  }

  @Test
  void leavingAndDeletingLeaveNothing() throws IOException {
    final String before = run(host, "sh", "-c", LINK_NAMES);
    NetworkContext network = create(network());
    EndpointContext endpoint = endpoint(network, "1", "10.99.0.2/24");
    join(endpoint, sandbox);

    driver.leave(endpoint);
    driver.leave(endpoint);
    assertThat(run(sandbox, "ip", "-br", "link")).doesNotContain("eth0");

    driver.deleteEndpoint(endpoint);
    driver.deleteNetwork(network);
    driver.deleteNetwork(network);
    assertThat(run(host, "sh", "-c", LINK_NAMES)).isEqualTo(before);
    assertThat(run(host, "nft", "list", "table", "inet", "cnm")).doesNotContain("neta");
  }

  @Test
  void aBridgeThatWasThereIsUsedAndStays() throws IOException {
    run(host, "ip", "link", "add", "mine", "type", "bridge");
    NetworkOptions options =
        NetworkOptions.builder().driverOption("com.docker.network.bridge.name", "mine").build();
    NetworkContext network = create(network("a", "10.99.0.0/24", options));
    join(endpoint(network, "1", "10.99.0.2/24"), sandbox);
    assertThat(run(sandbox, "ping", "-c1", "-w5", "10.99.0.1")).contains(" 1 received");

    driver.deleteNetwork(network);

    assertThat(run(host, "ip", "-br", "link")).contains("mine");
  }

  @Test
  void aLinkThatIsNoBridgeIsRefused() throws IOException {
    run(host, "ip", "link", "add", "mine", "type", "veth", "peer", "name", "other");
    NetworkOptions options =
        NetworkOptions.builder().driverOption("com.docker.network.bridge.name", "mine").build();

    assertThatThrownBy(() -> create(network("a", "10.99.0.0/24", options)))
        .isInstanceOf(ConflictException.class)
        .hasMessage("the link mine exists already and is no bridge");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "com.docker.network.bridge.enable_icc=maybe",
        "com.docker.network.driver.mtu=67",
        "com.docker.network.driver.mtu=65536",
        "com.docker.network.driver.mtu=big",
        "com.docker.network.bridge.name=this-name-is-too-long",
        "com.docker.network.container_iface_prefix=much-too-long",
        "com.docker.network.bridge.gateway_mode_ipv4=open",
        "com.docker.network.bridge.gateway_mode_ipv6=isolated",
        "com.docker.network.bridge.default_bridge=true",
        "com.docker.network.bridge.host_binding_ipv4=everywhere",
        "com.docker.network.bridge.trusted_host_interfaces=eth0::eth1",
        "com.docker.network.host_ipv4=fd00::1",
        "com.docker.network.host_ipv6=192.0.2.1",
        "unknown.option=1"
      })
  void badOptionsAreRefusedBeforeAnythingChanges(String option) throws IOException {
    final String before = run(host, "sh", "-c", LINK_NAMES);
    String[] pair = option.split("=");
    NetworkOptions options = NetworkOptions.builder().driverOption(pair[0], pair[1]).build();

    assertThatThrownBy(() -> create(network("a", "10.99.0.0/24", options)))
        .isInstanceOf(InvalidParameterException.class);
    assertThat(run(host, "sh", "-c", LINK_NAMES)).isEqualTo(before);
    assertThat(run(host, "nft", "list", "tables")).isEmpty();
  }

  /** Each step of the plan is made to fail by what is in its way already. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "host: ip link add veth11111111111 type bridge",
        "sandbox: ip link add eth0 type bridge",
        "sandbox: ip link set lo up; ip route add default dev lo"
      })
  void aJoinThatFailsLeavesNothing(String obstacle) throws IOException {
    EndpointContext endpoint = endpoint(create(network()), "1", "10.99.0.2/24");
    NetworkNamespace where = obstacle.startsWith("host") ? host : sandbox;
    run(where, "sh", "-c", obstacle.substring(obstacle.indexOf(' ') + 1));
    final String onHost = run(host, "sh", "-c", LINK_NAMES);
    final String inside = run(sandbox, "ip", "-o", "addr");

    assertThatThrownBy(() -> join(endpoint, sandbox))
        .isInstanceOf(NetlinkException.class)
        .hasMessageContaining("EEXIST");

    assertThat(run(host, "sh", "-c", LINK_NAMES)).isEqualTo(onHost);
    assertThat(run(sandbox, "ip", "-o", "addr")).isEqualTo(inside);
  }

  @Test
  void aBridgeThatSomebodyRemovedIsMadeAgain() throws IOException {
    NetworkContext network = create(network());
    run(host, "ip", "link", "del", "br-aaaaaaaaaaaa");

    join(endpoint(network, "1", "10.99.0.2/24"), sandbox);

    assertThat(run(sandbox, "ping", "-c1", "-w5", "10.99.0.1")).contains(" 1 received");
  }

  @Test
  void aBridgeThatSomebodyRemovedAfterAJoinIsMadeAgain() throws IOException {
    NetworkContext network = create(network());
    join(endpoint(network, "1", "10.99.0.2/24"), sandbox);
    run(host, "ip", "link", "del", "br-aaaaaaaaaaaa");

    try (NetworkNamespace second = NetworkNamespace.create()) {
      join(endpoint(network, "2", "10.99.0.3/24"), second);

      assertThat(run(second, "ping", "-c1", "-w5", "10.99.0.1")).contains(" 1 received");
    }
  }

  @Test
  void twoHostsInOneProcessDontSeeEachOther() throws IOException {
    try (NetworkNamespace second = NetworkNamespace.create();
        NetworkDriver its =
            new BridgeDriverFactory()
                .create(
                    new DriverContext(
                        handle(second), List.of(), Existing.nothing(), "cnm-00000001"))) {
      create(network());
      its.createNetwork(network());

      assertThat(run(second, "ip", "-br", "link")).contains("br-aaaaaaaaaaaa");
      driver.deleteNetwork(network());
      assertThat(run(second, "ip", "-br", "link")).contains("br-aaaaaaaaaaaa");
    }
  }
}
