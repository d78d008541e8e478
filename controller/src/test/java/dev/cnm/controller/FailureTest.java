package dev.cnm.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.Endpoint;
import dev.cnm.EndpointOptions;
import dev.cnm.IpPrefix;
import dev.cnm.IpamConfig;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import dev.cnm.Sandbox;
import dev.cnm.SandboxOptions;
import dev.cnm.controller.state.StateRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each step of each operation fails once, and nothing is left of the others. */
final class FailureTest {

  private final FailingStore store = new FailingStore();
  private @TempDir Path folder;
  private TestHost host;
  private LocalController controller;

  @BeforeEach
  void open() throws Exception {
    LoggingDriver.CALLS.clear();
    LoggingDriver.failing = "";
    host = new TestHost();
    controller = host.open(store);
    // What is made once for all networks is there already: the firewall's table, say.
    controller.newNetwork("bridge", "first", NetworkOptions.subnet("10.98.0.0/24")).delete();
  }

  @AfterEach
  void close() throws Exception {
    controller.close();
    assertThat(host.links()).isEmpty();
    host.close();
  }

  private static NetworkOptions options() {
    return NetworkOptions.builder()
        .ipv6(true)
        .pool(IpamConfig.of(IpPrefix.parse("10.99.0.0/24")))
        .pool(IpamConfig.of(IpPrefix.parse("fd00:99::/64")))
        .build();
  }

  private Network network(String type) throws IOException {
    return controller.newNetwork(type, "web", options());
  }

