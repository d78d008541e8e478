package dev.cnm.driver.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.NetworkOptions;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.spi.NetworkContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A published port from every place, by both protocols and families, however the host is set up:
 * the same answers, and the same policy, whether the kernel or a proxy carries it.
 */
final class WaysInTest {

  private Town town;

  @AfterEach
  void close() throws IOException {
    town.close();
  }

  private NetworkContext both(String name, int number, NetworkOptions.Builder options)
      throws IOException {
    return town.network(
        name, options, "10.99.%d.0/24".formatted(number), "fd99:%d::/64".formatted(number));
  }

  private void serve(Town.Container server) throws IOException {
    town.answer(server.namespace, 80, "web");
    town.answerDatagrams(server.namespace, 53, "dns");
  }

  /** What is answered to each asker that should be answered, by each way; empty if all is right. */
  private List<String> wrong(Map<String, NetworkNamespace> askers, List<String> addresses)
      throws IOException {
    List<String> wrong = new ArrayList<>();
    for (Map.Entry<String, NetworkNamespace> asker : askers.entrySet()) {
      for (String address : addresses) {
        if (address.contains(":") && !town.settings.hasIpv6()) {
          continue;
        }
        String stream = town.ask(asker.getValue(), address, 8080);
        if (!stream.startsWith("web ")) {
          wrong.add("tcp from " + asker.getKey() + " to " + address + ": " + stream);
        }
        String datagram = town.askByDatagram(asker.getValue(), address, 5300);
        if (!datagram.startsWith("dns ")) {
          wrong.add("udp from " + asker.getKey() + " to " + address + ": " + datagram);
        }
      }
    }
    return wrong;
  }

