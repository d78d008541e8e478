package dev.cnm.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.cnm.AddressPool;
import dev.cnm.EndpointOptions;
import dev.cnm.IpPrefix;
import dev.cnm.MacAddress;
import dev.cnm.Names;
import dev.cnm.NetworkOptions;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
 * sandboxes are namespaces that the subclass makes.
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

  /** The names of the links in a namespace, told by something else than the driver. */
  protected abstract Set<String> linksOf(NamespaceHandle namespace);

  /** Options of a network that the driver can make. */
  protected NetworkOptions networkOptions() {
    return NetworkOptions.defaults();
  }

  @BeforeEach
  final void createDriver() throws IOException {
    driver = factory().create(new DriverContext(host(), List.of(), Existing.nothing()));
  }

  @AfterEach
  final void closeDriver() throws IOException {
    driver.close();
  }

  private NetworkContext plainNetwork() {
    List<AddressPool> pools =
        driver.capabilities().addressed()
            ? List.of(
                new AddressPool(
                    "pool",
                    IpPrefix.parse("10.77.0.0/24"),
                    Optional.empty(),
                    Optional.of(IpPrefix.parseAddress("10.77.0.1")),
                    Map.of()))
            : List.of();
    return new NetworkContext("a".repeat(64), "net", networkOptions(), pools, false, Map.of());
  }

  private NetworkContext newNetwork() throws IOException {
    NetworkContext plain = plainNetwork();
    return new NetworkContext(
        plain.id(),
        plain.name(),
        plain.options(),
        plain.pools(),
        false,
        driver.createNetwork(plain));
  }

  private EndpointContext newEndpoint(NetworkContext network, int number, Optional<MacAddress> mac)
      throws IOException {
    EndpointContext plain =
        new EndpointContext(
            network,
            String.format("%02x", number).repeat(32),
            "ep" + number,
            EndpointOptions.defaults(),
            driver.capabilities().addressed()
                ? Optional.of(IpPrefix.parse("10.77.0." + (number + 1) + "/24"))
                : Optional.empty(),
            Optional.empty(),
            mac,
            Map.of(),
            List.of());
    EndpointResult result = driver.createEndpoint(plain);
    return new EndpointContext(
        network,
        plain.id(),
        plain.name(),
        plain.options(),
        plain.ipv4(),
        plain.ipv6(),
        result.mac(),
        result.driverState(),
        List.of());
  }

  private JoinResult join(EndpointContext endpoint, NamespaceHandle sandbox) throws IOException {
    return driver.join(
        new JoinContext(
            endpoint,
            "c".repeat(64),
            sandbox,
            driver.interfacePrefix(endpoint.network()) + 0,
            true,
            true,
            Map.of()));
  }

  @Test
  final void theFactoryNamesItsType() {
    DriverType type = factory().getClass().getAnnotation(DriverType.class);

    assertThat(type).isNotNull();
    assertThat(type.value()).isNotBlank();
  }

  @Test
  final void theCapabilitiesStayTheSame() {
    assertThat(driver.capabilities()).isEqualTo(driver.capabilities());
  }

  @Test
  final void theInterfacePrefixLeavesRoomForANumber() {
    assertThatCode(
            () -> Names.requireInterfaceName(driver.interfacePrefix(plainNetwork()) + "1023"))
        .doesNotThrowAnyException();
  }

  @Test
  final void aNetworkThatIsDeletedLeavesNoLink() throws IOException {
    Set<String> before = linksOf(host());

    NetworkContext network = newNetwork();
    driver.deleteNetwork(network);

    assertThat(linksOf(host())).isEqualTo(before);
  }

  @Test
  final void whatIsGoneCanBeRemovedAgain() throws IOException {
    NetworkContext network = newNetwork();
    EndpointContext endpoint = newEndpoint(network, 1, Optional.empty());
    join(endpoint, newSandbox());

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

    newEndpoint(network, 1, Optional.empty());

    assertThat(linksOf(host())).isEqualTo(before);
  }

  @Test
  final void theCallersMacAddressIsKept() throws IOException {
    Assumptions.assumeTrue(driver.capabilities().addressed());
    MacAddress mac = MacAddress.parse("02:11:22:33:44:55");

    assertThat(newEndpoint(newNetwork(), 1, Optional.of(mac)).mac()).contains(mac);
  }

  @Test
  final void joiningMakesWhatItSaysAndLeavingRemovesIt() throws IOException {
    NetworkContext network = newNetwork();
    NamespaceHandle sandbox = newSandbox();
    Set<String> onHost = linksOf(host());
    Set<String> inside = linksOf(sandbox);
    EndpointContext endpoint = newEndpoint(network, 1, Optional.empty());

    JoinResult result = join(endpoint, sandbox);

    switch (result.interfaceMade()) {
      case JoinResult.InterfaceMade.None() -> assertThat(linksOf(sandbox)).isEqualTo(inside);
      case JoinResult.InterfaceMade.InPlace() ->
          assertThat(linksOf(sandbox)).contains(driver.interfacePrefix(network) + 0);
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
    EndpointContext one = newEndpoint(network, 1, Optional.empty());
    EndpointContext other = newEndpoint(network, 2, Optional.empty());
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
  final void itTellsOfAnEndpointThatJoined() throws IOException {
    EndpointContext endpoint = newEndpoint(newNetwork(), 1, Optional.empty());
    join(endpoint, newSandbox());

    assertThat(driver.operationalInfo(endpoint)).isNotNull();
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
                    EndpointContext endpoint = newEndpoint(network, number, Optional.empty());
                    join(endpoint, newSandbox());
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
