package dev.cnm.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.ControllerOptions;
import dev.cnm.DnsOptions;
import dev.cnm.Endpoint;
import dev.cnm.EndpointOptions;
import dev.cnm.ExtraHost;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.IpamConfig;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import dev.cnm.Sandbox;
import dev.cnm.SandboxOptions;
import dev.cnm.controller.state.MemoryStateStore;
import dev.cnm.controller.state.StateStore;
import dev.cnm.spi.SandboxSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sandboxes find each other by name, and have files that say so. */
final class NamesTest {

  @TempDir private Path folder;
  private TestHost host;
  private LocalController controller;

  @BeforeEach
  void open() throws IOException {
    host = new TestHost();
    Files.writeString(
        folder.resolve("resolv.conf"),
        "search corp.test\nnameserver 127.0.0.53\nnameserver 10.1.2.3\noptions timeout:1\n");
    Files.writeString(folder.resolve("hosts"), "127.0.0.1 localhost\n10.1.2.4 other\n");
    controller = open(new MemoryStateStore());
  }

  private LocalController open(StateStore store) throws IOException {
    return LocalController.open(
        ControllerOptions.defaults()
            .withHostNamespace(host.namespace().path())
            .withHostFiles(folder),
        store);
  }

  @AfterEach
  void close() throws IOException {
    controller.close();
    host.close();
  }

  private static Endpoint attach(Network network, Sandbox sandbox, String... aliases)
      throws IOException {
    EndpointOptions.Builder options = EndpointOptions.builder();
    Arrays.asList(aliases).forEach(options::alias);
    Endpoint endpoint = network.createEndpoint(sandbox.name(), options.build());
    endpoint.join(sandbox);
    return endpoint;
  }

  private static String dig(Sandbox sandbox, String... question) throws Exception {
    List<String> words = new ArrayList<>(List.of("@127.0.0.11", "+tries=1", "+time=10"));
    words.addAll(List.of(question));
    return TestHost.in(sandbox.key(), "dig", words.toArray(String[]::new));
  }

  private static String address(Sandbox sandbox, String name) throws Exception {
    return dig(sandbox, "+short", name).strip();
  }

  private Network network(String name, String subnet) throws IOException {
    return controller.newNetwork("bridge", name, NetworkOptions.subnet(subnet));
  }

  @Test
  void sandboxesOfANetworkFindEachOther() throws Exception {
    Network web = network("web", "10.60.0.0/24");
    Network db = network("db", "10.61.0.0/24");
    Sandbox c1 = controller.newSandbox("c1");
    Sandbox c2 =
        controller.newSandbox(
            "c2",
            SandboxOptions.defaults()
                .withDns(DnsOptions.builder().hostname("shop").name("0123456789ab").build()));
    attach(web, c1);
    String its = attach(web, c2, "both", "c1").ipv4().orElseThrow().address().getHostAddress();

    for (String name :
        List.of("c2", "C2.WEB", "shop", "both", "0123456789ab", c2.id().substring(0, 12))) {
      assertThat(address(c1, name)).as(name).isEqualTo(its);
    }
    // An alias that is another one's name: both answer.
    assertThat(address(c2, "c1").lines()).containsExactlyInAnyOrder("10.60.0.2", its);
    assertThat(dig(c1, "-x", its)).contains("c2.web.");

    // Who joins another network is found there, and only there.
    Sandbox c3 = controller.newSandbox("c3");
    attach(db, c3);
    assertThat(dig(c3, "c2")).contains("status: SERVFAIL");
    Endpoint second = attach(db, c2, "late");
    assertThat(address(c3, "late")).isEqualTo("10.61.0.3");
    assertThat(address(c3, "c2.db")).isEqualTo("10.61.0.3");
    second.leave();
    assertThat(dig(c3, "late")).contains("status: SERVFAIL");
    c2.delete();
    assertThat(dig(c1, "both")).contains("status: SERVFAIL");
  }

  @Test
  void theDefaultNetworkHasNoResolver() throws Exception {
    Sandbox sandbox = controller.newSandbox("c1");
    attach(controller.network("bridge"), sandbox);
    assertThat(TestHost.in(sandbox.key(), "nft", "list", "tables")).isEmpty();

    attach(network("web", "10.60.0.0/24"), sandbox);
    assertThat(address(sandbox, "c1")).isEqualTo("10.60.0.2");
    sandbox.delete();
  }

  @Test
  void aResolverComesBackWithItsProcess() throws Exception {
    controller.close();
    StateStore store = new KeptStore();
    controller = open(store);
    Path pin = folder.resolve("pin");
    Sandbox sandbox = controller.newSandbox("c1", SandboxOptions.defaults().pinnedAt(pin));
    attach(network("web", "10.60.0.0/24"), sandbox);
    assertThat(address(sandbox, "c1")).isEqualTo("10.60.0.2");

    controller.close();
    assertThat(
            TestHost.in(
                pin, "sh", "-c", "dig @127.0.0.11 +tries=1 +time=1 c1 > /dev/null; echo $?"))
        .isEqualTo("9\n");
    controller = open(store);
    sandbox = controller.sandboxByName("c1").orElseThrow();
    assertThat(address(sandbox, "c1")).isEqualTo("10.60.0.2");
    sandbox.delete();
  }