  /** By somebody else's tool: Java finds no link of another namespace for a link-local address. */
  private static boolean isAnswered(NetworkNamespace from, String address, int port)
      throws IOException {
    String to = address.contains(":") ? "TCP6:[%s]:%d" : "TCP4:%s:%d";
    return !Town.run(
            from,
            "echo hello | socat -t1 - '%s,connect-timeout=0.4' 2>/dev/null; true"
                .formatted(to.formatted(address, port)))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "PLAIN, true",
    "PLAIN, false",
    "BRIDGE_NETFILTER, true",
    "BRIDGE_NETFILTER, false",
    "STRICT_REVERSE_PATH, true",
    "STRICT_BRIDGE_NETFILTER, false",
    "WITHOUT_IPV6, false"
  })
  void everybodyReachesAPublishedPortByEveryWay(HostSettings settings, boolean icc)
      throws IOException {
    town = new Town(settings);
    String option = "com.docker.network.bridge.enable_icc";
    NetworkContext web =
        both("web", 1, NetworkOptions.builder().driverOption(option, String.valueOf(icc)));
    NetworkContext shared = both("shared", 2, NetworkOptions.builder());
    NetworkContext other = both("other", 3, NetworkOptions.builder());
    Town.Container server = town.container(web, 2);
    server.join(shared, 2);
    serve(server);
    server.publish("8080:80", "5300:53/udp");
    Town.Container twoLegs = town.container(web, 4);
    twoLegs.join(shared, 4);
    Town.Container sharedFirst = town.container(shared, 5);
    sharedFirst.join(web, 5);

    Map<String, NetworkNamespace> askers = new LinkedHashMap<>();
    askers.put("the host", town.host);
    askers.put("the neighbour", town.neighbour);
    askers.put("the container itself", server.namespace);
    askers.put("its network", town.container(web, 3).namespace);
    askers.put("its other network", town.container(shared, 3).namespace);
    askers.put("another network", town.container(other, 2).namespace);
    askers.put("both of its networks", twoLegs.namespace);
    askers.put("both, the other one first", sharedFirst.namespace);

    assertThat(wrong(askers, List.of(Town.HOST, "10.99.1.1", Town.HOST_6, "fd99:1::1"))).isEmpty();
    assertThat(wrong(Map.of("the host", town.host), List.of("127.0.0.1", "::1"))).isEmpty();
    // The kernel carries what it can: whoever can be answered straight is seen as he is.
    assertThat(town.ask(askers.get("another network"), Town.HOST, 8080)).endsWith(" 10.99.3.2");
    assertThat(town.ask(town.neighbour, Town.HOST, 8080)).endsWith(" 192.0.2.2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PLAIN", "BRIDGE_NETFILTER"})
  void anInternalNetworkReachesNoPublishedPort(HostSettings settings) throws IOException {
    town = new Town(settings);
    Town.Container server = town.container(both("web", 1, NetworkOptions.builder()), 2);
    Town.Container old =
        town.container(town.network("old", NetworkOptions.builder(), "10.97.0.0/24"), 2);
    serve(server);
    town.answer(old.namespace, 80, "old");
    server.publish("8080:80", "5300:53/udp");
    old.publish("8081:80");
    NetworkContext secret = both("secret", 2, NetworkOptions.builder().internal(true));
    Town.Container inner = town.container(secret, 2);
    Town.run(
        inner.namespace,
        "ip route add default via 10.99.2.1; ip -6 route add default via fd99:2::1");
    String linkLocal =
        Town.run(town.host, "ip -6 -o addr show scope link dev " + Bridges.name(secret))
                .replaceFirst("(?s).*inet6 (fe80[^/]*)/.*", "$1")
            + "%eth0";

    assertThat(town.ask(town.neighbour, Town.HOST_6, 8080)).startsWith("web ");
    assertThat(town.ask(town.neighbour, Town.HOST_6, 8081)).startsWith("old ");
    for (String address : List.of(Town.HOST, "10.99.2.1", Town.HOST_6, "fd99:2::1", linkLocal)) {
      assertThat(isAnswered(inner.namespace, address, 8080)).as(address).isFalse();
      assertThat(isAnswered(inner.namespace, address, 8081)).as(address).isFalse();
    }
  }

  /** By their rule: who is refused then, and by which address of the host he asks. */
  @ParameterizedTest
  @CsvSource({
    "ip6 saddr 2001:db8::2 drop, neighbour, 2001:db8::1",
    "iifname lan drop, neighbour, 2001:db8::1",
    "iifname lan tcp dport 8081 drop, neighbour, 2001:db8::1",
    "meta l4proto tcp ct original proto-dst 8081 drop, neighbour, 2001:db8::1",
    "tcp dport 80 drop, neighbour, 2001:db8::1",
    "ip daddr 10.97.0.2 drop, neighbour, 2001:db8::1",
    "ip saddr 10.97.0.2 drop, neighbour, 2001:db8::1",
    "ip6 daddr 2001:db8::2 drop, neighbour, 2001:db8::1",
    "meta l4proto tcp reject, neighbour, 2001:db8::1",
    "meta l4proto tcp reject, neighbour, fe80::1%eth0",
    "ip6 saddr fe80::/64 drop, neighbour, fe80::1%eth0",
    "meta l4proto tcp reject, host, ::1",
    "meta l4proto tcp ct original proto-dst 8081 drop, host, ::1",
    "meta l4proto tcp ct original proto-dst 8081 drop, host, 127.0.0.1",
    "tcp dport 80 drop, host, 192.0.2.1",
    "meta l4proto tcp ct original proto-dst 8081 drop, same, 192.0.2.1",
    "ip saddr 10.97.0.3 drop, same, 192.0.2.1",
    "ip saddr 10.97.0.3 drop, same, 10.97.0.1",
    "ip daddr 10.97.0.3 drop, same, 192.0.2.1"
  })
  void theAdministratorIsAskedFirstByEveryWay(String rule, String who, String address)
      throws IOException {
    town = new Town(HostSettings.PLAIN);
    NetworkContext web = town.network("web", NetworkOptions.builder(), "10.97.0.0/24");
    // The one that the kernel makes up is looked for twice before it is used.
    Town.run(town.neighbour, "ip addr add fe80::2/64 dev eth0 nodad");
    Town.Container server = town.container(web, 2);
    serve(server);
    server.publish("8081:80");
    NetworkNamespace asker =
        switch (who) {
          case "host" -> town.host;
          case "same" -> town.container(web, 3).namespace;
          default -> town.neighbour;
        };
    assertThat(isAnswered(asker, address, 8081)).isTrue();

    Town.run(town.host, "nft add rule inet cnm user " + rule);

    assertThat(isAnswered(asker, address, 8081)).isFalse();
    Town.run(town.host, "nft flush chain inet cnm user");
    assertThat(isAnswered(asker, address, 8081)).isTrue();
  }

  @Test
  void whatASenderSendsToAllDoesNotComeBackToIt() throws IOException {
    town = new Town(HostSettings.BRIDGE_NETFILTER);
    Town.Container sender = town.container(both("web", 1, NetworkOptions.builder()), 2);
    serve(sender);
    sender.publish("8080:80");
    Town.run(
        sender.namespace,
        "nft 'add table netdev t; add chain netdev t c {type filter hook ingress device eth0 priority 0;}; add rule netdev t c ether saddr %s counter'"
            .formatted(sender.endpoint.mac().orElseThrow()));

    Town.run(sender.namespace, "ping -6 -c2 -i0.2 -W1 ff02::1%eth0; ping -c1 -W1 10.99.1.9; true");

    assertThat(Town.run(sender.namespace, "nft list ruleset")).contains("packets 0 bytes 0");
  }
}
