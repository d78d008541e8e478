package dev.cnm.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.cnm.CnmException;
import dev.cnm.ConflictException;
import dev.cnm.ControllerOptions;
import dev.cnm.Endpoint;
import dev.cnm.IpPrefix;
import dev.cnm.IpamConfig;
import dev.cnm.MacAddress;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import dev.cnm.PortBinding;
import dev.cnm.PortMapping;
import dev.cnm.Protocol;
import dev.cnm.Sandbox;
import dev.cnm.SandboxOptions;
import dev.cnm.controller.state.MemoryStateStore;
import dev.cnm.spi.EndpointResult;
import dev.cnm.spi.Finding;
import dev.cnm.spi.IpamDriver.AllocatedPool;
import dev.cnm.spi.JoinResult;
import dev.cnm.spi.JoinResult.InterfaceMade;
import dev.cnm.spi.JoinResult.StaticRoute;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever somebody else's driver does, the controller says so in one line and goes on. */
@Timeout(60)
final class HostileDriverTest {

  /** What a driver is waited for here; a quarter of it for IPAM drivers and when closing. */
  private static final Duration DEADLINE = Duration.ofSeconds(1);

  private static final NetworkOptions SUBNET = NetworkOptions.subnet("10.66.0.0/24");

  private final CountDownLatch end = new CountDownLatch(1);
  private TestHost host;
  private LocalController controller;

  @BeforeEach
  void open() throws Exception {
    behaveWell();
    host = new TestHost();
    controller =
        LocalController.open(
            ControllerOptions.defaults()
                .withHostNamespace(host.namespace().path())
                .withDriverDeadline(DEADLINE),
            new MemoryStateStore());
  }

  private static void behaveWell() {
    HostileDriver.BEHAVIOUR.clear();
    HostileDriver.CALLS.clear();
    HostileIpam.BEHAVIOUR.clear();
    HostileIpam.CALLS.clear();
  }

  @AfterEach
  void close() throws Exception {
    end.countDown();
    behaveWell();
    try {
      controller.close();
    } finally {
      assertThat(host.links()).isEmpty();
      host.close();
    }
  }

