package dev.cnm.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.cnm.AddressPool;
import dev.cnm.CnmException;
import dev.cnm.EndpointOptions;
import dev.cnm.IpPrefix;
import dev.cnm.MacAddress;
import dev.cnm.Names;
import dev.cnm.NetworkOptions;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every network driver must do. Extend it in the driver's own tests; the host and the
 * sandboxes are namespaces that the subclass makes, and what is in them is told by {@code ip}.
 */
public abstract class NetworkDriverContract {

  private NetworkDriver driver;

  /** For subclasses. */
  protected NetworkDriverContract() {}

  /** The factory under test. */
  protected abstract NetworkDriverFactory factory();

  /** The namespace that plays the host, the same throughout one test. */
  protected abstract NamespaceHandle host();

  /** Another namespace each time, with nothing in it but the loopback link. */
  protected abstract NamespaceHandle newSandbox();

  /** Lets go of a namespace that {@link #newSandbox} made, so that the kernel removes it. */
  protected abstract void remove(NamespaceHandle sandbox);

  /**
   * Runs a command in a namespace and returns what it prints; what it prints as an error is left
   * out, and its exit code not looked at.
   */
  protected abstract String run(NamespaceHandle namespace, String... command);

  /** Options of a network that the driver can make. */
  protected NetworkOptions networkOptions() {
    return NetworkOptions.defaults();
  }

  @BeforeEach
  final void createDriver() throws IOException {
    driver = newDriver();
  }

  @AfterEach
  final void closeDriver() throws IOException {
    driver.close();
  }

  private NetworkDriver newDriver() throws IOException {
    return factory()
        .create(new DriverContext(host(), List.of(), Existing.nothing(), "cnm-00000001"));
  }

  /** The names of the links in a namespace. */
  private Set<String> linksOf(NamespaceHandle namespace) {
    Set<String> names = new TreeSet<>();
    run(namespace, "ip", "-o", "link")
        .lines()
        .forEach(line -> names.add(line.split(": ")[1].replaceFirst("@.*", "")));
    assertThat(names).contains("lo");
    return names;
  }

  private static AddressPool pool(String subnet, String gateway) {
    return new AddressPool(
        "pool " + subnet,
        IpPrefix.parse(subnet),
        Optional.empty(),
        Optional.of(IpPrefix.parseAddress(gateway)),
        Map.of());
  }

  private NetworkOptions internalOptions() {
    NetworkOptions plain = networkOptions();
    NetworkOptions.Builder internal = NetworkOptions.builder().internal(true);
    plain.driverOptions().forEach(internal::driverOption);
    return internal.build();
  }

  private NetworkOptions optionsWithIpv6() {
    NetworkOptions.Builder options = NetworkOptions.builder().ipv6(true);
    networkOptions().driverOptions().forEach(options::driverOption);
    return options.build();
  }

  private NetworkContext plainNetwork(NetworkOptions options) {
    List<AddressPool> pools = new ArrayList<>();
    if (driver.capabilities().addressed()) {
      pools.add(pool("10.77.0.0/24", "10.77.0.1"));
      if (options.ipv6()) {
        pools.add(pool("fd77::/64", "fd77::1"));
      }
    }
    return new NetworkContext("a".repeat(64), "net", options, pools, false, Map.of());
  }

  private NetworkContext newNetwork() throws IOException {
    return newNetwork(networkOptions());
  }

  private NetworkContext newNetwork(NetworkOptions options) throws IOException {
    NetworkContext plain = plainNetwork(options);
    return new NetworkContext(
        plain.id(),
        plain.name(),
        plain.options(),
        plain.pools(),
        false,
        driver.createNetwork(plain));
  }

  private EndpointContext newEndpoint(NetworkContext network, int number) throws IOException {
    return newEndpoint(network, number, Optional.empty());
  }

  private EndpointContext newEndpoint(NetworkContext network, int number, Optional<MacAddress> mac)
      throws IOException {
    EndpointContext plain =
        new EndpointContext(
            network,
            String.format("%02x", number).repeat(32),
            "ep" + number,
            EndpointOptions.defaults(),
            network.ipv4().map(it -> IpPrefix.parse("10.77.0." + (number + 1) + "/24")),
            network.ipv6().map(it -> IpPrefix.parse("fd77::" + (number + 1) + "/64")),
            mac,
            Map.of(),
            List.of());
    EndpointResult result = driver.createEndpoint(plain);
    return with(plain, result.mac(), result.driverState());
  }

