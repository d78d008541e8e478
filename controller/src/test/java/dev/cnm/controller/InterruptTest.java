package dev.cnm.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.DnsOptions;
import dev.cnm.Endpoint;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import dev.cnm.PortMapping;
import dev.cnm.Sandbox;
import dev.cnm.SandboxOptions;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.Life;
import dev.cnm.controller.state.MemoryStateStore;
import dev.cnm.controller.state.Owner;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What an interrupted thread has begun it ends, and stays interrupted; where it would have to wait
 * for somebody else it gives up, and nothing is changed.
 */
final class InterruptTest {

  private @TempDir Path folder;
  private TestHost host;

  @BeforeEach
  void makeHost() throws Exception {
    host = new TestHost();
  }

  @AfterEach
  void removeHost() {
    host.close();
  }

  /** Does it on this thread, interrupted, and sees that it still is. */
  private static <T> T interrupted(Callable<T> operation) throws Exception {
    Thread.currentThread().interrupt();
    try {
      return operation.call();
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  private static void interruptedDo(Task operation) throws Exception {
    boolean _ =
        interrupted(() -> {
          operation.run();
          return true;
        });
  }

  private interface Task {
    void run() throws Exception;
  }

  @Test
  void everyOperationIsDone() throws Exception {
    MemoryStateStore store = new MemoryStateStore();
    try (LocalController controller = interrupted(() -> host.open(store))) {
      // More than the random digits that are kept for the next ids.
      for (int i = 0; i < 20; i++) {
        String name = "n" + i;
        interruptedDo(
            () -> controller.newNetwork("bridge", name, NetworkOptions.defaults()).delete());
      }
      Network web =
          interrupted(() ->
              controller.newNetwork("bridge", "web", NetworkOptions.builder().ipv6(true).build()));
      Network db =
          interrupted(
              () -> controller.newNetwork("bridge", "db", NetworkOptions.subnet("10.98.0.0/24")));
      Endpoint one = interrupted(() -> web.createEndpoint("c1"));
      Endpoint two = interrupted(() -> db.createEndpoint("c1"));
      SandboxOptions options =
          SandboxOptions.defaults()
              .withPorts(List.of(PortMapping.tcp(8080, 80)))
              .pinnedAt(folder.resolve("pin"))
              .withDns(DnsOptions.builder().hostname("h1").files(files()).build());
      Sandbox sandbox = interrupted(() -> controller.newSandbox("c1", options));
      interruptedDo(() -> one.join(sandbox));
      interruptedDo(() -> two.join(sandbox));
      assertThat(TestHost.ip(sandbox, "-o", "addr")).contains("eth0", "10.98.0.2/24", "eth1");
      assertThat(Files.readString(files().resolve("hosts"))).contains("10.98.0.2\th1");
      assertThat(one.portBindings()).isNotEmpty();
      int seven = interrupted(() -> sandbox.call(() -> 7));
      assertThat(seven).isEqualTo(7);
      Process started = interrupted(() -> sandbox.start(new ProcessBuilder("true")));
      assertThat(started.waitFor()).isZero();
      List<Network> networks = interrupted(controller::networks);
      assertThat(networks).contains(web, db);
      List<Endpoint> endpoints = interrupted(sandbox::endpoints);
      assertThat(endpoints).hasSize(2);
      interruptedDo(one::leave);
      assertThat(TestHost.ip(sandbox, "-o", "link")).doesNotContain("eth0").contains("eth1");
      interruptedDo(one::delete);
      interruptedDo(sandbox::delete);
      interruptedDo(controller::awaitRemovals);
      interruptedDo(web::delete);
      interruptedDo(db::delete);
      assertThat(host.links()).isEmpty();
      interruptedDo(controller::close);
    }
  }

  private Path files() throws Exception {
    return Files.createDirectories(folder.resolve("files"));
  }

  @Test
  void aFailureIsUndoneAsByAnybodyElse() throws Exception {
    try (LocalController controller = host.open(new MemoryStateStore())) {
      Network web = controller.newNetwork("bridge", "web", NetworkOptions.subnet("10.99.0.0/24"));
      Endpoint endpoint = web.createEndpoint("c1");
      Sandbox sandbox =
          controller.newSandbox(
              "c1",
              SandboxOptions.defaults().withSysctls(Map.of("net.ipv4.conf.eth0.nosuch", "1")));

      assertThatThrownBy(() -> interruptedDo(() -> endpoint.join(sandbox)))
          .hasMessageContaining("net.ipv4.conf.eth0.nosuch");

      assertThat(host.links()).containsExactly("br-" + web.id().substring(0, 12));
      assertThat(endpoint.sandbox()).isEmpty();
      assertThat(TestHost.ip(sandbox, "-o", "link")).doesNotContain("eth0");
    }
  }

  @Test
  void whoLivesIsSeenToLive() throws Exception {
    Process process = new ProcessBuilder("sleep", "60").start();
    try {
      Owner owner = interrupted(() -> Owner.of(process.pid()));
      assertThat(owner).isEqualTo(Owner.of(process.pid())).isNotEqualTo(Owner.nobody());
      assertThat(interrupted(owner::life)).isEqualTo(Life.ALIVE);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void whoWaitsForSomebodyElseGivesUp() throws Exception {
    MemoryStateStore store = new MemoryStateStore();
    try (LocalController controller = host.open(store)) {
      Network web = controller.newNetwork("bridge", "web", NetworkOptions.subnet("10.99.0.0/24"));
      Endpoint endpoint = web.createEndpoint("c1");
      Sandbox sandbox = controller.newSandbox("c1");
      putEndpoints(store, EndpointRecord.State.JOINING);

      assertThatThrownBy(() -> interruptedDo(() -> endpoint.join(sandbox)))
          .isInstanceOf(InterruptedIOException.class);

      putEndpoints(store, EndpointRecord.State.READY);
      assertThat(TestHost.ip(sandbox, "-o", "link")).doesNotContain("eth0");
    }
  }

  /** As if another thread were at it, or no longer. */
  private static void putEndpoints(MemoryStateStore store, EndpointRecord.State state)
      throws Exception {
    int changed =
        store.transaction(transaction -> {
          List<EndpointRecord> endpoints = transaction.load(EndpointRecord.class);
          for (EndpointRecord endpoint : endpoints) {
            transaction.put(endpoint.in(state));
          }
          return endpoints.size();
        });
    assertThat(changed).isEqualTo(1);
  }
}
