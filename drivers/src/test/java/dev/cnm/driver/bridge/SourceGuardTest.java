package dev.cnm.driver.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.NetworkOptions;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.spi.Finding;
import dev.cnm.spi.NetworkContext;
import java.io.IOException;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever root does inside, an endpoint speaks in its own name; asked by those it speaks to. */
final class SourceGuardTest {

  private static final String OPTION = "dev.cnm.network.bridge.antispoof";

  private Town town;
  private NetworkContext web;
  private Town.Container victim;
  private Town.Container spoofer;

  private void build(HostSettings settings, boolean guarded) throws IOException {
    town = new Town(settings);
    web =
        town.network(
            "web",
            NetworkOptions.builder().driverOption(OPTION, String.valueOf(guarded)),
            "10.99.1.0/24",
            "fd99:1::/64");
    victim = town.container(web, 2);
    spoofer = town.container(web, 3);
  }

  @AfterEach
  void close() throws IOException {
    town.close();
  }

  /** Counts at the host and at the victim what the spoofer has sent and {@code rule} matches. */
  private boolean arrives(String rule, String attack) throws IOException {
    String counter =
        "nft delete table netdev t 2>/dev/null; nft 'add table netdev t; add chain netdev t c"
            + " {type filter hook ingress device %s priority 0;}; add rule netdev t c %s counter'";
    Town.run(victim.namespace, counter.formatted("eth0", rule));
    Town.run(town.host, counter.formatted(Bridges.name(web), rule));
    Town.run(spoofer.namespace, attack);
    String counted =
        Town.run(victim.namespace, "nft list table netdev t")
            + Town.run(town.host, "nft list table netdev t");
    assertThat(counted).contains("counter packets");
    return !counted.replaceFirst("packets 0 ", "").contains("packets 0 ");
  }

  private static boolean pings(NetworkNamespace from, String address) throws IOException {
    return Town.run(from, "ping -c2 -i0.2 -W1 " + address).contains("bytes from");
  }

  /** A frame as somebody with CAP_NET_RAW writes it. */
  private static String send(String hex) {
    StringBuilder octets = new StringBuilder();
    for (byte octet : HexFormat.of().parseHex(hex.replace(" ", ""))) {
      octets.append("\\%03o".formatted(octet & 0xff));
    }
    return "printf '" + octets + "' | socat -u - INTERFACE:eth0";
  }

