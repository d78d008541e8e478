package dev.cnm.driver.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.ConflictException;
import dev.cnm.ExhaustedException;
import dev.cnm.NetworkOptions;
import dev.cnm.PortBinding;
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

/** Docker's labels: what each lets pass and what it doesn't, asked from inside and outside. */
final class ReachabilityTest {

  private static final String BRIDGE = "com.docker.network.bridge.";

  private Town town;

  @BeforeEach
  void build() throws IOException {
    town = new Town();
  }

  @AfterEach
  void close() throws IOException {
    town.close();
  }

  private static NetworkOptions.Builder options(String... pairs) {
    NetworkOptions.Builder options = NetworkOptions.builder();
    for (String pair : pairs) {
      String[] label = pair.split("=", 2);
      options.driverOption(label[0], label[1]);
    }
    return options;
  }

  private Town.Container server(NetworkContext network, int number) throws IOException {
    Town.Container made = town.container(network, number);
    town.answer(made.namespace, 80, "web");
    town.answer(made.namespace, 81, "more");
    return made;
  }

  private NetworkContext both(String name, int number, NetworkOptions.Builder options)
      throws IOException {
    return town.network(
        name, options, "10.99.%d.0/24".formatted(number), "fd99:%d::/64".formatted(number));
  }

  private Town.Container stranger() throws IOException {
    return town.container(both("other", 9, options()), 2);
  }

  private static boolean pings(NetworkNamespace from, String address) throws IOException {
    return Town.run(from, "ping -c1 -W3 " + address).contains(" 1 received");
  }

  private static boolean pingsNot(NetworkNamespace from, String address) throws IOException {
    return Town.run(from, "ping -c1 -W1 " + address).contains("100% packet loss");
  }

  @Test
  void networksAreApartInBothFamilies() throws IOException {
    Town.Container server = server(both("web", 1, options()), 2);
    Town.Container other = stranger();

    assertThat(town.ask(town.host, server.ip(), 80)).startsWith("web");
    assertThat(town.ask(town.host, server.ip6(), 80)).startsWith("web");
    assertThat(town.isSilent(other.namespace, server.ip(), 80)).isTrue();
    assertThat(town.isSilent(other.namespace, server.ip6(), 80)).isTrue();
    assertThat(pings(other.namespace, "192.0.2.2")).isTrue();
    assertThat(pings(other.namespace, "2001:db8::2")).isTrue();
  }

  @Test
  void aRoutedNetworkIsReachedAtItsPublishedPortsByItsOwnAddress() throws IOException {
    Town.Container server =
        server(
            both(
                "web",
                1,
                options(BRIDGE + "gateway_mode_ipv4=routed", BRIDGE + "gateway_mode_ipv6=routed")),
            2);
    List<PortBinding> bindings = server.publish("8080:80");

    assertThat(bindings.stream().map(PortBinding::toString))
        .containsExactly("80/tcp -> 10.99.1.2:80", "80/tcp -> [fd99:1::2]:80");
    for (NetworkNamespace from : List.of(town.neighbour, stranger().namespace)) {
      assertThat(town.ask(from, server.ip(), 80)).startsWith("web");
      assertThat(town.ask(from, server.ip6(), 80)).startsWith("web");
      assertThat(town.isSilent(from, server.ip(), 81)).isTrue();
      assertThat(town.isSilent(from, server.ip6(), 81)).isTrue();
      assertThat(pings(from, server.ip())).isTrue();
      assertThat(pings(from, server.ip6())).isTrue();
    }
    assertThat(town.isSilent(town.neighbour, Town.HOST, 8080)).isTrue();
    // Nothing is translated on the way out.
    town.answer(town.neighbour, 70, "neighbour");
    Town.run(town.neighbour, "ip route replace 10.99.0.0/16 via 192.0.2.1");
    assertThat(town.ask(server.namespace, "192.0.2.2", 70)).isEqualTo("neighbour 10.99.1.2");
    server.withdraw();
    assertThat(town.isSilent(town.neighbour, server.ip(), 80)).isTrue();
  }