  @Test
  void aSharedStackKeepsItsResolver() throws Exception {
    Sandbox first = controller.newSandbox("c1");
    attach(network("web", "10.60.0.0/24"), first, "alias");
    Sandbox second = controller.newSandbox("c2", SandboxOptions.of(SandboxSource.sharedWith("c1")));
    first.delete();

    assertThat(address(second, "alias")).isEqualTo("10.60.0.2");
    second.delete();
  }

  private Sandbox withFiles(String name, Path files, DnsOptions.Builder dns) throws IOException {
    Files.createDirectory(files);
    return controller.newSandbox(name, SandboxOptions.defaults().withDns(dns.files(files).build()));
  }

  @Test
  void filesFollowWhatJoinsAndLeaves() throws Exception {
    Path files = folder.resolve("c1");
    Sandbox sandbox =
        withFiles(
            "c1",
            files,
            DnsOptions.builder()
                .hostname("web1.corp.test")
                .extraHost(ExtraHost.parse("gate:host-gateway"))
                .extraHost(ExtraHost.parse("six:[fd00::6]")));
    assertThat(files.resolve("hostname")).hasContent("web1.corp.test\n");
    assertThat(Files.readString(files.resolve("resolv.conf")))
        .contains("\nnameserver 10.1.2.3\nsearch corp.test\noptions timeout:1\n")
        .doesNotContain("127.0.0.53");

    Endpoint one = attach(network("web", "10.60.0.0/24"), sandbox);
    assertThat(files.resolve("hosts"))
        .content()
        .startsWith("127.0.0.1\tlocalhost\n10.60.0.1\tgate\n")
        .endsWith("\n10.60.0.1\tgate\nfd00::6\tsix\n10.60.0.2\tweb1.corp.test web1\n");
    assertThat(Files.readString(files.resolve("resolv.conf")))
        .contains("\nnameserver 127.0.0.11\nsearch corp.test\noptions timeout:1 ndots:0\n")
        .contains("# ExtServers: [host(127.0.0.53), host(10.1.2.3)]\n");

    attach(network("db", "10.61.0.0/24"), sandbox);
    assertThat(files.resolve("hosts"))
        .content()
        .endsWith("\n10.60.0.2\tweb1.corp.test web1\n10.61.0.2\tweb1.corp.test web1\n");
    one.leave();
    assertThat(files.resolve("hosts"))
        .content()
        .endsWith("six\n10.61.0.2\tweb1.corp.test web1\n")
        .contains("10.61.0.1\tgate");
    sandbox.delete();
    assertThat(files).isEmptyDirectory();
  }

  @Test
  void whatSomebodyElseWroteStays() throws Exception {
    Path files = folder.resolve("c1");
    Sandbox sandbox = withFiles("c1", files, DnsOptions.builder().hostname("web1"));
    Endpoint endpoint = attach(network("web", "10.60.0.0/24"), sandbox);
    Path hosts = files.resolve("hosts");
    Object inode = Files.getAttribute(hosts, "unix:ino");
    Files.writeString(hosts, "# mine\n" + Files.readString(hosts) + "10.9.9.9\tmine\n");
    Files.writeString(files.resolve("resolv.conf"), "nameserver 192.0.2.1\n");

    attach(network("db", "10.61.0.0/24"), sandbox);
    endpoint.leave();

    assertThat(files.resolve("resolv.conf")).hasContent("nameserver 192.0.2.1\n");
    assertThat(hosts)
        .content()
        .startsWith("# mine\n127.0.0.1\tlocalhost\n")
        .endsWith("\n10.9.9.9\tmine\n10.61.0.2\tweb1\n")
        .doesNotContain("10.60.0.2");
    assertThat(Files.getAttribute(hosts, "unix:ino")).isEqualTo(inode);
    sandbox.delete();
  }

  @Test
  void ownServersDomainsAndOptionsComeFirst() throws Exception {
    Path files = folder.resolve("c1");
    Sandbox sandbox =
        withFiles(
            "c1",
            files,
            DnsOptions.builder()
                .server(IpPrefix.parseAddress("192.0.2.53"))
                .search(".")
                .option("ndots:2")
                .option("rotate"));
    assertThat(Files.readString(files.resolve("resolv.conf")))
        .contains("\nnameserver 192.0.2.53\noptions ndots:2 rotate\n")
        .contains("# Overrides: [nameservers search options]");
    attach(network("web", "10.60.0.0/24"), sandbox);
    assertThat(Files.readString(files.resolve("resolv.conf")))
        .contains("\nnameserver 127.0.0.11\noptions ndots:2 rotate\n")
        .contains("# ExtServers: [192.0.2.53]\n")
        .contains("# Option ndots from: override\n");
    assertThat(dig(sandbox, "single")).contains("status: NOERROR");
    sandbox.delete();
  }

