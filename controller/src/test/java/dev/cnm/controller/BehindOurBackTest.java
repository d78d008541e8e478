package dev.cnm.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.Endpoint;
import dev.cnm.NetworkOptions;
import dev.cnm.PortMapping;
import dev.cnm.Sandbox;
import dev.cnm.SandboxOptions;
import dev.cnm.controller.state.MemoryStateStore;
import dev.cnm.spi.Finding;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What somebody else does to what is on the host is found, named and mended. */
class BehindOurBackTest {

  private TestHost host;
  private LocalController controller;
  private Sandbox a;
  private Sandbox b;

  @BeforeEach
  void attachTwo() throws Exception {
    host = new TestHost();
    host.ip("link", "set", "lo", "up");
    controller = host.open(new MemoryStateStore());
    controller.newNetwork("bridge", "web", NetworkOptions.subnet("10.99.0.0/24"));
    a = attach("a");
    b = attach("b");
  }

  private Sandbox attach(String name) throws Exception {
    Endpoint endpoint = controller.network("web").createEndpoint(name);
    Sandbox sandbox =
        controller.newSandbox(
            name,
            SandboxOptions.defaults()
                .withPorts(
                    name.equals("b") ? PortMapping.parse("8080:80") : List.<PortMapping>of()));
    endpoint.join(sandbox);
    return sandbox;
  }

  @AfterEach
  void close() throws Exception {
    controller.close();
    assertThat(host.links()).isEmpty();
    host.close();
  }

  private String shell(Path namespace, String line) throws Exception {
    String veth =
        host.ip("-o", "link")
            .lines()
            .filter(it -> it.contains("web/b"))
            .map(it -> it.split(": ")[1].split("@")[0])
            .findFirst()
            .orElse("");
    return TestHost.in(
        namespace, "sh", "-c", line.replace("BRIDGE", bridge()).replace("VETH", veth));
  }

  private String bridge() {
    return "br-" + controller.network("web").id().substring(0, 12);
  }

  private List<String> found() throws Exception {
    return controller.findings("bridge").stream()
        .filter(it -> it.severity() == Finding.Severity.ERROR)
        .map(Finding::what)
        .toList();
  }

  private static boolean reaches(Sandbox from, String address) throws Exception {
    return from.start(
                new ProcessBuilder("ping", "-c1", "-W2", address)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD))
            .waitFor()
        == 0;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "host | ip addr flush dev BRIDGE | of the network web has lost its address 10.99.0.1",
        "host | ip link set BRIDGE down | of the network web is down",
        "host | ip link del BRIDGE | of the network web is gone",
        "host | ip link set VETH nomaster | of web/b is no port of br-",
        "host | ip link set VETH down | of web/b is down",
        "host | ip link del VETH | of web/b is gone",
        "host | nft flush chain inet cnm forward; nft delete chain inet cnm forward | chain forward"
            + " of the table inet cnm is gone",
        "host | nft delete element inet cnm ports4 '{ tcp . 8080 }' | the element of web/b in"
            + " ports4",
        "host | nft flush chain inet cnm forward | has lost, or has in other words: your own"
            + " rules;",
        "host | nft insert rule inet cnm forward accept | has rules that are none of ours",
        "host | nft chain inet cnm forward '{ policy drop; }' | another hook, priority or policy",
        "host | sysctl -qw net.ipv4.ip_forward=0 | net.ipv4.ip_forward is 0",
        "b | ip link set lo down | lo inside web/b is down",
        "b | ip link set eth0 down | eth0 inside web/b is down",
        "b | ip addr flush dev eth0 | eth0 inside web/b has lost its address 10.99.0.3",
        "b | ip route del default | eth0 inside web/b has lost the default route by 10.99.0.1",
        "b | ip link set eth0 address 02:00:00:00:00:01 | eth0 inside web/b has another MAC",
      })
  void itIsNamedAndMended(String where, String line, String sentence) throws Exception {
    assertThat(found()).isEmpty();
    shell(where.equals("b") ? b.key() : host.namespace().path(), line);

    assertThat(found()).anyMatch(it -> it.contains(sentence));
    assertThat(controller.restore()).containsExactly("bridge");

    assertThat(found()).isEmpty();
    assertThat(controller.restore()).isEmpty();
    assertThat(reaches(a, "10.99.0.3")).isTrue();
    assertThat(reaches(b, "10.99.0.1")).isTrue();
    assertThat(shell(host.namespace().path(), "nft list table inet cnm"))
        .contains("tcp . 8080 comment", " : 10.99.0.3 . 80");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ip addr flush dev BRIDGE",
        "ip link set BRIDGE down",
        "ip link del BRIDGE",
      })
  void nobodyBeginsOnABrokenBridge(String line) throws Exception {
    shell(host.namespace().path(), line);

    assertThat(reaches(attach("c"), "10.99.0.1")).isTrue();
  }

  @Test
  void aControllerThatBeginsPutsTheRulesBack() throws Exception {
    KeptStore store = new KeptStore();
    try (LocalController first = host.open(store)) {
      first.newNetwork("bridge", "kept", NetworkOptions.subnet("10.98.0.0/24"));
      shell(host.namespace().path(), "nft flush ruleset");
    }
    try (LocalController second = host.open(store)) {
      Endpoint endpoint = second.network("kept").createEndpoint("c");
      Sandbox sandbox = second.newSandbox("c");
      endpoint.join(sandbox);
      assertThat(shell(host.namespace().path(), "nft list table inet cnm"))
          .contains("nothing else, from outside or other networks")
          .contains("br-" + second.network("kept").id().substring(0, 12));
      sandbox.delete();
      second.awaitRemovals();
      second.network("kept").delete();
    }
  }

  @Test
  void aRuleInOtherWordsIsSeenThoughItsCommentIsTheSame() throws Exception {
    shell(
        host.namespace().path(),
        "h=$(nft -a list chain inet cnm forward | sed -n '/no way out/s/.*handle //p');nft replace"
            + " rule inet cnm forward handle $h counter accept comment '\"no way out\"'");

    assertThat(found()).anyMatch(it -> it.contains("no way out"));
    assertThat(controller.restore()).containsExactly("bridge");
    assertThat(found()).isEmpty();
  }

  @Test
  void whatIsLeftOfARecordThatIsGoneGoes() throws Exception {
    String saved = shell(host.namespace().path(), "nft list ruleset");
    b.delete();
    controller.awaitRemovals();
    Path namespace = host.namespace().path();
    java.nio.file.Path file = java.nio.file.Files.createTempFile("cnm", ".nft");
    try {
      java.nio.file.Files.writeString(file, "flush ruleset\n" + saved);
      shell(namespace, "nft -f " + file);
    } finally {
      java.nio.file.Files.delete(file);
    }
    String owner =
        shell(namespace, "ip -o link show BRIDGE").replaceAll("(?s).*(cnm-[0-9a-f]{8}).*", "$1");
    shell(
        namespace,
        "ip link add left type bridge; ip link set left alias '"
            + owner
            + " 012345678901 web/x';ip link add other type bridge; ip link set other alias"
            + " 'cnm-00000000 012345678901 web/x'");

    assertThat(found())
        .anyMatch(it -> it.contains("an element in ports4") && it.contains("is left of web/b"))
        .anyMatch(it -> it.equals("the link left is left of web/x, which is gone"));
    assertThat(controller.restore()).containsExactly("bridge");
    assertThat(found()).isEmpty();
    assertThat(host.links()).contains("other").doesNotContain("left");
    assertThat(shell(namespace, "nft list table inet cnm")).doesNotContain("8080");
    host.ip("link", "del", "other");
  }
}