  @Test
  void anUnprotectedNetworkIsReachedAtAllItsPorts() throws IOException {
    Town.Container server =
        server(
            both(
                "web",
                1,
                options(
                    BRIDGE + "gateway_mode_ipv4=nat-unprotected",
                    BRIDGE + "gateway_mode_ipv6=nat-unprotected")),
            2);
    server.publish("8080:80");

    assertThat(town.ask(town.neighbour, Town.HOST, 8080)).startsWith("web");
    assertThat(town.ask(town.neighbour, server.ip(), 81)).startsWith("more");
    assertThat(town.ask(town.neighbour, server.ip6(), 81)).startsWith("more");
    town.answer(town.neighbour, 70, "neighbour");
    assertThat(town.ask(server.namespace, "192.0.2.2", 70)).isEqualTo("neighbour 192.0.2.1");
  }

  @Test
  void eachFamilyHasItsOwnMode() throws IOException {
    Town.Container server = server(both("web", 1, options(BRIDGE + "gateway_mode_ipv6=routed")), 2);
    List<PortBinding> bindings = server.publish("8080:80");

    assertThat(bindings.stream().map(PortBinding::toString))
        .containsExactly("80/tcp -> 0.0.0.0:8080", "80/tcp -> [fd99:1::2]:80");
    assertThat(town.ask(town.neighbour, Town.HOST, 8080)).startsWith("web");
    assertThat(town.ask(town.neighbour, server.ip6(), 80)).startsWith("web");
    assertThat(town.isSilent(town.neighbour, server.ip(), 80)).isTrue();
  }

  @Test
  void theBridgesLinkLocalAddressIsNotWaitedFor() throws IOException {
    NetworkContext network = both("web", 1, options(BRIDGE + "gateway_mode_ipv6=routed"));
    String bridge = Bridges.name(network);
    assertThat(Town.run(town.host, "ip -6 addr show dev " + bridge))
        .contains("fd99:1::1/64", "fe80::42:")
        .doesNotContain("tentative");

    Town.Container server = server(network, 2);
    server.publish("8080:80");
    assertThat(town.ask(town.neighbour, server.ip6(), 80)).startsWith("web");
    assertThat(Town.run(town.host, "ip -6 addr show dev " + bridge + " scope link"))
        .containsOnlyOnce("inet6 fe80::42:");
  }

  @Test
  void anInternalNetworkHasNoWayInOrOut() throws IOException {
    Town.Container server = server(both("web", 1, options().internal(true)), 2);
    assertThat(server.publish("8080:80")).isEmpty();
    Town.Container second = town.container(town.networks.getFirst(), 3);
    Town.run(
        server.namespace,
        "ip route add default via 10.99.1.1; ip -6 route add default via fd99:1::1");

    assertThat(town.ask(second.namespace, server.ip(), 80)).startsWith("web");
    assertThat(town.ask(town.host, server.ip(), 80)).startsWith("web");
    for (NetworkNamespace from : List.of(town.neighbour, stranger().namespace)) {
      assertThat(town.isSilent(from, server.ip(), 80)).isTrue();
      assertThat(town.isSilent(from, server.ip6(), 80)).isTrue();
    }
    assertThat(pingsNot(server.namespace, "192.0.2.2")).isTrue();
    assertThat(pingsNot(server.namespace, "2001:db8::2")).isTrue();
  }

  @Test
  void anIsolatedNetworkHasNoGateway() throws IOException {
    NetworkContext network =
        both(
            "web",
            1,
            options(BRIDGE + "gateway_mode_ipv4=isolated", BRIDGE + "gateway_mode_ipv6=isolated")
                .internal(true));
    Town.Container server = server(network, 2);

    assertThat(town.ask(town.container(network, 3).namespace, server.ip(), 80)).startsWith("web");
    assertThat(Town.run(town.host, "ip addr show " + Bridges.name(network)))
        .doesNotContain("10.99.1.1", "fd99:1::1");
    assertThat(town.isSilent(town.host, server.ip(), 80)).isTrue();
  }