  @ParameterizedTest
  @EnumSource(names = {"PLAIN", "BRIDGE_NETFILTER"})
  void whatIsItsOwnPasses(HostSettings settings) throws IOException {
    build(settings, true);
    for (String address : new String[] {victim.ip(), victim.ip6(), "10.99.1.1", "fd99:1::1"}) {
      assertThat(pings(spoofer.namespace, address)).as(address).isTrue();
    }
    assertThat(pings(spoofer.namespace, "192.0.2.2")).isTrue();
    assertThat(pings(spoofer.namespace, "2001:db8::2")).isTrue();
    String linkLocal =
        Town.run(victim.namespace, "ip -6 -o addr show scope link dev eth0")
            .replaceFirst("(?s).*inet6 (fe80[^/]*)/.*", "$1");
    assertThat(pings(spoofer.namespace, linkLocal + "%eth0")).isTrue();
    // Answered neighbours, more than one packet, and what a fragment has no port in.
    assertThat(Town.run(spoofer.namespace, "ping -c1 -W2 -s 4000 " + victim.ip()))
        .contains(" 1 received");
    town.answerDatagrams(victim.namespace, 53, "dns");
    assertThat(town.askByDatagram(spoofer.namespace, victim.ip(), 53)).isEqualTo("dns 10.99.1.3");
    // Looking for a duplicate of its own address.
    Town.run(
        spoofer.namespace,
        "ip -6 addr del fd99:1::3/64 dev eth0; sysctl -qw"
            + " net.ipv6.conf.eth0.accept_dad=1; ip -6 addr add fd99:1::3/64 dev eth0");
    assertThat(Town.run(town.host, "nft -s list ruleset").contains("bridge cnm")).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"PLAIN, true", "BRIDGE_NETFILTER, true", "PLAIN, false"})
  void whatIsNotItsOwnDoesNot(HostSettings settings, boolean guarded) throws IOException {
    build(settings, guarded);
    String own = spoofer.endpoint.mac().orElseThrow().toString().replace(":", "");
    String all = "ffffffffffff";
    boolean passes = !guarded;
    // Another's IPv4 and IPv6 address, as the kernel sends them.
    assertThat(
            arrives(
                "ip saddr 10.99.1.77 ip protocol icmp",
                "ip addr add 10.99.1.77/24 dev eth0; ip neigh add 10.99.1.255 lladdr"
                    + " ff:ff:ff:ff:ff:ff dev eth0; ping -b -c1 -W1 -I 10.99.1.77 10.99.1.255"))
        .isEqualTo(passes);
    assertThat(
            arrives(
                "ip6 saddr fd99:1::77",
                "ip addr add fd99:1::77/64 dev eth0 nodad; ping -c1 -W1 -I fd99:1::77"
                    + " ff02::1%eth0"))
        .isEqualTo(passes);
    // ARP: the gateway's address, in a question and in an answer; and one behind another's MAC.
    for (String operation : new String[] {"0001", "0002"}) {
      assertThat(
              arrives(
                  "arp saddr ip 10.99.1.1",
                  send(
                      all
                          + own
                          + "0806 0001080006 04"
                          + operation
                          + own
                          + "0a630101"
                          + all
                          + "0a630102")))
          .isEqualTo(passes);
    }
    assertThat(
            arrives(
                "arp saddr ether 02:00:00:00:00:99",
                send(
                    all + own + "0806 000108000604 0002 020000000099 0a630103" + all + "0a630102")))
        .isEqualTo(passes);
    // The same within a tag that is only a priority, and within two of them.
    assertThat(
            arrives(
                "arp saddr ip 10.99.1.1",
                send(
                    all
                        + own
                        + "8100 0000 0806 000108000604 0002"
                        + own
                        + "0a630101"
                        + all
                        + "0a630102")))
        .isEqualTo(passes);
    assertThat(
            arrives(
                "meta protocol 0x8100",
                send(
                    all
                        + own
                        + "8100 0000 8100 0000 0806 000108000604 0002"
                        + own
                        + "0a630101"
                        + all
                        + "0a630102")))
        .isEqualTo(passes);
    // A router, by the raw message.
    String router =
        "3333 00000001 %s 86dd 60000000 0010 3aff fe80 0000 0000 0000 %s ff02 0000 0000 0000 0000"
            + " 0000 0000 0001 8600 0000 4000 0708 0000 0000 0000 0000";
    byte[] mac = spoofer.endpoint.mac().orElseThrow().toBytes();
    String tail =
        "%02x%02x %02xff fe%02x %02x%02x"
            .formatted(mac[0] ^ 2, mac[1], mac[2], mac[3], mac[4], mac[5]);
    assertThat(arrives("icmpv6 type nd-router-advert", send(router.formatted(own, tail))))
        .isEqualTo(passes);
    // Where the gateway's IPv6 address is.
    String advertisement =
        "3333 00000001 %s 86dd 60000000 0020 3aff fe80 0000 0000 0000 %s ff02 0000 0000 0000 0000"
            + " 0000 0000 0001 8800 0000 2000 0000 fd99 0001 0000 0000 0000 0000 0000 0001 0201 %s";
    assertThat(
            arrives(
                "icmpv6 type nd-neighbor-advert", send(advertisement.formatted(own, tail, own))))
        .isEqualTo(passes);
    // A DHCP server.
    assertThat(
            arrives(
                "udp sport 67",
                send(
                    all
                        + own
                        + "0800 4500 001c 0000 0000 4011 0000 0a630103 ffffffff"
                        + " 0043 0044 0008 0000")))
        .isEqualTo(passes);
    // Another protocol, and an address by which frames pass bridges, from another MAC address.
    assertThat(arrives("ether saddr 02:00:00:00:00:99", send(all + "020000000099 88b5 00000000")))
        .isEqualTo(passes);
    // Another's MAC address, as ip sets it.
    assertThat(
            arrives(
                "ether saddr 02:00:00:00:00:98",
                "ip link set eth0 address 02:00:00:00:00:98; ping -c1 -W1 -b 10.99.1.255; true"))
        .isEqualTo(passes);
    if (guarded) {
      assertThat(pings(victim.namespace, "10.99.1.1")).isTrue();
    }
  }

  @Test
  void whatSomebodyRemovesComesBackAndWhatLeavesGoes() throws IOException {
    build(HostSettings.PLAIN, true);
    victim.publish("8080:80");
    spoofer.publish("8081:80");
    assertThat(town.driver.findings().stream().map(Finding::severity))
        .doesNotContain(Finding.Severity.ERROR);
    String whole = Town.run(town.host, "nft -s list table bridge cnm");
    // It can be read again as it was listed.
    Town.run(
        town.host,
        "(echo flush ruleset; nft list ruleset) > /tmp/$$.nft; nft -f /tmp/$$.nft; rm /tmp/$$.nft");
    assertThat(Town.run(town.host, "nft -s list table bridge cnm")).isEqualTo(whole);
    // Some rules in nft's words, which say the same.
    town.driver.restore();
    assertThat(town.driver.restore()).isFalse();
    assertThat(Town.run(town.host, "nft -s list table bridge cnm")).isEqualTo(whole);

    Town.run(town.host, "nft flush set bridge cnm sources4; nft flush map inet cnm ports4");
    assertThat(pings(spoofer.namespace, "10.99.1.1")).isFalse();
    assertThat(town.driver.findings().stream().map(Finding::severity))
        .contains(Finding.Severity.ERROR);
    assertThat(town.driver.restore()).isTrue();
    assertThat(pings(spoofer.namespace, "10.99.1.1")).isTrue();

    town.driver.leave(spoofer.endpoint);
    assertThat(Town.run(town.host, "nft list table bridge cnm"))
        .contains(" web/c2\"")
        .doesNotContain(" web/c3\"");
  }
}