  @Test
  void onTheHostsStackTheFilesAreTheHosts() throws Exception {
    for (boolean extra : new boolean[] {false, true}) {
      Path files = Files.createDirectory(folder.resolve("h" + extra));
      DnsOptions.Builder dns = DnsOptions.builder().files(files);
      if (extra) {
        dns.extraHost(ExtraHost.parse("a.b=1.2.3.4"));
      }
      Sandbox sandbox =
          controller.newSandbox("h", SandboxOptions.of(SandboxSource.host()).withDns(dns.build()));
      assertThat(files.resolve("resolv.conf"))
          .hasSameTextualContentAs(folder.resolve("resolv.conf"));
      String hosts = Files.readString(files.resolve("hosts"));
      if (extra) {
        assertThat(hosts).endsWith("ff02::2\tip6-allrouters\n1.2.3.4\ta.b\n");
      } else {
        assertThat(hosts).contains("10.1.2.4 other");
      }
      sandbox.delete();
      assertThat(files).isEmptyDirectory();
    }
  }

  @Test
  void nonsenseIsRefused() {
    DnsOptions.Builder seven = DnsOptions.builder();
    for (int i = 0; i < 7; i++) {
      seven.search("d" + i + ".test");
    }
    assertThatThrownBy(seven::build)
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining("7, at most 6");
    for (DnsOptions.Builder wrong :
        List.of(
            DnsOptions.builder().hostname("a b"),
            DnsOptions.builder().hostname(".a"),
            DnsOptions.builder().hostname("a".repeat(65)),
            DnsOptions.builder().name("a b"),
            DnsOptions.builder().search("a b"),
            DnsOptions.builder().search("a..b"),
            DnsOptions.builder().option("a b"),
            DnsOptions.builder().option(""),
            DnsOptions.builder().option("o".repeat(257)),
            DnsOptions.builder().server(IpPrefix.parseAddress("127.0.0.11")),
            DnsOptions.builder().server(IpPrefix.parseAddress("0.0.0.0")))) {
      assertThatThrownBy(wrong::build).isInstanceOf(InvalidParameterException.class);
    }
    for (String wrong :
        List.of("", "a", "a:", ":1.2.3.4", "a:1.2.3", "a b:1.2.3.4", "a:nosuch", "a:[::1")) {
      assertThatThrownBy(() -> ExtraHost.parse(wrong))
          .as(wrong)
          .isInstanceOf(InvalidParameterException.class)
          .hasMessageContaining("add-host");
    }
    assertThat(ExtraHost.parse("a:::1").address()).contains(IpPrefix.parseAddress("::1"));
  }

  @Test
  void theHostsFileFollowsTheLoopback() throws Exception {
    Path files = folder.resolve("c1");
    Sandbox sandbox = withFiles("c1", files, DnsOptions.builder().hostname("web1"));
    attach(network("web", "10.60.0.0/24"), sandbox);
    Path hosts = files.resolve("hosts");
    assertThat(hosts).hasContent("127.0.0.1\tlocalhost\n10.60.0.2\tweb1\n");

    Endpoint six =
        attach(
            controller.newNetwork(
                "bridge",
                "six",
                NetworkOptions.builder()
                    .pool(IpamConfig.of(IpPrefix.parse("10.61.0.0/24")))
                    .pool(IpamConfig.of(IpPrefix.parse("fd00:61::/64")))
                    .ipv6(true)
                    .build()),
            sandbox);
    assertThat(hosts)
        .content()
        .startsWith("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0")
        .contains("\nfd00:61::2\tweb1\n");
    assertThat(TestHost.in(sandbox.key(), "ip", "addr", "show", "lo")).contains("inet6 ::1/128");
    six.leave();
    sandbox.delete();
  }

  @Test
  void theWayToTheResolverIsPutBack() throws Exception {
    Sandbox sandbox = controller.newSandbox("c1");
    attach(network("web", "10.60.0.0/24"), sandbox);
    assertThat(controller.nameFindings()).isEmpty();
    assertThat(controller.restoreNames()).isFalse();

    TestHost.in(sandbox.key(), "nft", "flush", "ruleset");
    assertThat(controller.nameFindings())
        .singleElement()
        .satisfies(it -> assertThat(it.what()).contains("c1", "cnm-dns"));
    assertThat(controller.restoreNames()).isTrue();
    assertThat(controller.nameFindings()).isEmpty();
    assertThat(address(sandbox, "c1")).isEqualTo("10.60.0.2");

    // By itself, too.
    TestHost.in(sandbox.key(), "nft", "delete", "table", "ip", "cnm-dns");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!controller.nameFindings().isEmpty() && System.nanoTime() < end) {
      Thread.sleep(50);
    }
    assertThat(address(sandbox, "c1")).isEqualTo("10.60.0.2");
    sandbox.delete();
  }
}