  private static Callable<Object> throwing(Throwable failure) {
    return () -> {
      failure.setStackTrace(new StackTraceElement[0]);
      return sneak(failure);
    };
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> Object sneak(Throwable failure) throws E {
    throw (E) failure;
  }

  /** Doesn't even mind an interrupt. */
  private Object hang() {
    while (true) {
      try {
        end.await();
        return "";
      } catch (InterruptedException e) {
        // Not for this one.
      }
    }
  }

  private static int recurse(int depth) {
    return recurse(depth + 1) + 1;
  }

  /** All that can be done with a network, an endpoint and a sandbox, as far as it gets. */
  private void useEverything(String ipam, List<Throwable> failures) throws Exception {
    NetworkOptions options =
        NetworkOptions.builder()
            .pool(IpamConfig.of(IpPrefix.parse("10.66.0.0/24")))
            .ipamDriver(ipam)
            .build();
    Sandbox c1 =
        controller.newSandbox(
            "c1", SandboxOptions.defaults().withPorts(List.of(PortMapping.tcp(8080, 80))));
    attempt(failures, () -> controller.newNetwork("hostile", "web", options));
    Optional<Network> web = controller.networkByName("web");
    if (web.isPresent()) {
      attempt(failures, () -> web.get().sandboxSource());
      attempt(failures, () -> web.get().createEndpoint("e1"));
      Optional<Endpoint> e1 = web.get().endpointByName("e1");
      if (e1.isPresent()) {
        attempt(failures, () -> e1.get().operationalInfo());
        attempt(
            failures,
            () -> {
              e1.get().join(c1);
              return "";
            });
      }
      attempt(failures, () -> controller.findings("hostile"));
      attempt(failures, () -> controller.restore());
    }
    behaveWell();
    end.countDown();
    // What the driver has not come back from is its business no longer.
    for (int i = 0; i < 100 && !failures.isEmpty(); i++) {
      List<Throwable> left = new ArrayList<>();
      attempt(
          left,
          () -> {
            if (controller.sandboxByName("c1").isPresent()) {
              c1.delete();
            }
            return "";
          });
      attempt(
          left,
          () -> {
            Optional<Network> there = controller.networkByName("web");
            if (there.isPresent()) {
              for (Endpoint endpoint : there.get().endpoints()) {
                endpoint.delete();
              }
              there.get().delete();
            }
            return "";
          });
      if (left.isEmpty()) {
        break;
      }
      Thread.sleep(20);
    }
  }

  private static void attempt(List<Throwable> failures, Callable<?> step) {
    Throwable failure = catchThrowable(step::call);
    if (failure instanceof UncheckedIOException unchecked) {
      failures.add(unchecked.getCause());
    } else if (failure != null) {
      failures.add(failure);
    }
  }

  static Stream<Arguments> everyCallAndFailure() {
    Map<String, Callable<Object>> failures =
        Map.of(
            "RuntimeException", throwing(new IllegalStateException("not\nlike \u001b[31mthis")),
            "StackOverflowError", () -> recurse(0),
            "NoClassDefFoundError", throwing(new NoClassDefFoundError("some/Library")),
            "AssertionError", throwing(new AssertionError("no")),
            "OutOfMemoryError", throwing(new OutOfMemoryError("pretended")),
            "checked", throwing(new Exception("sneaked")),
            "poisoned",
                throwing(
                    new IOException() {
                      private static final long serialVersionUID = 1L;

                      @Override
                      public String getMessage() {
                        throw new IllegalStateException("no message");
                      }
                    }));
    List<String> calls =
        List.of(
            "create",
            "capabilities",
            "sandboxSource",
            "createNetwork",
            "createEndpoint",
            "info",
            "interfacePrefix",
            "join",
            "program",
            "findings",
            "restore",
            "ipam create",
            "ipam requiresReplay",
            "ipam localAddressSpace",
            "ipam requestPool",
            "ipam requestGateway",
            "ipam requestAddress");
    // Each call fails in one way, and one call in each.
    return Stream.concat(
        calls.stream()
            .map(call ->
                Arguments.of(call, "StackOverflowError", failures.get("StackOverflowError"))),
        failures.entrySet().stream().map(it -> Arguments.of("join", it.getKey(), it.getValue())));
  }

  @ParameterizedTest
  @MethodSource("everyCallAndFailure")
  void whatIsThrownBecomesOneLineThatNamesTheDriver(
      String call, String name, Callable<Object> behaviour) throws Exception {
    boolean ipam = call.startsWith("ipam ");
    (ipam ? HostileIpam.BEHAVIOUR : HostileDriver.BEHAVIOUR)
        .put(call.replace("ipam ", ""), behaviour);
    List<Throwable> failures = new ArrayList<>();
    useEverything(ipam ? "hostile" : "default", failures);
    assertThat(failures).isNotEmpty();
    String location =
        HostileDriver.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    for (Throwable failure : failures) {
      assertThat(failure).isInstanceOfAny(IOException.class, CnmException.class);
      String message = failure.getMessage();
      assertThat(message)
          .contains("hostile")
          .hasLineCount(1)
          .doesNotContain("\u001b", "\n")
          .satisfiesAnyOf(
              it -> assertThat(it).contains(location),
              // The second time one asks for a driver that can't be made.
              it -> assertThat(it).contains("there are ["));
    }
    requireUnimpaired();
  }

  /** Everything else works, and nothing is left. */
  private void requireUnimpaired() throws Exception {
    assertThat(controller.networkByName("web")).isEmpty();
    assertThat(controller.sandboxes()).isEmpty();
    Network other = controller.newNetwork("bridge", "other", NetworkOptions.subnet("10.65.0.0/24"));
    Sandbox c2 = controller.newSandbox("c2");
    other.createEndpoint("e2").join(c2);
    assertThat(TestHost.ip(c2, "-o", "-4", "addr", "show", "eth0")).contains("10.65.0.2/24");
    c2.delete();
    controller.awaitRemovals();
    other.delete();
  }

  @ParameterizedTest
  @ValueSource(strings = {"create", "createNetwork", "join", "ipam create", "ipam requestAddress"})
  void oneThatHangsIsWaitedForUntilTheDeadlineAndHoldsUpNobodyElse(String call) throws Exception {
    boolean ipam = call.startsWith("ipam ");
    (ipam ? HostileIpam.BEHAVIOUR : HostileDriver.BEHAVIOUR)
        .put(call.replace("ipam ", ""), this::hang);
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    Thread user =
        Thread.ofPlatform()
            .start(() ->
                attempt(
                    failures,
                    () -> {
                      useEverything(ipam ? "hostile" : "default", failures);
                      return "";
                    }));
    if (!ipam) {
      while (!HostileDriver.CALLS.contains(call)) {
        Thread.sleep(5);
      }
      assertThat(controller.networks()).isNotEmpty();
      Network other =
          controller.newNetwork("bridge", "other", NetworkOptions.subnet("10.65.0.0/24"));
      other.createEndpoint("e2").delete();
      other.delete();
      assertThat(failures).as("it still hangs").isEmpty();
    }
    user.join();
    assertThat(failures.getFirst()).hasMessageContaining("has not answered within");
    requireUnimpaired();
  }

  @Test
  void whatComesLateIsUndone() throws Exception {
    Network web = controller.newNetwork("hostile", "web", SUBNET);
    Endpoint e1 = web.createEndpoint("e1");
    Sandbox c1 = controller.newSandbox("c1");
    HostileDriver.BEHAVIOUR.put(
        "join",
        () -> {
          hang();
          return JoinResult.nothing();
        });
    assertThatThrownBy(() -> e1.join(c1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot join endpoint e1: the network driver \"hostile\"")
        .hasMessageContaining("has not answered within 1 s");
    // Never two calls for one endpoint.
    long before = System.nanoTime();
    assertThatThrownBy(e1::delete).hasMessageContaining("an earlier call: to join endpoint e1");
    assertThat(System.nanoTime() - before).isLessThan(DEADLINE.toNanos() / 2);
    assertThat(HostileDriver.CALLS).doesNotContain("leave", "deleteEndpoint");
    // For others there may be.
    web.createEndpoint("e2").delete();
    end.countDown();
    while (!HostileDriver.CALLS.contains("leave")) {
      Thread.sleep(5);
    }
    HostileDriver.BEHAVIOUR.clear();
    for (int i = 0; i < 100 && web.endpointByName("e1").isPresent(); i++) {
      try {
        e1.delete();
      } catch (IOException e) {
        Thread.sleep(10);
      }
    }
    assertThat(web.endpoints()).isEmpty();
  }

  @Test
  void oneThatHangsDoesNotHoldUpClosing() throws Exception {
    for (int i = 0; i < 8; i++) {
      Network web =
          controller.newNetwork(
              "hostile", "web" + i, NetworkOptions.subnet("10.66." + i + ".0/24"));
      web.createEndpoint("e" + i).join(controller.newSandbox("c" + i));
    }
    for (String call : List.of("leave", "cutOff", "deleteEndpoint", "deleteNetwork", "close")) {
      HostileDriver.BEHAVIOUR.put(call, this::hang);
    }
    long before = System.nanoTime();
    assertThatThrownBy(controller::close)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("hostile");
    assertThat(System.nanoTime() - before).isLessThan(DEADLINE.toNanos());
  }

  @Test
  void oneThatFailsToCloseIsNamedAndTheOthersAreClosed() throws Exception {
    controller.newNetwork("hostile", "web", SUBNET).delete();
    HostileDriver.BEHAVIOUR.put("close", throwing(new StackOverflowError()));
    assertThatThrownBy(controller::close)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot close the driver: the network driver \"hostile\"")
        .hasMessageContaining("StackOverflowError");
  }

  /** A map of the driver's own class, which answers differently each time. */
  private static final class Poisoned extends AbstractMap<String, String> {
    @Override
    public Set<Entry<String, String>> entrySet() {
      throw new IllegalStateException("poisoned");
    }
  }

  static Stream<Arguments> lies() {
    JoinResult inPlace = JoinResult.of(new InterfaceMade.InPlace());
    Object raw = Map.of("number", 1);
    return Stream.of(
        Arguments.of("capabilities", null, "null as its capabilities"),
        Arguments.of("create", null, "null as the driver"),
        Arguments.of("createNetwork", null, "null as its state"),
        Arguments.of("createNetwork", new Poisoned(), "poisoned"),
        Arguments.of("createNetwork", raw, "more than texts"),
        Arguments.of("createNetwork", Map.of("a", "b".repeat(100_000)), "65536 characters"),
        Arguments.of("createEndpoint", null, "null as the endpoint"),
        Arguments.of("createEndpoint", new EndpointResult(null, Map.of()), "null as the MAC"),
        Arguments.of(
            "createEndpoint",
            EndpointResult.of(new MacAddress(0x01005e000001L)),
            "01:00:5e:00:00:01"),
        Arguments.of("sandboxSource", null, "null as the source"),
        Arguments.of("interfacePrefix", null, "null as the beginning"),
        Arguments.of("interfacePrefix", "e/th", "e/th"),
        Arguments.of("interfacePrefix", "e".repeat(20), "too long"),
        Arguments.of("join", null, "null as what joining made"),
        Arguments.of("join", inPlace, "no such link"),
        Arguments.of(
            "join", JoinResult.of(new InterfaceMade.OnHost("nosuch0")), "which there isn't"),
        Arguments.of("join", JoinResult.of(new InterfaceMade.OnHost("lo")), "loopback"),
        Arguments.of("join", JoinResult.of(new InterfaceMade.OnHost("a b")), "kernel"),
        Arguments.of("join", JoinResult.of(new InterfaceMade.OnHost(null)), "null as the link"),
        Arguments.of(
            "join",
            new JoinResult(
                new InterfaceMade.None(),
                Optional.of(IpPrefix.parseAddress("fd00::1")),
                Optional.empty(),
                List.of(),
                Map.of()),
            "fd00::1 where an IPv4 address goes"),
        Arguments.of(
            "join",
            new JoinResult(
                new InterfaceMade.None(),
                Optional.empty(),
                Optional.empty(),
                List.of(new StaticRoute(IpPrefix.parse("10.1.2.3/8"), Optional.empty())),
                Map.of()),
            "which should be 10.0.0.0/8"),
        Arguments.of("program", Arrays.asList((Object) null), "null as one of the published"),
        Arguments.of(
            "program",
            List.of(new PortBinding(IpPrefix.parseAddress("0.0.0.0"), 22, 22, Protocol.TCP)),
            "which nobody asked for"),
        Arguments.of("info", null, "null as its state"),
        Arguments.of(
            "findings",
            List.of(new Finding(Finding.Severity.NOTE, "x".repeat(1_000_000), "")),
            "1000000 characters"));
  }

  @ParameterizedTest
  @MethodSource("lies")
  void whatCannotBeTrueIsNotBelieved(String call, Object answer, String problem) throws Exception {
    HostileDriver.BEHAVIOUR.put(call, () -> answer);
    List<Throwable> failures = new ArrayList<>();
    useEverything("default", failures);
    assertThat(failures).isNotEmpty();
    assertThat(failures.getFirst())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the network driver \"hostile\"")
        .hasMessageContaining(problem);
    requireUnimpaired();
  }