  @Test
  void withoutIccEndpointsMeetAtPublishedPortsOnly() throws IOException {
    NetworkContext network = both("web", 1, options(BRIDGE + "enable_icc=false"));
    Town.run(
        town.host, "f=/proc/sys/net/bridge/bridge-nf-call-iptables; ! test -e $f || echo 0 > $f");
    Town.Container server = server(network, 2);
    server.publish("8080:80");
    Town.Container second = town.container(network, 3);

    assertThat(town.ask(second.namespace, Town.HOST, 8080)).startsWith("web");
    assertThat(town.isSilent(second.namespace, server.ip(), 80)).isTrue();
    // Nor through the host.
    Town.run(second.namespace, "ip route add 10.99.1.2 via 10.99.1.1");
    assertThat(town.isSilent(second.namespace, server.ip(), 80)).isTrue();
  }

  @Test
  void aTrustedLinkReachesEndpointsDirectly() throws IOException {
    Town.Container server =
        server(both("web", 1, options(BRIDGE + "trusted_host_interfaces=lan:eth7")), 2);

    assertThat(town.ask(town.neighbour, server.ip(), 81)).startsWith("more");
    assertThat(town.isSilent(town.outsider, server.ip(), 81)).isTrue();
  }

  @Test
  void theOutsideSeesTheAddressThatWasChosen() throws IOException {
    Town.run(
        town.host, "ip addr add 192.0.2.77/24 dev lan; ip addr add 2001:db8::77/64 dev lan nodad");
    Town.Container client =
        town.container(
            both(
                "web",
                1,
                options(
                    "com.docker.network.host_ipv4=192.0.2.77",
                    "com.docker.network.host_ipv6=2001:db8::77")),
            2);
    town.answer(town.neighbour, 70, "neighbour");

    assertThat(town.ask(client.namespace, "192.0.2.2", 70)).isEqualTo("neighbour 192.0.2.77");
    assertThat(town.ask(client.namespace, "2001:db8::2", 70))
        .isEqualTo("neighbour 2001:db8:0:0:0:0:0:77");
  }

  @Test
  void withoutMasqueradeTheOutsideSeesTheEndpoint() throws IOException {
    Town.Container client =
        town.container(both("web", 1, options(BRIDGE + "enable_ip_masquerade=false")), 2);
    town.answer(town.neighbour, 70, "neighbour");

    assertThat(town.ask(client.namespace, "192.0.2.2", 70)).isEqualTo("neighbour 10.99.1.2");
    assertThat(town.ask(client.namespace, "2001:db8::2", 70)).startsWith("neighbour fd99:");
  }

  @Test
  void portsArePublishedAtTheNetworksAddress() throws IOException {
    Town.Container server =
        server(both("web", 1, options(BRIDGE + "host_binding_ipv4=192.0.2.1")), 2);

    assertThat(server.publish("8080:80").toString()).isEqualTo("[80/tcp -> 192.0.2.1:8080]");
    assertThat(town.ask(town.neighbour, Town.HOST, 8080)).startsWith("web");
    assertThat(town.isSilent(town.outsider, "198.51.100.1", 8080)).isTrue();
  }

  @Test
  void anIpv6NetworkNeedsNoIpv4() throws IOException {
    Town.Container server = server(town.network("web", options(), "fd99:1::/64"), 2);
    server.publish("8080:80");
    town.answer(town.neighbour, 70, "neighbour");

    assertThat(town.ask(town.neighbour, Town.HOST_6, 8080)).startsWith("web 2001:");
    assertThat(town.ask(server.namespace, "2001:db8::2", 70)).startsWith("neighbour 2001:db8:");
    assertThat(Town.run(server.namespace, "ip -4 addr show eth0")).isEmpty();
    assertThat(Town.run(server.namespace, "sysctl -n net.ipv6.conf.eth0.accept_ra"))
        .isEqualTo("0\n");
  }

