package dev.cnm.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.Endpoint;
import dev.cnm.ExhaustedException;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import dev.cnm.Sandbox;
import dev.cnm.controller.state.MemoryStateStore;
import dev.cnm.controller.state.StateStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a sandbox on a bridge leaves behind when it is deleted, and for how long. */
class DetachTest {

  private static final String NAMES = "ip -o link | cut -d: -f2";

  private TestHost host;
  private LocalController controller;
  private Network network;

  @BeforeEach
  void open() throws Exception {
    open(new MemoryStateStore());
  }

  private void open(StateStore store) throws Exception {
    host = new TestHost();
    controller = host.open(store);
    network = controller.newNetwork("bridge", "net", NetworkOptions.subnet("10.99.0.0/24"));
  }

  @AfterEach
  void close() throws Exception {
    controller.close();
    assertThat(host.links()).isEmpty();
    host.close();
  }

  private Sandbox attach(String name) throws IOException {
    Endpoint endpoint = network.createEndpoint(name);
    Sandbox sandbox = controller.newSandbox(name);
    endpoint.join(sandbox);
    return sandbox;
  }

  private static String addressOf(Sandbox sandbox) {
    return sandbox.endpoints().getFirst().ipv4().orElseThrow().address().getHostAddress();
  }

  private List<String> ports() throws Exception {
    return host.links().stream().filter(name -> name.startsWith("veth")).toList();
  }

  /** A process that stays in the sandbox and sends to every other container, ten times a second. */
  private static Process talkative(Sandbox sandbox) throws IOException {
    return sandbox.start(
        new ProcessBuilder("ping", "-n", "-b", "-i", "0.1", "10.99.0.255")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD));
  }

  /** How many ICMP messages a sandbox has received. */
  private static String received(Sandbox sandbox) throws Exception {
    return TestHost.in(sandbox.key(), "cat", "/proc/net/snmp")
        .lines()
        .filter(line -> line.matches("Icmp: \\d.*"))
        .map(line -> line.split(" ")[1])
        .findFirst()
        .orElseThrow();
  }

  private static void end(Process process) throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  @Test
  void whatItHadIsFreeAtOnceAndWorksForTheNextOne() throws Exception {
    Sandbox old = attach("c1");
    String address = addressOf(old);
    host.ip("route", "get", address);
    TestHost.in(host.namespace().path(), "ping", "-c1", "-W5", address);

    for (int i = 0; i < 5; i++) {
      old.delete();
      Sandbox next = attach("c1");

      assertThat(addressOf(next)).isEqualTo(address);
      // The bridge is not to send to the port where it last saw this MAC address.
      TestHost.in(host.namespace().path(), "ping", "-c1", "-W5", address);
      old = next;
    }
    controller.awaitRemovals();
    assertThat(ports()).hasSize(1);
  }

  /** {@code BR_MAX_PORTS} of net/bridge/br_private.h: a bridge has 1,023 ports. */
  @Test
  void aFullBridgeHasRoomAgainWhenOneOfItsSandboxesIsDeleted() throws Exception {
    network = controller.newNetwork("bridge", "big", NetworkOptions.subnet("10.98.0.0/16"));
    List<Sandbox> sandboxes = new ArrayList<>();
    for (int i = 0; i < 1023; i++) {
      sandboxes.add(attach("full" + i));
    }
    Endpoint more = network.createEndpoint("more");
    Sandbox sandbox = controller.newSandbox("more");
    assertThatThrownBy(() -> more.join(sandbox)).isInstanceOf(ExhaustedException.class);

    sandboxes.removeLast().delete();
    more.join(sandbox);

    assertThat(ports()).hasSize(1023);
  }

  /** An answer from outside would otherwise be translated back, and reach who has the address. */
  @Test
  void theNextOneWithItsAddressHasNoneOfItsConnections() throws Exception {
    Sandbox old = attach("c1");
    String address = addressOf(old);
    for (int i = 0; i < 5; i++) {
      TestHost.in(old.key(), "ping", "-c1", "-W5", "10.99.0.1");
      assertThat(flows()).contains("src=" + address + " ");

      old.delete();
      old = attach("c1");

      assertThat(addressOf(old)).isEqualTo(address);
      assertThat(flows()).doesNotContain("src=" + address + " ");
    }
  }

  private String flows() throws Exception {
    return TestHost.in(host.namespace().path(), "conntrack", "-L");
  }

  @Test
  void aProcessThatStaysInsideReachesNobodyAnyMore() throws Exception {
    Sandbox old = attach("old");
    String port = ports().getFirst();
    Sandbox neighbour = attach("neighbour");
    Process process = talkative(old);
    try {
      while (received(neighbour).equals("0")) {
        Thread.sleep(10);
      }
      old.delete();

      String link = host.ip("-o", "link");
      assertThat(link.lines().filter(line -> line.contains(port + "@")))
          .as("the port of the old sandbox, if it still exists")
          .allSatisfy(line -> assertThat(line).doesNotContain(",UP"));
      Sandbox next = attach("next");
      Thread.sleep(300);
      assertThat(process.isAlive()).isTrue();
      assertThat(received(next)).as("ICMP messages that have come in").isEqualTo("0");

      controller.awaitRemovals();
      assertThat(ports()).doesNotContain(port).hasSize(2);
    } finally {
      end(process);
    }
  }

  @Test
  void theLinkOfANamespaceThatIsHeldOpenGoesByItself() throws Exception {
    Sandbox old = attach("old");
    Process process = talkative(old);
    try {
      old.delete();
      long deadline = System.nanoTime() + 20_000_000_000L;
      while (!ports().isEmpty() && System.nanoTime() < deadline) {
        Thread.sleep(10);
      }
      assertThat(ports()).isEmpty();
    } finally {
      end(process);
    }
  }

  @Test
  void manyGoTogether() throws Exception {
    List<Sandbox> sandboxes = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      sandboxes.add(attach("c" + i));
    }
    assertThat(ports()).hasSize(40);
    for (Sandbox sandbox : sandboxes) {
      sandbox.delete();
    }
    assertThat(controller.sandboxes()).isEmpty();
    assertThat(network.endpoints()).isEmpty();
    controller.awaitRemovals();
    assertThat(ports()).isEmpty();
  }

  @Test
  void aNetworkGoesAfterItsPorts() throws Exception {
    attach("c1").delete();
    network.delete();

    assertThat(host.links()).isEmpty();
  }

  @Test
  void leavingTakesTheInterfaceAwayBeforeItReturns() throws Exception {
    Sandbox sandbox = attach("c1");
    sandbox.endpoints().getFirst().leave();

    assertThat(TestHost.in(sandbox.key(), "sh", "-c", NAMES).strip()).isEqualTo("lo");
    assertThat(ports()).isEmpty();
  }

  @Test
  void withDurableRecordsTheLinksAreGoneWhenItReturns() throws Exception {
    close();
    KeptStore store = new KeptStore();
    open(store);
    Sandbox sandbox = attach("c1");
    sandbox.delete();

    assertThat(ports()).isEmpty();
    network.delete();
  }
}