  private static EndpointContext with(
      EndpointContext endpoint, Optional<MacAddress> mac, Map<String, String> driverState) {
    return new EndpointContext(
        endpoint.network(),
        endpoint.id(),
        endpoint.name(),
        endpoint.options(),
        endpoint.ipv4(),
        endpoint.ipv6(),
        mac,
        driverState,
        List.of());
  }

  private String interfaceName(NetworkContext network) {
    return driver.interfacePrefix(network) + 0;
  }

  private JoinResult join(EndpointContext endpoint, NamespaceHandle sandbox) throws IOException {
    return join(endpoint, sandbox, true);
  }

  private JoinResult join(EndpointContext endpoint, NamespaceHandle sandbox, boolean gateways)
      throws IOException {
    return driver.join(
        new JoinContext(
            endpoint,
            "c".repeat(64),
            sandbox,
            interfaceName(endpoint.network()),
            gateways,
            gateways,
            Map.of()));
  }

  private static EndpointContext joined(EndpointContext endpoint, JoinResult result) {
    return with(endpoint, endpoint.mac(), result.driverState());
  }

  @Test
  final void theFactoryNamesItsType() {
    DriverType type = factory().getClass().getAnnotation(DriverType.class);

    assertThat(type).isNotNull();
    assertThat(type.value()).isNotBlank();
  }

  @Test
  final void theFactoryHasAPublicConstructorWithoutArguments() {
    assertThatCode(() -> factory().getClass().getConstructor().newInstance())
        .doesNotThrowAnyException();
  }

  @Test
  final void theCapabilitiesStayTheSame() throws IOException {
    assertThat(driver.capabilities()).isEqualTo(driver.capabilities());
    try (NetworkDriver another = newDriver()) {
      assertThat(another.capabilities()).isEqualTo(driver.capabilities());
    }
  }

  /** What the controller refuses to believe. */
  @Test
  final void noAnswerIsMissing() throws IOException {
    DriverCapabilities capabilities = driver.capabilities();
    assertThat(capabilities.dataScope()).isNotNull();
    assertThat(capabilities.connectivityScope()).isNotNull();
    NetworkContext plain = plainNetwork(networkOptions());
    assertThat(driver.sandboxSource(plain)).isNotNull();
    NetworkContext network = newNetwork();
    requireSmall(network.driverState());
    EndpointContext endpoint = newEndpoint(network, 1);
    requireSmall(endpoint.driverState());
    JoinResult result = join(endpoint, newSandbox());
    requireSmall(result.driverState());
    assertThat(result.routes())
        .allMatch(route ->
            route.destination().isNetwork()
                && route
                    .nextHop()
                    .filter(it -> (it instanceof Inet6Address) != route.destination().isIpv6())
                    .isEmpty());
    assertThat(result.gateway4().filter(it -> !(it instanceof Inet4Address))).isEmpty();
    assertThat(result.gateway6().filter(it -> !(it instanceof Inet6Address))).isEmpty();
    EndpointContext joined = joined(endpoint, result);
    assertThat(
            driver.programExternalConnectivity(
                joined, new ExternalConnectivity(true, false, false, List.of(), List.of())))
        .as("nobody has asked for a port")
        .isEmpty();
    assertThat(driver.findings()).doesNotContainNull();
    driver.revokeExternalConnectivity(joined);
    driver.leave(joined);
  }

  /** Texts only, and not a file's worth of them. */
  private static void requireSmall(Map<?, ?> state) {
    int size = 0;
    for (Map.Entry<?, ?> entry : state.entrySet()) {
      assertThat(entry.getKey()).isInstanceOf(String.class);
      assertThat(entry.getValue()).isInstanceOf(String.class);
      size += entry.toString().length();
    }
    assertThat(size).isLessThan(65_536);
  }

