package dev.cnm.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.ConflictException;
import dev.cnm.Endpoint;
import dev.cnm.EndpointOptions;
import dev.cnm.ForbiddenException;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.IpamConfig;
import dev.cnm.MacAddress;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import dev.cnm.NotFoundException;
import dev.cnm.Sandbox;
import dev.cnm.SandboxOptions;
import dev.cnm.controller.state.MemoryStateStore;
import dev.cnm.spi.SandboxSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalControllerTest {

  private TestHost host;
  private LocalController controller;

  @BeforeEach
  void open() throws Exception {
    LoggingDriver.CALLS.clear();
    LoggingDriver.failing = "";
    host = new TestHost();
    controller = host.open(new MemoryStateStore());
  }

  @AfterEach
  void close() throws Exception {
    LoggingDriver.failing = "";
    controller.close();
    assertThat(host.links()).isEmpty();
    host.close();
  }

  private Network network(String name, String subnet) throws IOException {
    return controller.newNetwork("logging", name, NetworkOptions.subnet(subnet));
  }

  private static NetworkOptions internal(String subnet) {
    return NetworkOptions.builder()
        .internal(true)
        .pool(IpamConfig.of(IpPrefix.parse(subnet)))
        .build();
  }

  private static String defaultRoute(Sandbox sandbox) throws Exception {
    return TestHost.ip(sandbox, "route", "show", "default").strip();
  }

  @Test
  void aMacAddressHasOneHolderInANetwork() throws IOException {
    Network web = network("web", "10.99.0.0/24");
    // What the third endpoint's would be, made of its IPv4 address.
    MacAddress chosen = MacAddress.parse("02:42:0a:63:00:04");
    Endpoint first = web.createEndpoint("first", EndpointOptions.builder().mac(chosen).build());

    assertThatThrownBy(
            () -> web.createEndpoint("again", EndpointOptions.builder().mac(chosen).build()))
        .isInstanceOf(ConflictException.class)
        .hasMessage(
            "the MAC address 02:42:0a:63:00:04 is that of endpoint first in network web already");
    Endpoint second = web.createEndpoint("second");
    Endpoint third = web.createEndpoint("third");

    assertThat(third.ipv4().orElseThrow().address().getHostAddress()).isEqualTo("10.99.0.4");
    assertThat(Set.of(first.mac(), second.mac(), third.mac())).hasSize(3);
    assertThat(third.mac().orElseThrow().toString())
        .startsWith("02:42:")
        .isNotEqualTo(chosen.toString());
    // One that is made up and already there isn't to be had either.
    MacAddress madeUp = second.mac().orElseThrow();
    assertThatThrownBy(
            () -> web.createEndpoint("late", EndpointOptions.builder().mac(madeUp).build()))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("is that of endpoint second");
    for (long bits : new long[] {0, 0xffffffffffffL, 0x01005e000001L}) {
      assertThatThrownBy(() ->
              web.createEndpoint(
                  "bad", EndpointOptions.builder().mac(new MacAddress(bits)).build()))
          .isInstanceOf(InvalidParameterException.class)
          .hasMessageContaining("no interface can have");
    }
    // In another network it is another one's business.
    assertThat(
            network("other", "10.98.0.0/24")
                .createEndpoint("first", EndpointOptions.builder().mac(chosen).build())
                .mac())
        .contains(chosen);
  }

  @Test
  void aFreshSandboxHoldsTheLoopbackUpAndNoIpv6() throws Exception {
    Sandbox c1 =
        controller.newSandbox(
            "c1",
            SandboxOptions.defaults()
                .withSysctls(Map.of("net.ipv4.ip_unprivileged_port_start", "80")));
    assertThat(TestHost.ip(c1, "-o", "link"))
        .contains("lo: <LOOPBACK,UP,LOWER_UP>")
        .hasLineCount(1);
    assertThat(TestHost.ip(c1, "-o", "addr")).contains("127.0.0.1/8").doesNotContain("inet6");
    String sys = "/proc/sys/net/";
    assertThat(TestHost.in(c1.key(), "cat", sys + "ipv6/conf/default/disable_ipv6").strip())
        .isEqualTo("1");
    assertThat(TestHost.in(c1.key(), "cat", sys + "ipv4/ip_unprivileged_port_start").strip())
        .isEqualTo("80");
    String inside =
        c1.call(() -> Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net"))).toString();
    assertThat(TestHost.in(c1.key(), "readlink", "/proc/self/ns/net").strip()).isEqualTo(inside);
  }

  @Test
  void joiningBringsTheInterfaceInAndLeavingGivesItBack() throws Exception {
    Endpoint endpoint = network("web", "10.99.0.0/24").createEndpoint("c1");
    Sandbox c1 = controller.newSandbox("c1");
    endpoint.join(c1);
    assertThat(TestHost.ip(c1, "-o", "-4", "addr", "show", "eth0")).contains("10.99.0.2/24");
    assertThat(TestHost.ip(c1, "link", "show", "up", "eth0"))
        .contains(endpoint.mac().orElseThrow().toString());
    assertThat(defaultRoute(c1)).contains("via 10.99.0.1 dev eth0");
    assertThat(host.links()).singleElement().asString().startsWith("out");
    assertThat(endpoint.interfaceName()).contains("eth0");
    assertThat(endpoint.sandbox()).contains(c1);
    assertThat(c1.endpoints()).containsExactly(endpoint);
    assertThatThrownBy(endpoint::delete)
        .isInstanceOf(ForbiddenException.class)
        .hasMessage("endpoint c1 has active sandbox");
    endpoint.leave();
    assertThat(TestHost.ip(c1, "-o", "link")).hasLineCount(1);
    assertThat(endpoint.sandbox()).isEmpty();
    assertThatThrownBy(endpoint::leave).isInstanceOf(ForbiddenException.class);
    endpoint.join(c1);
    c1.delete();
    assertThatThrownBy(endpoint::operationalInfo).isInstanceOf(NotFoundException.class);
    controller.network("web").delete();
    assertThat(LoggingDriver.CALLS)
        .containsExactly(
            "createNetwork web",
            "createEndpoint c1",
            "join c1",
            "program c1",
            "revoke c1",
            "leave c1",
            "join c1",
            "program c1",
            "revoke c1",
            "leave c1",
            "deleteEndpoint c1",
            "deleteNetwork web");
  }

  @ParameterizedTest
  @ValueSource(strings = {"join", "link", "program"})
  void aJoinThatFailsLeavesEverythingAsItWas(String step) throws Exception {
    Network b = network("b", "10.99.1.0/24");
    Sandbox c1 = controller.newSandbox("c1");
    Endpoint old = b.createEndpoint("old");
    old.join(c1);
    Endpoint endpoint = network("a", "10.99.0.0/24").createEndpoint("new");
    String routes = TestHost.ip(c1, "route");
    LoggingDriver.failing = step.equals("link") ? step : step + " new";
    assertThatThrownBy(() -> endpoint.join(c1)).isInstanceOf(IOException.class);
    LoggingDriver.failing = "";
    assertThat(TestHost.ip(c1, "route")).isEqualTo(routes);
    assertThat(TestHost.ip(c1, "-o", "link")).hasLineCount(2).contains("eth0");
    assertThat(host.links()).singleElement().asString().startsWith("out");
    assertThat(endpoint.sandbox()).isEmpty();
    assertThat(c1.endpoints()).containsExactly(old);
    endpoint.join(c1);
    assertThat(c1.endpoints()).containsExactly(endpoint, old);
  }

  @Test
  void aNetworkOrEndpointThatFailsGivesItsAddressesBack() throws Exception {
    LoggingDriver.failing = "createNetwork";
    assertThatThrownBy(() -> network("web", "10.99.0.0/24")).isInstanceOf(IOException.class);
    LoggingDriver.failing = "";
    assertThat(controller.networkByName("web")).isEmpty();
    Network web = network("web", "10.99.0.0/24");
    LoggingDriver.failing = "createEndpoint";
    EndpointOptions wanted =
        EndpointOptions.builder().address(IpPrefix.parseAddress("10.99.0.77")).build();
    assertThatThrownBy(() -> web.createEndpoint("c1", wanted)).isInstanceOf(IOException.class);
    LoggingDriver.failing = "";
    assertThat(web.endpoints()).isEmpty();
    assertThat(web.createEndpoint("c1", wanted).ipv4()).contains(IpPrefix.parse("10.99.0.77/24"));
    assertThatThrownBy(() -> web.createEndpoint("c2", wanted))
        .isInstanceOf(ConflictException.class);
    assertThat(web.endpointByName("c2")).isEmpty();
  }

  @Test
  void whatFailsToGoStays() throws Exception {
    Network web = network("web", "10.99.0.0/24");
    Endpoint endpoint = web.createEndpoint("c1");
    LoggingDriver.failing = "deleteEndpoint";
    assertThatThrownBy(endpoint::delete).isInstanceOf(IOException.class);
    assertThat(web.endpoints()).containsExactly(endpoint);
    LoggingDriver.failing = "";
    endpoint.delete();
    LoggingDriver.failing = "deleteNetwork";
    assertThatThrownBy(web::delete).isInstanceOf(IOException.class);
    assertThat(controller.network("web")).isEqualTo(web);
    LoggingDriver.failing = "";
    web.delete();
    assertThatThrownBy(web::delete).isInstanceOf(NotFoundException.class);
    network("other", "10.99.0.0/24");
  }

  @Test
  void theFirstNetworkInOrderGivesTheDefaultRoute() throws Exception {
    Sandbox c1 = controller.newSandbox("c1");
    Endpoint m = network("m", "10.99.1.0/24").createEndpoint("m");
    Endpoint a = network("a", "10.99.0.0/24").createEndpoint("a");
    Endpoint z = network("z", "10.99.2.0/24").createEndpoint("z");
    Endpoint in =
        controller.newNetwork("logging", "0", internal("10.99.3.0/24")).createEndpoint("i");
    in.join(c1);
    assertThat(defaultRoute(c1)).isEmpty();
    m.join(c1);
    assertThat(defaultRoute(c1)).contains("via 10.99.1.1 dev eth1");
    z.join(c1);
    assertThat(defaultRoute(c1)).contains("via 10.99.1.1 dev eth1");
    a.join(c1);
    assertThat(defaultRoute(c1)).contains("via 10.99.0.1 dev eth3").hasLineCount(1);
    assertThat(c1.endpoints().getFirst()).isEqualTo(a);
    a.leave();
    assertThat(defaultRoute(c1)).contains("via 10.99.1.1 dev eth1");
    m.leave();
    assertThat(defaultRoute(c1)).contains("via 10.99.2.1 dev eth2");
    a.join(c1);
    assertThat(a.interfaceName()).contains("eth1");
    assertThat(LoggingDriver.CALLS)
        .containsSubsequence(
            "program m",
            "revoke m",
            "join a",
            "program a",
            "revoke a",
            "leave a",
            "program m",
            "revoke m",
            "leave m",
            "program z",
            "revoke z",
            "join a",
            "program a");
  }

  @Test
  void aSharedStackLivesUntilItsLastUserIsDeleted() throws Exception {
    Endpoint endpoint = network("web", "10.99.0.0/24").createEndpoint("c1");
    Sandbox c1 = controller.newSandbox("c1");
    endpoint.join(c1);
    Network mode =
        controller.newNetwork(
            "container",
            "container:c1",
            NetworkOptions.builder().driverOption("container", "c1").build());
    Sandbox c2 = controller.newSandbox("c2", SandboxOptions.of(mode.sandboxSource()));
    Sandbox c3 = controller.newSandbox("c3", SandboxOptions.of(mode.sandboxSource()));
    mode.createEndpoint("c2").join(c2);
    mode.createEndpoint("c3").join(c3);
    assertThat(controller.users(c2)).containsExactly(c1, c2, c3);
    assertThat(c2.endpoints()).hasSize(2);
    c1.delete();
    assertThat(TestHost.ip(c2, "-o", "-4", "addr", "show", "eth0")).contains("10.99.0.2/24");
    assertThat(endpoint.sandbox()).contains(c2);
    assertThat(endpoint.name()).isEqualTo("c2");
    Sandbox another = controller.newSandbox("c1");
    Endpoint its = controller.network("web").createEndpoint("c1");
    its.join(another);
    assertThat(TestHost.ip(another, "-o", "-4", "addr", "show", "eth0")).contains("10.99.0.3/24");
    another.delete();
    LoggingDriver.CALLS.clear();
    c2.delete();
    assertThat(endpoint.sandbox()).contains(c3);
    assertThat(mode.endpoints()).hasSize(1);
    assertThat(controller.networkByName("container:c1")).isPresent();
    c3.delete();
    assertThat(controller.networkByName("container:c1")).isEmpty();
    assertThat(controller.network("web").endpoints()).isEmpty();
    assertThat(LoggingDriver.CALLS).endsWith("revoke c3", "leave c3", "deleteEndpoint c3");
  }

  @Test
  void hostSandboxesUseTheHostsStack() throws Exception {
    Network network = controller.network("host");
    Sandbox c1 = controller.newSandbox("c1", SandboxOptions.of(network.sandboxSource()));
    Sandbox c2 = controller.newSandbox("c2", SandboxOptions.of(SandboxSource.host()));
    network.createEndpoint("c1").join(c1);
    network.createEndpoint("c2").join(c2);
    assertThat(TestHost.in(c1.key(), "readlink", "/proc/self/ns/net").strip())
        .isEqualTo(host.namespace().toString());
    Endpoint wrong = network("web", "10.99.0.0/24").createEndpoint("c1");
    assertThatThrownBy(() -> wrong.join(c1)).isInstanceOf(ForbiddenException.class);
    c1.delete();
    assertThat(network.endpoints()).hasSize(1);
    c2.delete();
    assertThat(host.ip("-o", "link")).hasLineCount(1);
  }

  @Test
  void aPinnedSandboxCanBeEnteredByItsPath(@TempDir Path folder) throws Exception {
    Path pin = folder.resolve("c1");
    Sandbox c1 = controller.newSandbox("c1", SandboxOptions.defaults().pinnedAt(pin));
    assertThat(c1.key()).isEqualTo(pin);
    assertThat(TestHost.ip(c1, "-o", "link")).contains("lo");
    assertThatThrownBy(() -> controller.newSandbox("c2", SandboxOptions.defaults().pinnedAt(pin)))
        .isInstanceOf(IOException.class);
    assertThat(controller.sandboxes()).containsExactly(c1);
    c1.delete();
    assertThat(pin).doesNotExist();
    assertThatThrownBy(c1::delete).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> c1.call(() -> 1)).isInstanceOf(NotFoundException.class);
  }

  @Test
  void predefinedNetworksAreThereAndStay() throws Exception {
    assertThat(controller.networks())
        .extracting(Network::name)
        .containsExactly("bridge", "host", "none");
    Network bridge = controller.network("bridge");
    assertThat(host.links()).isEmpty();
    assertThat(bridge.addressPools()).hasSize(1);
    assertThat(host.links()).isEmpty();
    assertThatThrownBy(bridge::delete)
        .isInstanceOf(ForbiddenException.class)
        .hasMessage("bridge is a pre-defined network and cannot be removed");
    assertThatThrownBy(() -> controller.newNetwork("bridge", "bridge", NetworkOptions.defaults()))
        .isInstanceOf(ForbiddenException.class)
        .hasMessage("operation is not permitted on predefined bridge network");
    assertThatThrownBy(() -> controller.newNetwork("host", "h2", NetworkOptions.defaults()))
        .isInstanceOf(ForbiddenException.class)
        .hasMessage("only one instance of \"host\" network is allowed");
    bridge.createEndpoint("c1").delete();
    assertThat(host.links()).hasSize(1);
  }

  @Test
  void wrongRequestsAreRefused() throws Exception {
    Network web = network("web", "10.99.0.0/24");
    assertThatThrownBy(() -> network("web", "10.98.0.0/24"))
        .isInstanceOf(ConflictException.class)
        .hasMessage("network with name web already exists");
    assertThatThrownBy(() -> network("other", "10.99.0.128/25"))
        .isInstanceOf(ConflictException.class);
    assertThatThrownBy(() -> network("a:b", "10.98.0.0/24"))
        .isInstanceOf(InvalidParameterException.class);
    assertThatThrownBy(() -> controller.newNetwork("nosuch", "x", NetworkOptions.defaults()))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("nosuch");
    web.createEndpoint("c1");
    assertThatThrownBy(() -> web.createEndpoint("c1"))
        .isInstanceOf(ConflictException.class)
        .hasMessage("endpoint with name c1 already exists in network web");
    assertThatThrownBy(() ->
            web.createEndpoint(
                "c2",
                EndpointOptions.builder().address(IpPrefix.parseAddress("10.98.0.2")).build()))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessage(
            "invalid address 10.98.0.2: it does not belong to any of network web's subnets");
    web.createEndpoint("a2");
    assertThatThrownBy(web::delete)
        .isInstanceOf(ForbiddenException.class)
        .hasMessage("network web has active endpoints: a2, c1");
    Sandbox c1 = controller.newSandbox("c1");
    assertThatThrownBy(() -> controller.newSandbox("c1")).isInstanceOf(ConflictException.class);
    web.endpointByName("c1").orElseThrow().join(c1);
    assertThatThrownBy(() -> web.endpointByName("a2").orElseThrow().join(c1))
        .isInstanceOf(ForbiddenException.class);
    assertThatThrownBy(() -> controller.sandboxById(""))
        .isInstanceOf(InvalidParameterException.class);
  }

  @Test
  void idsMayBeAbbreviatedAsLongAsTheyAreUnique() throws Exception {
    Network web = network("web", "10.99.0.0/24");
    assertThat(web.id()).matches("[0-9a-f]{64}");
    assertThat(controller.networkById(web.id().substring(0, 20))).contains(web);
    assertThat(controller.network(web.id().substring(0, 20))).isEqualTo(web);
    assertThat(controller.networkById("xyz")).isEmpty();
    for (int i = 0; i < 16; i++) {
      web.createEndpoint("e" + i);
    }
    web.createEndpoint("e16");
    Set<Character> firsts = new HashSet<>();
    Endpoint twin =
        web.endpoints().stream()
            .filter(it -> !firsts.add(it.id().charAt(0)))
            .findFirst()
            .orElseThrow();
    assertThatThrownBy(() -> web.endpointById(twin.id().substring(0, 1)))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining(twin.name() + " (" + twin.id().substring(0, 12) + ")");
  }

  @Test
  void brokenProvidersArePassedOver() {
    assertThat(controller.driverTypes()).contains("bridge", "host", "logging", "null", "container");
    assertThatThrownBy(() -> controller.newNetwork("throwing", "x", NetworkOptions.defaults()))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("Throwing");
    assertThat(controller.driverTypes()).doesNotContain("throwing");
    assertThatThrownBy(() -> controller.newNetwork("twin", "x", NetworkOptions.defaults()))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("OneTwin")
        .hasMessageContaining("OtherTwin")
        .hasMessageContaining("test-classes");
  }

  @Test
  void theDriversOfThisProjectAreFoundAndWork() throws Exception {
    NetworkOptions options =
        NetworkOptions.builder()
            .ipv6(true)
            .pool(IpamConfig.of(IpPrefix.parse("10.99.0.0/24")))
            .pool(IpamConfig.of(IpPrefix.parse("fd00:99::/64")))
            .build();
    Network web = controller.newNetwork("bridge", "web", options);
    Sandbox c1 = controller.newSandbox("c1");
    Sandbox c2 = controller.newSandbox("c2");
    web.createEndpoint("c1").join(c1);
    web.createEndpoint("c2").join(c2);
    controller.network("bridge").createEndpoint("c1").join(c1);
    assertThat(TestHost.ip(c1, "-o", "-4", "addr")).contains("eth0", "eth1").hasLineCount(3);
    // The bridge's name comes first, but a network with gateways of both families is preferred.
    assertThat(defaultRoute(c1)).hasLineCount(1).contains("dev eth0");
    assertThat(defaultRoute(c2)).hasLineCount(1).contains("via 10.99.0.1 dev eth0");
    TestHost.in(c1.key(), "ping", "-c1", "-W3", "10.99.0.1");
    TestHost.in(c1.key(), "ping", "-c1", "-W3", "10.99.0.3");
    TestHost.in(c2.key(), "ping", "-c1", "-W3", "fd00:99::1");
    controller.sandboxByName("c1").orElseThrow().delete();
    c2.delete();
    web.delete();
  }

  @Test
  void aClosedControllerRefuses() throws Exception {
    Sandbox c1 = controller.newSandbox("c1");
    network("web", "10.99.0.0/24").createEndpoint("c1").join(c1);
    controller.close();
    assertThat(host.links()).isEmpty();
    assertThat(LoggingDriver.CALLS).endsWith("leave c1", "deleteEndpoint c1", "deleteNetwork web");
    assertThatThrownBy(() -> controller.newSandbox("c2")).isInstanceOf(IllegalStateException.class);
    controller.close();
  }

  @Test
  void manyThreadsWorkSideBySide() throws Exception {
    Network web = network("web", "10.99.0.0/24");
    Network other = network("other", "10.99.1.0/24");
    List<Callable<Set<IpPrefix>>> tasks = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      String name = "c" + i;
      tasks.add(() -> {
        Set<IpPrefix> addresses = new HashSet<>();
        for (int round = 0; round < 4; round++) {
          Sandbox sandbox = controller.newSandbox(name);
          Endpoint one = web.createEndpoint(name);
          Endpoint two = other.createEndpoint(name);
          addresses.add(one.ipv4().orElseThrow());
          one.join(sandbox);
          two.join(sandbox);
          assertThat(defaultRoute(sandbox)).contains("via 10.99.1.1").hasLineCount(1);
          one.leave();
          sandbox.delete();
          one.delete();
        }
        return addresses;
      });
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (Future<Set<IpPrefix>> result : threads.invokeAll(tasks)) {
        assertThat(result.get()).isNotEmpty();
      }
    }
    assertThat(web.endpoints()).isEmpty();
    assertThat(other.endpoints()).isEmpty();
    assertThat(controller.sandboxes()).isEmpty();
    assertThat(host.links()).isEmpty();
  }
}