  static Stream<Arguments> liesOfIpam() {
    return Stream.of(
        Arguments.of("create", null, "null as the driver"),
        Arguments.of("localAddressSpace", null, "null as its local address space"),
        Arguments.of("requestPool", null, "null as an address pool"),
        Arguments.of("requestPool", pool(null, "10.66.0.0/24"), "null as the id"),
        Arguments.of("requestPool", pool("a", "10.67.0.0/24"), "10.67.0.0/24 for 10.66.0.0/24"),
        Arguments.of("requestPool", pool("a", "10.66.0.7/24"), "should be 10.66.0.0/24"),
        Arguments.of("requestPool", pool("a", "fd00::/64"), "where an IPv4 subnet goes"),
        Arguments.of("requestPool", new AllocatedPool("a", null, Map.of()), "null as the subnet"),
        Arguments.of(
            "requestPool",
            new AllocatedPool(
                "a",
                IpPrefix.parse("10.66.0.0/24"),
                Map.of("com.docker.network.gateway", "10.67.0.1/24")),
            "the gateway 10.67.0.1/24"),
        Arguments.of(
            "requestPool",
            new AllocatedPool(
                "a",
                IpPrefix.parse("10.66.0.0/24"),
                Map.of("com.docker.network.gateway", "\u001b[31m")),
            "the gateway \\x1b[31m"),
        Arguments.of("requestGateway", IpPrefix.parse("10.99.0.1/24"), "none of the subnet"),
        Arguments.of("requestAddress", null, "null as an address"),
        Arguments.of("requestAddress", IpPrefix.parse("10.67.0.9/24"), "none of the subnet"),
        Arguments.of("requestAddress", IpPrefix.parse("10.66.0.9/16"), "none of the subnet"),
        Arguments.of("requestAddress", IpPrefix.parse("fd00::9/64"), "none of the subnet"),
        Arguments.of("requestAddress", IpPrefix.parse("10.66.0.0/24"), "stands for the subnet"),
        // The gateway's.
        Arguments.of("requestAddress", IpPrefix.parse("10.66.0.1/24"), "which is taken"));
  }