  /** A driver that knows of no deadline would keep its network for ever. */
  @Test
  final void noCallLeavesAThreadThatKeepsTheProcessAlive() throws IOException {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    NetworkContext network = newNetwork();
    EndpointContext endpoint = newEndpoint(network, 1);
    endpoint = joined(endpoint, join(endpoint, newSandbox()));
    driver.leave(endpoint);
    driver.deleteEndpoint(endpoint);
    driver.deleteNetwork(network);
    driver.close();
    assertThat(Thread.getAllStackTraces().keySet())
        .filteredOn(it -> !before.contains(it) && !it.isDaemon())
        .isEmpty();
    driver = newDriver();
  }

  @Test
  final void theThreadIsLeftAsItWas() throws IOException {
    String namespace = networkNamespaceOfThread();
    NetworkContext network = newNetwork();
    EndpointContext endpoint = newEndpoint(network, 1);
    endpoint = joined(endpoint, join(endpoint, newSandbox()));
    driver.leave(endpoint);
    driver.deleteEndpoint(endpoint);
    driver.deleteNetwork(network);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThat(networkNamespaceOfThread()).isEqualTo(namespace);
  }

  private static String networkNamespaceOfThread() throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
  }

  @Test
  final void theInterfacePrefixLeavesRoomForANumber() {
    String prefix = driver.interfacePrefix(plainNetwork(networkOptions()));

    assertThatCode(() -> Names.requireInterfaceName(prefix + "1023")).doesNotThrowAnyException();
  }

  @Test
  final void creatingAndClosingADriverChangesNothingInTheKernel() throws IOException {
    Set<String> before = linksOf(host());

    newDriver().close();

    assertThat(linksOf(host())).isEqualTo(before);
  }

  @Test
  final void aNetworkThatIsDeletedLeavesNoLink() throws IOException {
    Set<String> before = linksOf(host());

    NetworkContext network = newNetwork();
    driver.deleteNetwork(network);

    assertThat(linksOf(host())).isEqualTo(before);
  }

  @Test
  final void aNetworkCanBeMadeAgain() throws IOException {
    driver.deleteNetwork(newNetwork());
    NetworkContext network = newNetwork();
    join(newEndpoint(network, 1), newSandbox());
  }

  @Test
  final void anOptionThatNobodyKnowsIsRefusedOrHasNoEffect() throws IOException {
    Set<String> before = linksOf(host());
    NetworkOptions.Builder options =
        NetworkOptions.builder().driverOption("com.example.nobody.knows.this", "x");
    networkOptions().driverOptions().forEach(options::driverOption);

    try {
      driver.deleteNetwork(newNetwork(options.build()));
    } catch (CnmException e) {
      assertThat(e).hasMessageContaining("com.example.nobody.knows.this");
    }

    assertThat(linksOf(host())).isEqualTo(before);
  }

  @Test
  final void whatIsGoneCanBeRemovedAgain() throws IOException {
    NetworkContext network = newNetwork();
    EndpointContext endpoint = newEndpoint(network, 1);
    endpoint = joined(endpoint, join(endpoint, newSandbox()));

    driver.revokeExternalConnectivity(endpoint);
    driver.revokeExternalConnectivity(endpoint);
    driver.leave(endpoint);
    driver.leave(endpoint);
    driver.deleteEndpoint(endpoint);
    driver.deleteEndpoint(endpoint);
    driver.deleteNetwork(network);
    driver.deleteNetwork(network);
  }

  @Test
  final void creatingAnEndpointChangesNothingInTheKernel() throws IOException {
    NetworkContext network = newNetwork();
    Set<String> before = linksOf(host());

    EndpointContext endpoint = newEndpoint(network, 1);
    assertThat(linksOf(host())).isEqualTo(before);
    driver.deleteEndpoint(endpoint);
    assertThat(linksOf(host())).isEqualTo(before);
  }

  @Test
  final void theCallersMacAddressIsKept() throws IOException {
    Assumptions.assumeTrue(driver.capabilities().addressed());
    MacAddress mac = MacAddress.parse("02:11:22:33:44:55");

    assertThat(newEndpoint(newNetwork(), 1, Optional.of(mac)).mac()).contains(mac);
  }

  @Test
  final void theDriversMacAddressesAreEachForOneEndpoint() throws IOException {
    NetworkContext network = newNetwork();
    List<MacAddress> addresses = new ArrayList<>();
    for (int i = 1; i <= 8; i++) {
      newEndpoint(network, i).mac().ifPresent(addresses::add);
    }
    assertThat(addresses).doesNotHaveDuplicates();
    // IEEE 802: bit 0 of the first octet marks a group, bit 1 an address without a maker.
    assertThat(addresses).allMatch(mac -> (mac.toBytes()[0] & 3) == 2);
  }

  @Test
  final void joiningMakesWhatItSaysAndLeavingRemovesIt() throws IOException {
    NetworkContext network = newNetwork();
    NamespaceHandle sandbox = newSandbox();
    Set<String> onHost = linksOf(host());
    Set<String> inside = linksOf(sandbox);
    EndpointContext endpoint = newEndpoint(network, 1);

    JoinResult result = join(endpoint, sandbox);
    endpoint = joined(endpoint, result);

    switch (result.interfaceMade()) {
      case JoinResult.InterfaceMade.None() -> assertThat(linksOf(sandbox)).isEqualTo(inside);
      case JoinResult.InterfaceMade.InPlace() -> {
        String name = interfaceName(network);
        assertThat(linksOf(sandbox)).contains(name);
        assertThat(run(sandbox, "ip", "-o", "link", "show", name))
            .contains(",UP")
            .contains(endpoint.mac().map(MacAddress::toString).orElse(""));
        assertThat(run(sandbox, "ip", "-o", "-4", "addr", "show", name))
            .contains(endpoint.ipv4().map(IpPrefix::toString).orElse(""));
        assertThat(run(sandbox, "ip", "route", "show", "default"))
            .contains(result.gateway4().map(it -> "via " + it.getHostAddress()).orElse(""));
      }
      case JoinResult.InterfaceMade.OnHost(String link) ->
          assertThat(linksOf(host())).contains(link);
    }
    driver.leave(endpoint);
    assertThat(linksOf(sandbox)).isEqualTo(inside);
    driver.deleteEndpoint(endpoint);
    assertThat(linksOf(host())).isEqualTo(onHost);
  }

  @Test
  final void whatIsCutOffCanLeaveLaterTogether() throws IOException {
    NetworkContext network = newNetwork();
    Set<String> onHost = linksOf(host());
    EndpointContext one = newEndpoint(network, 1);
    EndpointContext other = newEndpoint(network, 2);
    join(one, newSandbox());
    join(other, newSandbox());

    Assumptions.assumeTrue(driver.cutOff(one));
    driver.cutOff(one);
    driver.cutOff(other);
    driver.leaveAll(List.of(one, other));
    assertThat(linksOf(host())).isEqualTo(onHost);
    driver.cutOff(one);
    driver.leaveAll(List.of(one, other));
    driver.deleteEndpoint(one);
    driver.deleteEndpoint(other);
  }

  @Test
  final void theDefaultRouteIsAddedOnlyIfItIsAskedFor() throws IOException {
    NamespaceHandle sandbox = newSandbox();

    join(newEndpoint(newNetwork(), 1), sandbox, false);

    assertThat(run(sandbox, "ip", "route", "show", "default")).isEmpty();
  }

  @Test
  final void anInternalNetworkLeadsNowhere() throws IOException {
    NamespaceHandle sandbox = newSandbox();

    JoinResult result = join(newEndpoint(newNetwork(internalOptions()), 1), sandbox);

    assertThat(result.gateway4()).isEmpty();
    assertThat(result.gateway6()).isEmpty();
    assertThat(run(sandbox, "ip", "route", "show", "default")).isEmpty();
  }

  @Test
  final void anIpv6AddressWorksAtOnce() throws IOException {
    Assumptions.assumeTrue(driver.capabilities().addressed());
    NamespaceHandle sandbox = newSandbox();
    NetworkContext network = newNetwork(optionsWithIpv6());

    JoinResult result = join(newEndpoint(network, 1), sandbox);

    Assumptions.assumeTrue(result.interfaceMade() instanceof JoinResult.InterfaceMade.InPlace);
    assertThat(run(sandbox, "ip", "-6", "-o", "addr", "show", "scope", "global"))
        .contains("fd77::2/64")
        .doesNotContain("tentative", "dadfailed")
        .hasLineCount(1);
    assertThat(run(sandbox, "ip", "-6", "route", "show", "default")).contains("via fd77::1");
  }

  @Test
  final void aJoinThatFailsLeavesNothing() throws IOException {
    NetworkContext network = newNetwork();
    EndpointContext endpoint = newEndpoint(network, 1);
    NamespaceHandle sandbox = newSandbox();
    run(sandbox, "ip", "link", "add", interfaceName(network), "type", "veth", "peer", "other");
    Set<String> onHost = linksOf(host());
    Set<String> inside = linksOf(sandbox);
    assertThat(inside).contains(interfaceName(network));

    try {
      JoinResult result = join(endpoint, sandbox);
      assertThat(result.interfaceMade()).isNotInstanceOf(JoinResult.InterfaceMade.InPlace.class);
      driver.leave(joined(endpoint, result));
    } catch (IOException e) {
      assertThat(e).hasMessageContaining(interfaceName(network));
    }

    assertThat(linksOf(host())).isEqualTo(onHost);
    assertThat(linksOf(sandbox)).isEqualTo(inside);
    join(endpoint, newSandbox());
  }

  @Test
  final void anEndpointLeavesASandboxThatHasEnded() throws IOException {
    NetworkContext network = newNetwork();
    Set<String> before = linksOf(host());
    NamespaceHandle sandbox = newSandbox();
    EndpointContext endpoint = newEndpoint(network, 1);
    endpoint = joined(endpoint, join(endpoint, sandbox));

    remove(sandbox);
    driver.revokeExternalConnectivity(endpoint);
    driver.leave(endpoint);
    driver.deleteEndpoint(endpoint);

    assertThat(linksOf(host())).isEqualTo(before);
  }

  @Test
  final void oneDriverGoesOnWhereAnotherOneStopped() throws IOException {
    Set<String> before = linksOf(host());
    NamespaceHandle sandbox = newSandbox();
    NetworkContext network = newNetwork();
    restart();
    EndpointContext endpoint = newEndpoint(network, 1);
    restart();
    endpoint = joined(endpoint, join(endpoint, sandbox));
    restart();
    driver.operationalInfo(endpoint);
    driver.revokeExternalConnectivity(endpoint);
    restart();
    driver.leave(endpoint);
    restart();
    driver.deleteEndpoint(endpoint);
    restart();
    driver.deleteNetwork(network);

    assertThat(linksOf(sandbox)).containsExactly("lo");
    assertThat(linksOf(host())).isEqualTo(before);
  }

  private void restart() throws IOException {
    driver.close();
    driver = newDriver();
  }

  @Test
  final void itTellsOfAnEndpointBeforeWhileAndAfterItIsInASandbox() throws IOException {
    EndpointContext endpoint = newEndpoint(newNetwork(), 1);
    assertThat(driver.operationalInfo(endpoint)).isNotNull();
    endpoint = joined(endpoint, join(endpoint, newSandbox()));
    assertThat(driver.operationalInfo(endpoint)).isNotNull();
    driver.leave(endpoint);
    assertThat(driver.operationalInfo(endpoint)).isNotNull();
  }

  @Test
  final void thereIsNothingToRestoreWhereNothingIsGone() throws IOException {
    join(newEndpoint(newNetwork(), 1), newSandbox());

    assertThat(driver.restore()).isFalse();
  }

  @Test
  final void endpointsComeAndGoAtTheSameTime() throws Exception {
    NetworkContext network = newNetwork();
    Set<String> before = linksOf(host());
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<?>> all =
          IntStream.rangeClosed(1, 24)
              .<Future<?>>mapToObj(number ->
                  threads.submit(() -> {
                    EndpointContext endpoint = newEndpoint(network, number);
                    endpoint = joined(endpoint, join(endpoint, newSandbox()));
                    driver.leave(endpoint);
                    driver.deleteEndpoint(endpoint);
                    return true;
                  }))
              .toList();
      for (Future<?> one : all) {
        one.get();
      }
    }
    assertThat(linksOf(host())).isEqualTo(before);
  }
}