  @Test
  void aBridgeThatWasThereIsLeftAsItWas() throws IOException {
    Town.run(
        town.host,
        "ip link add mine address 02:00:00:00:00:07 type bridge; ip addr add 10.50.0.1/24 dev"
            + " mine");
    String before = Town.run(town.host, "ip -o -4 addr show mine");
    NetworkContext network = both("web", 1, options(BRIDGE + "name=mine"));
    Town.Container server = server(network, 2);
    assertThat(town.ask(town.host, server.ip(), 80)).startsWith("web");
    assertThat(
            Town.run(town.host, "cat /sys/class/net/mine/address 2>/dev/null; ip link show mine"))
        .contains("02:00:00:00:00:07");
    assertThatThrownBy(() -> both("second", 2, options(BRIDGE + "name=mine")))
        .isInstanceOf(ConflictException.class)
        .hasMessage("the bridge mine carries the network web already");

    town.driver.leave(server.endpoint);
    town.driver.deleteNetwork(network);

    assertThat(Town.run(town.host, "ip -o -4 addr show mine")).isEqualTo(before);
  }

  @Test
  void neighboursLearnWhereAnAddressIsNow() throws IOException {
    NetworkContext network = both("web", 1, options());
    Town.Container client = town.container(network, 3);
    Town.run(
        client.namespace,
        "ip neigh add 10.99.1.2 lladdr 02:00:00:00:00:99 nud stale dev eth0;"
            + "ip -6 neigh add fd99:1::2 lladdr 02:00:00:00:00:99 nud stale dev eth0");

    Town.Container server = server(network, 2);

    String mac = server.endpoint.mac().orElseThrow().toString();
    assertThat(Town.run(client.namespace, "ip neigh show 10.99.1.2")).contains(mac);
    assertThat(Town.run(client.namespace, "ip neigh show fd99:1::2")).contains(mac);
  }

  @Test
  void theNumberOfRulesIsTheSameHoweverMuchThereIs() throws IOException {
    Town.Container server = server(both("n1", 1, options()), 2);
    server.publish("8080:80");
    String rules =
        "nft -a list table inet cnm | grep -c '# handle.*'; nft list table inet cnm"
            + " | grep -cE ' (accept|drop|masquerade|jump|dnat|snat)'";
    String before = Town.run(town.host, rules);

    for (int i = 2; i < 6; i++) {
      town.container(both("n" + i, i, options()), 2)
          .publish("%d-%d:80-89".formatted(8000 + 10 * i, 8009 + 10 * i));
    }

    assertThat(Town.run(town.host, rules)).isEqualTo(before);
    assertThat(Town.run(town.host, "nft -j list map inet cnm ports4")).contains("n3/c2", "8035");
  }

  @Test
  void aFullBridgeSaysSo() throws IOException {
    NetworkContext network = both("web", 1, options());
    // Both ends of 511 pairs, and one more: 1023 is all that the kernel gives.
    Town.run(
        town.host,
        "(seq 511 | sed 's/.*/link add a& master %1$s type veth peer name b&\\nlink set b& master %1$s/';"
                .formatted(Bridges.name(network))
            + "echo link add a0 master %s type veth peer name b0) | ip -batch -"
                .formatted(Bridges.name(network)));
    String before = Town.run(town.host, "ip -o link | wc -l");

    assertThatThrownBy(() -> town.container(network, 2))
        .isInstanceOf(ExhaustedException.class)
        .hasMessageContaining("has 1023 ports already")
        .hasMessageContaining("use another network");

    assertThat(Town.run(town.host, "ip -o link | wc -l")).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nft add table ip filter; nft add chain ip filter FORWARD"
            + " '{type filter hook forward priority 0; policy drop;}'",
        "nft add table inet mine; nft add chain inet mine passing"
            + " '{type filter hook forward priority 10; policy drop;}'"
      })
  void aFirewallThatDropsWhatPassesIsFound(String firewall) throws IOException {
    Town.Container server = server(town.network("web", options(), "10.99.1.0/24"), 2);
    server.publish("8080:80");
    assertThat(town.troubles()).isEmpty();

    Town.run(town.host, firewall);

    assertThat(town.isSilent(town.neighbour, Town.HOST, 8080)).isTrue();
    List<Finding> findings = town.troubles();
    assertThat(findings).hasSize(1);
    assertThat(findings.getFirst().severity()).isEqualTo(Finding.Severity.WARNING);
    // What it says helps.
    Town.run(town.host, findings.getFirst().remedy());
    assertThat(town.ask(town.neighbour, Town.HOST, 8080)).startsWith("web");
  }
}
