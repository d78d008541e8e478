package dev.cnm.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.Endpoint;
import dev.cnm.IpPrefix;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import dev.cnm.Sandbox;
import dev.cnm.SandboxOptions;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.controller.state.Owner;
import dev.cnm.controller.state.Place;
import dev.cnm.controller.state.SandboxRecord;
import dev.cnm.controller.state.StateRecord;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReconcileTest {

  private static final Place EARLIER = new Place("earlier", 1, 2, 3);

  @TempDir Path folder;
  private final KeptStore store = new KeptStore();
  private TestHost host;
  private Process sleeper;

  @BeforeEach
  void start() throws Exception {
    LoggingDriver.CALLS.clear();
    LoggingDriver.failing = "";
    host = new TestHost();
    sleeper = new ProcessBuilder("sleep", "600").start();
  }

  @AfterEach
  void clear() throws Exception {
    LoggingDriver.failing = "";
    sleeper.destroyForcibly().waitFor();
    for (SandboxRecord sandbox : all(SandboxRecord.class)) {
      if (sandbox.pinned().isPresent()) {
        NetworkNamespace.unpin(sandbox.pinned().get());
      }
    }
    host.close();
  }

  private <R extends StateRecord> List<R> all(Class<R> kind) throws IOException {
    return store.transaction(tx -> tx.load(kind));
  }

  private <R extends StateRecord> void edit(Class<R> kind, UnaryOperator<R> edit)
      throws IOException {
    store.transaction(tx -> {
      for (R record : tx.load(kind)) {
        tx.put(edit.apply(record));
      }
      return kind;
    });
  }

  /** A network, and an endpoint of it in a pinned sandbox, left by a controller that was closed. */
  private void leaveBehind() throws IOException {
    try (LocalController controller = host.open(store)) {
      Network web = controller.newNetwork("logging", "web", NetworkOptions.subnet("10.99.0.0/24"));
      Sandbox c1 =
          controller.newSandbox("c1", SandboxOptions.defaults().pinnedAt(folder.resolve("c1")));
      web.createEndpoint("c1").join(c1);
    }
    LoggingDriver.CALLS.clear();
  }

  private Owner alive() {
    return Owner.of(sleeper.pid());
  }

  private static Owner dead() {
    Owner now = Owner.current();
    return new Owner(now.pid(), 1, now.bootId(), now.pidNamespace());
  }

  @Test
  void whatLivesIsFoundAgain() throws Exception {
    leaveBehind();
    try (LocalController controller = host.open(store)) {
      Sandbox c1 = controller.sandboxByName("c1").orElseThrow();
      Endpoint endpoint = c1.endpoints().getFirst();
      assertThat(endpoint.interfaceName()).contains("eth0");
      assertThat(TestHost.ip(c1, "-o", "-4", "addr", "show", "eth0")).contains("10.99.0.2/24");
      assertThat(LoggingDriver.CALLS).isEmpty();
      assertThat(controller.network("web").createEndpoint("c2").ipv4())
          .contains(IpPrefix.parse("10.99.0.3/24"));
      c1.delete();
      assertThat(host.links()).isEmpty();
      assertThat(folder.resolve("c1")).doesNotExist();
    }
  }

  @Test
  void aSandboxWhoseFileIsGoneIsReleased() throws Exception {
    leaveBehind();
    NetworkNamespace.unpin(folder.resolve("c1"));
    try (LocalController controller = host.open(store)) {
      assertThat(controller.sandboxes()).isEmpty();
      assertThat(controller.network("web").endpoints()).isEmpty();
      assertThat(LoggingDriver.CALLS).containsExactly("revoke c1", "leave c1", "deleteEndpoint c1");
      assertThat(controller.network("web").createEndpoint("c2").ipv4())
          .contains(IpPrefix.parse("10.99.0.2/24"));
    }
  }

  @Test
  void aJoinCutShortIsUndone() throws Exception {
    leaveBehind();
    edit(EndpointRecord.class, it -> it.in(EndpointRecord.State.JOINING).ownedBy(dead()));
    try (LocalController controller = host.open(store)) {
      Sandbox c1 = controller.sandboxByName("c1").orElseThrow();
      Endpoint endpoint = controller.network("web").endpoints().getFirst();
      assertThat(endpoint.sandbox()).isEmpty();
      assertThat(TestHost.ip(c1, "-o", "link")).hasLineCount(1);
      assertThat(host.links()).isEmpty();
      endpoint.join(c1);
      assertThat(TestHost.ip(c1, "-o", "-4", "addr", "show", "eth0")).contains("10.99.0.2/24");
    }
  }

  @Test
  void whatALivingProcessIsAtIsLeftAlone() throws Exception {
    leaveBehind();
    Owner other = alive();
    edit(EndpointRecord.class, it -> it.in(EndpointRecord.State.LEAVING).ownedBy(other));
    edit(
        NetworkRecord.class,
        it -> it.predefined() ? it : it.in(NetworkRecord.State.DELETING).ownedBy(other));
    try (LocalController controller = host.open(store)) {
      assertThat(LoggingDriver.CALLS).isEmpty();
      sleeper.destroyForcibly().waitFor();
      controller.reconcile();
      assertThat(LoggingDriver.CALLS).contains("leave c1", "deleteNetwork web");
      assertThat(controller.networkByName("web")).isEmpty();
    }
  }

  @Test
  void aNetworkHalfMadeIsRemoved() throws Exception {
    try (LocalController controller = host.open(store)) {
      controller.newNetwork("logging", "web", NetworkOptions.subnet("10.99.0.0/24"));
    }
    edit(
        NetworkRecord.class,
        it -> it.predefined() ? it : it.in(NetworkRecord.State.CREATING).ownedBy(dead()));
    LoggingDriver.failing = "deleteNetwork";
    try (LocalController controller = host.open(store)) {
      assertThat(controller.networkByName("web")).isEmpty();
      assertThat(all(NetworkRecord.class)).extracting(NetworkRecord::name).contains("web");
      LoggingDriver.failing = "";
      controller.reconcile();
      assertThat(all(NetworkRecord.class)).extracting(NetworkRecord::name).doesNotContain("web");
      controller.newNetwork("logging", "web", NetworkOptions.subnet("10.99.0.0/24"));
    }
  }

  @Test
  void aRebootLeavesTheNetworksOnly() throws Exception {
    leaveBehind();
    edit(
        EndpointRecord.class,
        it ->
            new EndpointRecord(
                it.id(),
                it.name(),
                it.networkId(),
                it.state(),
                it.owner(),
                EARLIER,
                it.options(),
                it.ipv4(),
                it.ipv6(),
                it.mac(),
                it.driverState(),
                it.attachment()));
    edit(
        SandboxRecord.class,
        it ->
            new SandboxRecord(
                it.id(),
                it.name(),
                it.state(),
                it.owner(),
                EARLIER,
                it.source(),
                it.sharedWith(),
                it.stackId(),
                it.onHost(),
                it.pin(),
                it.key(),
                it.device(),
                it.inode(),
                it.ports(),
                it.dns(),
                it.sysctls()));
    edit(
        NetworkRecord.class,
        it ->
            new NetworkRecord(
                it.id(),
                it.name(),
                it.type(),
                it.created(),
                it.state(),
                it.owner(),
                EARLIER,
                it.options(),
                it.pools(),
                it.predefined(),
                it.driverState()));
    try (LocalController controller = host.open(store)) {
      assertThat(controller.sandboxes()).isEmpty();
      assertThat(folder.resolve("c1")).doesNotExist();
      assertThat(LoggingDriver.CALLS).isEmpty();
      Network web = controller.network("web");
      assertThat(web.createEndpoint("c1").ipv4()).contains(IpPrefix.parse("10.99.0.2/24"));
      assertThat(LoggingDriver.CALLS).containsExactly("createNetwork web", "createEndpoint c1");
    }
  }

  @Test
  void controllersOverOneStoreSeeEachOther() throws Exception {
    try (LocalController one = host.open(store);
        LocalController two = host.open(store)) {
      Network web = one.newNetwork("logging", "web", NetworkOptions.subnet("10.99.0.0/24"));
      Network same = two.network("web");
      assertThat(web.createEndpoint("a").ipv4()).contains(IpPrefix.parse("10.99.0.2/24"));
      assertThat(same.createEndpoint("b").ipv4()).contains(IpPrefix.parse("10.99.0.3/24"));
      assertThat(web.createEndpoint("c").ipv4()).contains(IpPrefix.parse("10.99.0.4/24"));
      Sandbox c1 = one.newSandbox("c1");
      Sandbox seen = two.sandboxByName("c1").orElseThrow();
      same.endpointByName("b").orElseThrow().join(seen);
      assertThat(c1.endpoints()).extracting(Endpoint::name).containsExactly("b");
      c1.delete();
      assertThat(two.sandboxes()).isEmpty();
      assertThat(host.links()).isEmpty();
    }
  }
}