  /** What can be seen of everything, by records and by other people's tools. */
  private String everything(Sandbox... sandboxes) throws Exception {
    StringBuilder seen = new StringBuilder();
    Set<String> records = new TreeSet<>();
    for (StateRecord record : store.all()) {
      records.add(record.toString().replaceAll("owner=Owner\\[[^]]*]", ""));
    }
    records.forEach(record -> seen.append(record).append('\n'));
    // Link-local addresses come with the carrier, when the kernel gets to it.
    seen.append(host.ip("-o", "link").replaceAll("(?m) (mtu|state|qdisc|mode).*$|<.*>", ""));
    seen.append(host.ip("-o", "addr", "show", "scope", "global"));
    seen.append(TestHost.in(host.namespace().path(), "nft", "list", "ruleset"));
    for (Sandbox sandbox : sandboxes) {
      seen.append(TestHost.ip(sandbox, "-o", "link").replaceAll("^.*link/", ""))
          // The loopback link keeps its IPv6 once an endpoint has needed it.
          .append(TestHost.ip(sandbox, "-o", "addr").replaceAll("(?m)^.* ::1/128 .*\\R", ""))
          .append(TestHost.ip(sandbox, "route"))
          .append(TestHost.ip(sandbox, "-6", "route", "show", "default"))
          .append(TestHost.in(sandbox.key(), "nft", "list", "ruleset"))
          .append(TestHost.in(sandbox.key(), "ss", "-Hluan"));
    }
    try (Stream<Path> pins = Files.list(folder)) {
      pins.forEach(seen::append);
    }
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      seen.append(
          descriptors
              .filter(it -> {
                try {
                  return Files.readSymbolicLink(it).toString().matches("(net|mnt):.*");
                } catch (IOException e) {
                  return false;
                }
              })
              .count());
    }
    return seen.toString();
  }

  private interface Operation {
    void run() throws Exception;
  }

  /** Fails each change of the records that the operation makes, in turn, until it makes no more. */
  private void failEachChange(Operation operation, Sandbox... sandboxes) throws Exception {
    String before = everything(sandboxes);
    int failed = 0;
    while (true) {
      store.failAt(failed);
      try {
        operation.run();
        assertThat(store.neverFailed()).as("a change that fails is reported").isTrue();
        break;
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("on purpose");
        assertThat(store.neverFailed()).isFalse();
      }
      assertThat(everything(sandboxes).lines().toList())
          .as("after failure %s", failed)
          .isEqualTo(before.lines().toList());
      failed++;
    }
    assertThat(failed).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"bridge", "logging"})
  void creatingANetwork(String type) throws Exception {
    failEachChange(() -> network(type));
    controller.network("web").delete();
  }

  @ParameterizedTest
  @ValueSource(strings = {"bridge", "logging"})
  void creatingAnEndpoint(String type) throws Exception {
    Network web = network(type);
    EndpointOptions wanted =
        EndpointOptions.builder().address(IpPrefix.parseAddress("10.99.0.77")).build();
    failEachChange(() -> web.createEndpoint("c1", wanted));
    assertThat(web.createEndpoint("c2").ipv4()).contains(IpPrefix.parse("10.99.0.2/24"));
  }

  @Test
  void creatingASandbox() throws Exception {
    SandboxOptions pinned = SandboxOptions.defaults().pinnedAt(folder.resolve("c1"));
    failEachChange(() -> controller.newSandbox("c1", pinned));
    assertThat(folder.resolve("c1")).exists();
  }

  @ParameterizedTest
  @ValueSource(strings = {"bridge", "logging"})
  void joining(String type) throws Exception {
    Endpoint endpoint = network(type).createEndpoint("c1");
    Sandbox c1 = controller.newSandbox("c1");
    failEachChange(() -> endpoint.join(c1), c1);
    assertThat(TestHost.ip(c1, "-o", "-4", "addr", "show", "eth0")).contains("10.99.0.2/24");
  }

  /** The default route moves from one to the other, and back if it turns out that it can't. */
  @ParameterizedTest
  @ValueSource(strings = {"bridge", "logging"})
  void joiningBesideAnother(String type) throws Exception {
    Sandbox c1 = controller.newSandbox("c1");
    controller
        .newNetwork("logging", "z", NetworkOptions.subnet("10.97.0.0/24"))
        .createEndpoint("z")
        .join(c1);
    Endpoint endpoint = network(type).createEndpoint("c1");
    failEachChange(() -> endpoint.join(c1), c1);
    assertThat(TestHost.ip(c1, "route", "show", "default")).contains("10.99.0.1").hasLineCount(1);
  }

  /** What the kernel refuses in the middle: the name is taken, a setting isn't there. */
  @ParameterizedTest
  @ValueSource(strings = {"bridge", "logging"})
  void theKernelRefusesAJoin(String type) throws Exception {
    Network web = network(type);
    Sandbox c1 = controller.newSandbox("c1");
    TestHost.ip(c1, "link", "add", "taken", "type", "veth", "peer", "other");
    Endpoint named =
        web.createEndpoint(
            "named",
            EndpointOptions.builder()
                .driverOption(EndpointOptions.INTERFACE_NAME, "taken")
                .build());
    Endpoint set =
        web.createEndpoint(
            "set",
            EndpointOptions.builder()
                .driverOption(EndpointOptions.SYSCTLS, "net.ipv4.conf.IFNAME.nosuch=1")
                .build());
    String before = everything(c1);
    for (Endpoint endpoint : List.of(named, set)) {
      assertThatThrownBy(() -> endpoint.join(c1)).isInstanceOf(IOException.class);
      assertThat(everything(c1).lines().toList())
          .as(endpoint.name())
          .isEqualTo(before.lines().toList());
    }
    named.delete();
    set.delete();
  }

  @Test
  void theKernelRefusesASandbox() throws Exception {
    String before = everything();
    assertThatThrownBy(() ->
            controller.newSandbox(
                "c1",
                SandboxOptions.defaults()
                    .pinnedAt(folder.resolve("c1"))
                    .withSysctls(Map.of("net.nosuch.setting", "1"))))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() ->
            controller.newSandbox(
                "c1", SandboxOptions.defaults().pinnedAt(folder.resolve("no").resolve("c1"))))
        .isInstanceOf(IOException.class);
    assertThat(everything()).isEqualTo(before);
  }

  /** A link of the bridge's name is in the way, and not a bridge. */
  @Test
  void theKernelRefusesANetwork() throws Exception {
    host.ip("link", "add", "br-taken", "type", "veth", "peer", "other");
    String before = everything();
    NetworkOptions options =
        NetworkOptions.builder()
            .pool(IpamConfig.of(IpPrefix.parse("10.99.0.0/24")))
            .driverOption("com.docker.network.bridge.name", "br-taken")
            .build();
    assertThatThrownBy(() -> controller.newNetwork("bridge", "web", options))
        .hasMessageContaining("br-taken");
    assertThat(everything()).isEqualTo(before);
    host.ip("link", "del", "br-taken");
    controller.newNetwork("bridge", "web", options).delete();
  }
}
