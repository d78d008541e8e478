package dev.cnm.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.ConflictException;
import dev.cnm.Endpoint;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import dev.cnm.Sandbox;
import dev.cnm.controller.state.MemoryStateStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several stores on one host, none of which knows of the others. */
class SharedHostTest {

  private TestHost host;

  @BeforeEach
  void makeHost() throws IOException {
    host = new TestHost();
  }

  @AfterEach
  void removeHost() throws Exception {
    assertThat(host.links()).isEmpty();
    host.close();
  }

  private LocalController open() throws IOException {
    return host.open(new MemoryStateStore());
  }

  private static Sandbox attach(LocalController controller, String network, String name)
      throws IOException {
    Endpoint endpoint = controller.network(network).createEndpoint(name);
    Sandbox sandbox = controller.newSandbox(name);
    endpoint.join(sandbox);
    return sandbox;
  }

  private static String address(Sandbox sandbox) {
    return sandbox.endpoints().getFirst().ipv4().orElseThrow().address().getHostAddress();
  }

  private static boolean reaches(Sandbox from, String address) throws Exception {
    return from.start(
                new ProcessBuilder("ping", "-c1", "-W1", address)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD))
            .waitFor()
        == 0;
  }

  @Test
  void eachHasABridgeAndASubnetOfItsOwnAndLeavesTheOthersAlone() throws Exception {
    try (LocalController one = open()) {
      Sandbox a = attach(one, "bridge", "a");
      Sandbox second = attach(one, "bridge", "second");
      try (LocalController two = open()) {
        Sandbox b = attach(two, "bridge", "b");
        String bridge = "br-" + two.network("bridge").id().substring(0, 12);
        assertThat(host.links()).contains("cnm0", bridge);
        assertThat(address(b)).isNotEqualTo(address(a));
        assertThat(reaches(a, address(b))).isFalse();
        assertThat(reaches(b, address(a))).isFalse();
        assertThat(reaches(a, address(second))).isTrue();
        assertThat(
                TestHost.in(
                    host.namespace().path(), "nft", "list", "set", "inet", "cnm", "bridges"))
            .contains("cnm0", bridge);
        one.restore();
        two.restore();
      }
      assertThat(
              TestHost.in(host.namespace().path(), "nft", "list", "set", "inet", "cnm", "bridges"))
          .contains("cnm0")
          .doesNotContain("br-");
      assertThat(reaches(a, address(second))).isTrue();
      assertThat(one.restore()).isEmpty();
    }
  }

  @Test
  void whoComesFirstHasTheBridgeAndMayGoFirst() throws Exception {
    LocalController one = open();
    attach(one, "bridge", "a");
    try (LocalController two = open()) {
      Sandbox b = attach(two, "bridge", "b");
      Sandbox c = attach(two, "bridge", "c");
      one.close();
      assertThat(reaches(b, address(c))).isTrue();
      assertThat(host.links()).doesNotContain("cnm0");
    }
  }

  @Test
  void manyThatStartAtOnceChooseDifferentSubnets() throws Exception {
    int count = 8;
    List<LocalController> controllers = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
      for (int i = 0; i < count; i++) {
        controllers.add(open());
      }
      List<Callable<List<String>>> tasks = new ArrayList<>();
      for (LocalController controller : controllers) {
        tasks.add(() -> {
          Network made = controller.newNetwork("bridge", "web", NetworkOptions.defaults());
          return List.of(
              address(attach(controller, "bridge", "a")),
              made.addressPools().getFirst().subnet().address().getHostAddress());
        });
      }
      Set<String> seen = new HashSet<>();
      for (Future<List<String>> result : threads.invokeAll(tasks)) {
        for (String address : result.get()) {
          assertThat(seen.add(address.substring(0, address.lastIndexOf('.')))).isTrue();
        }
      }
    } finally {
      for (LocalController controller : controllers) {
        controller.close();
      }
    }
  }

  @Test
  void aSubnetChosenEarlierIsChosenAnewIfAnotherHasItByThen() throws Exception {
    try (LocalController one = open();
        LocalController two = open()) {
      String first = one.network("bridge").addressPools().getFirst().subnet().toString();
      assertThat(two.network("bridge").addressPools().getFirst().subnet()).hasToString(first);
      Sandbox a = attach(one, "bridge", "a");
      Sandbox b = attach(two, "bridge", "b");
      assertThat(address(b)).isNotEqualTo(address(a));
      assertThat(two.network("bridge").addressPools().getFirst().subnet().toString())
          .isNotEqualTo(first);
      assertThatThrownBy(() -> two.newNetwork("bridge", "web", NetworkOptions.subnet(first)))
          .isInstanceOf(ConflictException.class)
          .hasMessage(
              "the subnet "
                  + first
                  + " overlaps "
                  + first
                  + ", which the host is in with cnm0: choose another one");
    }
  }

  @Test
  void aBridgeOfTheAdministratorsCarriesOneNetworkOfOneStore() throws Exception {
    host.ip("link", "add", "br0", "type", "bridge");
    NetworkOptions options =
        NetworkOptions.builder().driverOption("com.docker.network.bridge.name", "br0").build();
    try (LocalController one = open();
        LocalController two = open()) {
      one.newNetwork("bridge", "web", options);
      assertThatThrownBy(() -> two.newNetwork("bridge", "db", options))
          .isInstanceOf(ConflictException.class)
          .hasMessageMatching(
              "the bridge br0 carries the network web of another store, cnm-[0-9a-f]{8}");
      one.network("web").delete();
      two.newNetwork("bridge", "db", options);
    }
    host.ip("link", "del", "br0");
  }
}
