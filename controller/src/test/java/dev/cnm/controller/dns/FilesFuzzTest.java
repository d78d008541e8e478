package dev.cnm.controller.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.cnm.DnsOptions;
import dev.cnm.IpPrefix;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The host's resolv.conf and a sandbox's hosts file, whatever is in them. */
final class FilesFuzzTest {

  private static final List<InetAddress> OWN =
      List.of(IpPrefix.parseAddress("10.0.0.2"), IpPrefix.parseAddress("fd00::2"));

  @FuzzTest
  void anyText(byte[] octets) {
    check(new String(octets, StandardCharsets.ISO_8859_1));
  }

  /** Runs without a fuzzer: files that are nearly right. */
  @Test
  void filesThatAreNearlyRight() {
    String start =
        """
        nameserver 10.0.0.1
        nameserver\tfe80::1%eth0 # here\r
        search corp.test a.test ;none
        options ndots:5 timeout:1
        10.0.0.2\tweb1.corp.test web1
        127.0.0.1\tlocalhost
        """;
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try {
      for (int i = 0; i < 5_000; i++) {
        byte[] octets = start.getBytes(StandardCharsets.ISO_8859_1);
        for (int j = random.nextInt(6); j > 0; j--) {
          octets[random.nextInt(octets.length)] = (byte) random.nextInt(256);
        }
        check(new String(octets, StandardCharsets.ISO_8859_1));
      }
    } catch (Throwable e) {
      fail("with seed " + seed, e);
    }
  }

  private static void check(String text) {
    ResolvConf host = ResolvConf.parse(text);
    DnsOptions none = DnsOptions.defaults();
    ResolvConf inside = ResolvConf.parse(ResolvConfFile.forResolver(none, host));
    assertThat(inside.servers()).containsExactly(NameServer.of(Resolver.ADDRESS));
    assertThat(inside.search()).isEqualTo(host.search());
    assertThat(inside.options()).endsWith("ndots:0").noneMatch(it -> it.equals("ndots:5"));
    ResolvConf direct = ResolvConf.parse(ResolvConfFile.forServers(none, host, true));
    assertThat(direct.servers()).isNotEmpty().noneMatch(NameServer::isHostsOnly);
    // What the host's own stack is told says what the host says.
    assertThat(ResolvConf.parse(ResolvConfFile.onHost(none, host))).isEqualTo(host);

    String updated = HostsFile.update(text, List.of(), "web1.corp.test", OWN);
    List<String> others =
        Arrays.stream(text.split("\n", -1))
            .filter(it -> !it.contains("\tweb1.corp.test web1"))
            .toList();
    if (others.size() > 1) {
      assertThat(updated.split("\n", -1)).containsSubsequence(others.subList(0, others.size() - 1));
    }
    assertThat(updated)
        .contains("10.0.0.2\tweb1.corp.test web1\n", "fd00::2\tweb1.corp.test web1\n")
        .endsWith("\n");
    assertThat(HostsFile.update(updated, List.of(), "web1.corp.test", OWN)).isEqualTo(updated);
  }
}