  private static AllocatedPool pool(String id, String subnet) {
    return new AllocatedPool(id, IpPrefix.parse(subnet), Map.of());
  }

  @ParameterizedTest
  @MethodSource("liesOfIpam")
  void whatAnIpamDriverCannotMeanIsNotBelieved(String call, Object answer, String problem)
      throws Exception {
    HostileIpam.BEHAVIOUR.put(call, () -> answer);
    List<Throwable> failures = new ArrayList<>();
    useEverything("hostile", failures);
    assertThat(failures).isNotEmpty();
    assertThat(failures.getFirst())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the IPAM driver \"hostile\"")
        .hasMessageContaining(problem);
    requireUnimpaired();
  }

  @Test
  void anAddressThatSomebodyHasIsNotGivenTwice() throws Exception {
    Network web =
        controller.newNetwork(
            "hostile",
            "web",
            NetworkOptions.builder()
                .pool(IpamConfig.of(IpPrefix.parse("10.66.0.0/24")))
                .ipamDriver("hostile")
                .build());
    HostileIpam.BEHAVIOUR.put("requestAddress", () -> IpPrefix.parse("10.66.0.9/24"));
    Endpoint first = web.createEndpoint("e1");
    assertThatThrownBy(() -> web.createEndpoint("e2"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("10.66.0.9/24, which is taken");
    // It is still the first one's.
    assertThat(HostileIpam.CALLS).doesNotContain("releaseAddress");
    first.delete();
    web.createEndpoint("e2").delete();
    web.delete();
  }

  @ParameterizedTest
  @ValueSource(strings = {"releaseAddress", "releasePool"})
  void anIpamDriverThatTakesNothingBackKeepsNobodyFromForgetting(String call) throws Exception {
    NetworkOptions options =
        NetworkOptions.builder()
            .pool(IpamConfig.of(IpPrefix.parse("10.66.0.0/24")))
            .ipamDriver("hostile")
            .build();
    Network web = controller.newNetwork("hostile", "web", options);
    Endpoint e1 = web.createEndpoint("e1");
    HostileIpam.BEHAVIOUR.put(call, throwing(new LinkageError("gone")));
    e1.delete();
    web.delete();
    assertThat(controller.networkByName("web")).isEmpty();
  }

  @Test
  void whatADriverRefusesStaysWhatItIsButForControlCharacters() throws Exception {
    HostileDriver.BEHAVIOUR.put(
        "createNetwork", throwing(new ConflictException("no\n\u001b]0;title\u0007 \u009b31m")));
    assertThatThrownBy(() -> controller.newNetwork("hostile", "web", SUBNET))
        .isInstanceOf(ConflictException.class)
        .hasMessage("no \\x1b]0;title\\x07 \\x9b31m");
    HostileDriver.BEHAVIOUR.put("createNetwork", throwing(new IOException("x".repeat(1_000_000))));
    assertThatThrownBy(() -> controller.newNetwork("hostile", "web", SUBNET))
        .isInstanceOf(IOException.class)
        .message()
        .hasSizeLessThan(2_000);
  }

  @Test
  void whatADriverDoesToItsThreadStaysThere() throws Exception {
    HostileDriver.BEHAVIOUR.put(
        "createNetwork",
        () -> {
          Thread.currentThread().interrupt();
          Thread.currentThread().setName("mine");
          return Map.of();
        });
    String name = Thread.currentThread().getName();
    Network web = controller.newNetwork("hostile", "web", SUBNET);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThat(Thread.currentThread().getName()).isEqualTo(name);
    web.delete();
  }

  /** From within, the controller can be asked, and an IPAM driver that does so hurts itself. */
  @Test
  void oneThatCallsTheControllerIsAnsweredOrGivenUp() throws Exception {
    HostileDriver.BEHAVIOUR.put(
        "createNetwork",
        () -> {
          controller.networks();
          return Map.of();
        });
    Network web = controller.newNetwork("hostile", "web", SUBNET);
    Endpoint e1 = web.createEndpoint("e1");
    Sandbox c1 = controller.newSandbox("c1");
    HostileDriver.BEHAVIOUR.put(
        "join",
        () -> {
          c1.delete();
          return JoinResult.nothing();
        });
    assertThatThrownBy(() -> e1.join(c1)).isInstanceOf(IOException.class);
    HostileDriver.BEHAVIOUR.clear();
    HostileIpam.BEHAVIOUR.put(
        "requestPool",
        () -> {
          controller.networks();
          return pool("a", "10.68.0.0/24");
        });
    assertThatThrownBy(() ->
            controller.newNetwork(
                "hostile",
                "two",
                NetworkOptions.builder()
                    .pool(IpamConfig.of(IpPrefix.parse("10.68.0.0/24")))
                    .ipamDriver("hostile")
                    .build()))
        .hasMessageContaining("has not answered within");
    assertThat(controller.networkByName("two")).isEmpty();
  }

  @Test
  void manyCallsThatHangAreNotFollowedByMore() throws Exception {
    Network web = controller.newNetwork("hostile", "web", SUBNET);
    HostileDriver.BEHAVIOUR.put("createEndpoint", this::hang);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      String name = "e" + i;
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                Throwable _ = catchThrowable(() -> web.createEndpoint(name));
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    long before = System.nanoTime();
    assertThatThrownBy(() -> web.createEndpoint("more"))
        .hasMessageContaining("has not come back from 16 earlier calls");
    assertThat(System.nanoTime() - before).isLessThan(DEADLINE.toNanos() / 2);
    end.countDown();
    HostileDriver.BEHAVIOUR.clear();
    for (int i = 0; i < 500; i++) {
      try {
        web.createEndpoint("more");
        break;
      } catch (IOException e) {
        TimeUnit.MILLISECONDS.sleep(10);
      }
    }
    assertThat(web.endpoints()).hasSize(1);
  }

  @Test
  void aDriverOfThisProjectIsCalledWithoutAnotherThread() throws Exception {
    assertThat(controller.drivers().network("bridge").getClass().getName())
        .startsWith("dev.cnm.driver.bridge.");
    assertThat(controller.drivers().ipam("default").getClass().getName())
        .startsWith("dev.cnm.ipam.");
  }
}
