package dev.cnm.controller.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.DnsOptions;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The host's resolv.conf as people write it, and what comes of it. */
final class ResolvConfTest {

  private static List<String> servers(String text) {
    return ResolvConf.parse(text).servers().stream().map(NameServer::toString).toList();
  }

  @Test
  void filesAreReadAsTheCLibraryReadsThem() {
    ResolvConf read =
        ResolvConf.parse(
            "# nameserver 1.1.1.1\r\n; nameserver 1.1.1.2\r\nnameserver\t10.0.0.1\r\n"
                + "nameserver   10.0.0.2  # ours\nnameserver 10.0.0.3;theirs\nnameserver\n"
                + "nameserver nonsense\nnameserver fe80::1%eth0\nnameserver fd00::1\n"
                + "search old.test\nsearch\tcorp.test  a.test # both\n"
                + "options ndots:5 timeout:1\noptions rotate edns0 trust-ad\nunknown x\n"
                + "nameserver 10.0.0.4");
    assertThat(read.servers().stream().map(NameServer::toString))
        .containsExactly("10.0.0.1", "10.0.0.2", "10.0.0.3", "fe80::1%eth0", "fd00::1", "10.0.0.4");
    assertThat(read.search()).containsExactly("corp.test", "a.test");
    assertThat(read.options())
        .containsExactly("ndots:5", "timeout:1", "rotate", "edns0", "trust-ad");

    assertThat(servers("nameserver fe80::1%3")).containsExactly("fe80::1%3");
    assertThat(servers("nameserver fe80::1%br-0.5\n")).containsExactly("fe80::1%br-0.5");
    for (String nonsense :
        List.of(
            "fe80::1%",
            "fe80::1%a/b",
            "fe80::1%a%b",
            "fe80::1%sixteen-letters-",
            "10.0.0.1%eth0",
            "%eth0",
            "[fe80::1]",
            "1.2.3",
            "1.2.3.256")) {
      assertThat(servers("nameserver " + nonsense + "\n")).as(nonsense).isEmpty();
    }
    assertThat(ResolvConf.parse("").asked()).hasToString("[127.0.0.1]");
    assertThat(ResolvConf.parse("\n\n\0\u00ff").asked()).hasToString("[127.0.0.1]");
  }

  @Test
  void theHostsOwnNdotsIsLeftOut() {
    ResolvConf host = ResolvConf.parse("search corp.test\noptions ndots:1 edns0 ndots:3 rotate\n");
    assertThat(ResolvConfFile.forResolver(DnsOptions.defaults(), host))
        .contains("\nsearch corp.test\noptions edns0 rotate ndots:0\n")
        .contains("# ExtServers: [host(127.0.0.1)]\n", "# Option ndots from: internal\n");
    assertThat(
            ResolvConfFile.forResolver(
                DnsOptions.builder().option("ndots:2").option("ndots:x").build(), host))
        .contains("\noptions ndots:2\n", "# Option ndots from: override\n");
    // Who asks the servers itself does as the host does.
    assertThat(ResolvConfFile.forServers(DnsOptions.defaults(), host, false))
        .contains("\noptions ndots:1 edns0 ndots:3 rotate\n");
  }

  @Test
  void aServerOnALinkOfTheHostStaysOnTheHost() {
    ResolvConf host = ResolvConf.parse("nameserver fe80::1%eth0\n");
    assertThat(ResolvConfFile.onHost(DnsOptions.builder().search("a.test").build(), host))
        .contains("\nnameserver fe80::1%eth0\nsearch a.test\n");
    assertThat(ResolvConfFile.forServers(DnsOptions.defaults(), host, false))
        .contains("\nnameserver 8.8.8.8\nnameserver 8.8.4.4\n")
        .contains("# Used default nameservers.\n")
        .contains("not to be reached from here: [fe80::1%eth0]\n");
    assertThat(ResolvConfFile.forResolver(DnsOptions.defaults(), host))
        .contains("# ExtServers: [host(fe80::1%eth0)]\n");
    ResolvConf both = ResolvConf.parse("nameserver fe80::1%eth0\nnameserver 169.254.169.253\n");
    assertThat(ResolvConfFile.forServers(DnsOptions.defaults(), both, true))
        .contains("\nnameserver 169.254.169.253\n")
        .doesNotContain("8.8", "Used default");
  }
}
