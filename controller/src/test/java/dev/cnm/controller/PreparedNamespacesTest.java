package dev.cnm.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.ControllerOptions;
import dev.cnm.InvalidParameterException;
import dev.cnm.Sandbox;
import dev.cnm.SandboxOptions;
import dev.cnm.controller.state.MemoryStateStore;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.route.LinkSpec;
import dev.cnm.netlink.route.Links;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class PreparedNamespacesTest {

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      Thread.sleep(5);
    }
  }

  @Test
  void sandboxesAreTheSameAsWithout() throws Exception {
    try (TestHost host = new TestHost();
        LocalController controller = host.open(new MemoryStateStore(), 2)) {
      await("two are ready", () -> controller.readyNamespaces() == 2);
      Sandbox prepared = controller.newSandbox("prepared");

      assertThat(TestHost.ip(prepared, "-o", "link"))
          .contains("lo: <LOOPBACK,UP,LOWER_UP>")
          .hasLineCount(1);
      assertThat(TestHost.ip(prepared, "-o", "addr")).doesNotContain("inet6");
      Sandbox special =
          controller.newSandbox(
              "special",
              SandboxOptions.defaults()
                  .withSysctls(Map.of("net.ipv4.ip_unprivileged_port_start", "80")));
      assertThat(
              TestHost.in(special.key(), "cat", "/proc/sys/net/ipv4/ip_unprivileged_port_start")
                  .strip())
          .isEqualTo("80");
      await("two are ready again", () -> controller.readyNamespaces() == 2);
    }
  }

  @Test
  void noneIsUsedAgain() throws Exception {
    try (TestHost host = new TestHost();
        LocalController controller = host.open(new MemoryStateStore(), 3)) {
      for (int i = 0; i < 12; i++) {
        Sandbox sandbox = controller.newSandbox("c" + i);
        assertThat(TestHost.ip(sandbox, "-o", "link")).hasLineCount(1);
        sandbox.call(() -> {
          try (NetworkNamespace inside = NetworkNamespace.current()) {
            return new Links(inside.route()).create(LinkSpec.bridge("trace").build());
          }
        });
        assertThat(TestHost.ip(sandbox, "-o", "link")).contains("trace");
        sandbox.delete();
      }
    }
  }

  @Test
  void moreThanThereAreCanBeHad() throws Exception {
    try (TestHost host = new TestHost();
        LocalController controller = host.open(new MemoryStateStore(), 1)) {
      Set<String> namespaces = new HashSet<>();
      for (int i = 0; i < 10; i++) {
        Sandbox sandbox = controller.newSandbox("c" + i);
        namespaces.add(TestHost.in(sandbox.key(), "readlink", "/proc/self/ns/net"));
      }
      assertThat(namespaces).hasSize(10);
    }
  }

  @Test
  void itIsOffUnlessAskedFor() throws Exception {
    assertThat(ControllerOptions.defaults().preparedNamespaces()).isZero();
    try (TestHost host = new TestHost();
        LocalController controller = host.open(new MemoryStateStore())) {
      controller.newSandbox("c1").delete();
      assertThat(controller.readyNamespaces()).isZero();
    }
    assertThatThrownBy(() -> ControllerOptions.defaults().withPreparedNamespaces(-1))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessage("invalid number of prepared namespaces: -1: 0 to 10000");
  }

  @Test
  void aFailureIsTriedAgainWithTheNextOne() throws Exception {
    Thread taker = Thread.currentThread();
    AtomicInteger preparations = new AtomicInteger();
    PreparedNamespaces prepared =
        new PreparedNamespaces(
            1,
            () -> {
              if (Thread.currentThread() == taker || preparations.incrementAndGet() == 1) {
                throw new IOException("no namespace is left");
              }
              return NetworkNamespace.create();
            });
    try {
      await("it has been tried", () -> preparations.get() == 1);
      assertThatThrownBy(prepared::take).hasMessage("no namespace is left");
      await("one is ready", () -> prepared.ready() == 1);
    } finally {
      prepared.close();
    }
  }

  @Test
  void closingLetsGoOfThem() throws Exception {
    List<NetworkNamespace> made = new CopyOnWriteArrayList<>();
    PreparedNamespaces prepared =
        new PreparedNamespaces(
            2,
            () -> {
              NetworkNamespace namespace = NetworkNamespace.create();
              made.add(namespace);
              return namespace;
            });
    await("two are ready", () -> prepared.ready() == 2);
    prepared.close();

    assertThat(prepared.ready()).isZero();
    assertThat(made)
        .hasSize(2)
        .allSatisfy(it -> assertThatThrownBy(it::route).hasMessageContaining("is closed"));
  }
}
