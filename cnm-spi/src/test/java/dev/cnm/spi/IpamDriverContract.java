package dev.cnm.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.ConflictException;
import dev.cnm.ExhaustedException;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.NotFoundException;
import dev.cnm.spi.IpamDriver.AllocatedPool;
import dev.cnm.spi.IpamDriver.PoolRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What every IPAM driver that has addresses must do. Extend it in the driver's own tests. */
public abstract class IpamDriverContract {

  private IpamDriver driver;

  /** For subclasses. */
  protected IpamDriverContract() {}

  /** The factory under test. */
  protected abstract IpamDriverFactory factory();

  @BeforeEach
  final void createDriver() throws IOException {
    driver = newDriver();
  }

  @AfterEach
  final void closeDriver() throws IOException {
    driver.close();
  }

  private IpamDriver newDriver() throws IOException {
    NamespaceHandle host = () -> Path.of("/proc/self/ns/net");
    return factory().create(new DriverContext(host, List.of(), Existing.nothing(), "cnm-00000001"));
  }

  private PoolRequest any(boolean ipv6, IpPrefix... exclude) {
    return new PoolRequest(
        driver.localAddressSpace(),
        Optional.empty(),
        Optional.empty(),
        Map.of(),
        List.of(exclude),
        ipv6);
  }

  private AllocatedPool pool(String subnet) throws IOException {
    return pool(subnet, Optional.empty());
  }

  private AllocatedPool pool(String subnet, Optional<String> range) throws IOException {
    return driver.requestPool(
        new PoolRequest(
            driver.localAddressSpace(),
            Optional.of(IpPrefix.parse(subnet)),
            range.map(IpPrefix::parse),
            Map.of(),
            List.of(),
            subnet.indexOf(':') >= 0));
  }

  private IpPrefix next(AllocatedPool pool) throws IOException {
    return driver.requestAddress(pool.id(), Optional.empty(), Map.of());
  }

  private IpPrefix request(AllocatedPool pool, String address) throws IOException {
    return driver.requestAddress(pool.id(), Optional.of(IpPrefix.parseAddress(address)), Map.of());
  }

  private void release(AllocatedPool pool, String address) throws IOException {
    driver.releaseAddress(pool.id(), IpPrefix.parseAddress(address));
  }

  @Test
  final void theFactoryNamesItsType() {
    DriverType type = factory().getClass().getAnnotation(DriverType.class);

    assertThat(type).isNotNull();
    assertThat(type.value()).isNotBlank();
  }

  @Test
  final void theAddressSpacesAreTwo() {
    assertThat(driver.localAddressSpace()).isNotBlank().isNotEqualTo(driver.globalAddressSpace());
  }

  /** What the controller refuses to believe. */
  @Test
  final void whatIsGivenIsWhole() throws IOException {
    for (boolean ipv6 : new boolean[] {false, true}) {
      AllocatedPool pool = driver.requestPool(any(ipv6));
      assertThat(pool.id()).isNotNull().hasSizeLessThan(65_536);
      String gateway = pool.metadata().get("com.docker.network.gateway");
      if (gateway != null) {
        assertThat(pool.subnet().contains(IpPrefix.parse(gateway).address())).isTrue();
      }
      IpPrefix address = next(pool);
      assertThat(pool.subnet().contains(address.address())).isTrue();
      assertThat(address.length()).isEqualTo(pool.subnet().length());
      assertThat(address.address()).isNotEqualTo(pool.subnet().address());
    }
  }

  @Test
  final void chosenPoolsAreSubnetsApart() throws IOException {
    for (boolean ipv6 : new boolean[] {false, true}) {
      List<IpPrefix> chosen = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        IpPrefix subnet = driver.requestPool(any(ipv6)).subnet();
        assertThat(subnet.isIpv6()).isEqualTo(ipv6);
        assertThat(subnet.isNetwork()).isTrue();
        assertThat(chosen).noneMatch(subnet::overlaps);
        chosen.add(subnet);
      }
    }
  }

  @Test
  final void aChosenPoolAvoidsWhatIsExcluded() throws IOException {
    for (boolean ipv6 : new boolean[] {false, true}) {
      AllocatedPool first = driver.requestPool(any(ipv6));
      driver.releasePool(first.id());
      IpPrefix wide = new IpPrefix(first.subnet().address(), first.subnet().length() - 3).network();
      IpPrefix host = new IpPrefix(wide.lastAddress(), ipv6 ? 128 : 32);

      assertThat(driver.requestPool(any(ipv6, first.subnet())).subnet().overlaps(first.subnet()))
          .isFalse();
      assertThat(driver.requestPool(any(ipv6, wide, host)).subnet().overlaps(wide)).isFalse();
    }
  }

  @Test
  final void thePoolThatIsAskedForIsGiven() throws IOException {
    assertThat(pool("10.77.0.0/24").subnet()).hasToString("10.77.0.0/24");
    assertThat(pool("fd77::/64").subnet()).hasToString("fd77::/64");
  }

  @ParameterizedTest
  @CsvSource({
    "10.77.0.0/24, 10.77.0.0/24",
    "10.77.0.0/24, 10.77.0.0/16",
    "10.77.0.0/24, 10.77.0.128/25",
    "fd77::/64, fd77::/48",
    "fd77::/64, fd77::/112"
  })
  final void aPoolThatOverlapsIsRefusedUntilTheOtherIsReleased(String first, String second)
      throws IOException {
    AllocatedPool pool = pool(first);

    assertThatThrownBy(() -> pool(second))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining(first)
        .hasMessageContaining(second);
    driver.releasePool(pool.id());
    pool(second);
  }

  @Test
  final void poolsDifferInTheirIds() throws IOException {
    Set<String> ids = new HashSet<>();
    ids.add(pool("10.77.0.0/24").id());
    ids.add(pool("10.77.1.0/24").id());
    ids.add(driver.requestPool(any(false)).id());
    ids.add(driver.requestPool(any(true)).id());
    assertThat(ids).hasSize(4);
  }

  @Test
  final void anAddressHasTheSubnetsLengthAndIsGivenOnce() throws IOException {
    for (String subnet : List.of("10.77.0.0/26", "fd77::/64")) {
      AllocatedPool pool = pool(subnet);
      Set<InetAddress> given = new HashSet<>();
      for (int i = 0; i < 60; i++) {
        IpPrefix address = next(pool);
        assertThat(address.network()).isEqualTo(pool.subnet());
        assertThat(given.add(address.address())).isTrue();
      }
      assertThat(given).doesNotContain(pool.subnet().address());
    }
  }

  @Test
  final void theGatewayIsAnAddressOfThePool() throws IOException {
    AllocatedPool pool = pool("10.77.0.0/24");
    if (!pool.metadata().containsKey("com.docker.network.gateway")) {
      IpPrefix gateway = driver.requestAddress(pool.id(), Optional.empty(), IpamDriver.GATEWAY);
      assertThat(gateway.network()).isEqualTo(pool.subnet());
      assertThat(next(pool)).isNotEqualTo(gateway);
    }
  }

  @Test
  final void theAddressThatIsAskedForIsGivenOnce() throws IOException {
    AllocatedPool pool = pool("10.77.0.0/24");

    assertThat(request(pool, "10.77.0.9")).hasToString("10.77.0.9/24");
    assertThatThrownBy(() -> request(pool, "10.77.0.9"))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("10.77.0.9");
    release(pool, "10.77.0.9");
    assertThat(request(pool, "10.77.0.9")).hasToString("10.77.0.9/24");
  }

  @Test
  final void aFreeAddressStaysFreeWhenItIsReleased() throws IOException {
    AllocatedPool pool = pool("10.77.0.0/24");
    release(pool, "10.77.0.9");
    release(pool, "10.77.0.9");
    request(pool, "10.77.0.9");
    assertThatThrownBy(() -> request(pool, "10.77.0.9")).isInstanceOf(ConflictException.class);
  }

  @Test
  final void whatIsOutsideIsRefused() throws IOException {
    AllocatedPool pool = pool("10.77.0.0/24");
    for (String address : List.of("10.77.1.9", "fd77::1")) {
      assertThatThrownBy(() -> request(pool, address))
          .isInstanceOf(InvalidParameterException.class)
          .hasMessageContaining(address);
      assertThatThrownBy(() -> release(pool, address))
          .isInstanceOf(InvalidParameterException.class);
    }
  }

  @Test
  final void addressesComeFromTheRange() throws IOException {
    AllocatedPool pool = pool("10.77.0.0/16", Optional.of("10.77.5.0/28"));
    IpPrefix range = IpPrefix.parse("10.77.5.0/28");
    for (int i = 0; i < 14; i++) {
      IpPrefix address = next(pool);
      assertThat(range.contains(address.address())).isTrue();
      assertThat(address.length()).isEqualTo(16);
    }
    assertThat(request(pool, "10.77.9.9")).hasToString("10.77.9.9/16");
  }

  @Test
  final void anEmptyPoolSaysSoAndGoesOnWhenSomethingIsReleased() throws IOException {
    AllocatedPool pool = pool("10.77.0.0/29");
    List<IpPrefix> given = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      given.add(next(pool));
    }
    assertThatThrownBy(() -> next(pool))
        .isInstanceOf(ExhaustedException.class)
        .hasMessageContaining("10.77.0.0/29");
    driver.releaseAddress(pool.id(), given.get(3).address());
    assertThat(next(pool)).isEqualTo(given.get(3));
  }

  @Test
  final void aPoolThatIsReleasedTakesItsAddressesWithIt() throws IOException {
    AllocatedPool pool = pool("10.77.0.0/24");
    request(pool, "10.77.0.9");
    driver.releasePool(pool.id());
    assertThatThrownBy(() -> next(pool)).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> release(pool, "10.77.0.9")).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> driver.releasePool(pool.id())).isInstanceOf(NotFoundException.class);
    assertThat(request(pool("10.77.0.0/24"), "10.77.0.9")).hasToString("10.77.0.9/24");
  }

  /** What the controller does when it starts, or another process has changed the records. */
  @Test
  final void whatWasGivenCanBeAskedForAgain() throws IOException {
    AllocatedPool pool = driver.requestPool(any(false));
    IpPrefix gateway = driver.requestAddress(pool.id(), Optional.empty(), IpamDriver.GATEWAY);
    IpPrefix address = next(pool);
    if (!driver.requiresReplay()) {
      return;
    }
    driver.close();
    driver = newDriver();
    AllocatedPool again = pool(pool.subnet().toString());
    assertThat(
            driver.requestAddress(again.id(), Optional.of(gateway.address()), IpamDriver.GATEWAY))
        .isEqualTo(gateway);
    assertThat(driver.requestAddress(again.id(), Optional.of(address.address()), Map.of()))
        .isEqualTo(address);
    assertThat(next(again)).isNotIn(gateway, address);
  }

  @Test
  final void manyAtOnceGetDifferentPoolsAndAddresses() throws Exception {
    AllocatedPool shared = pool("10.77.0.0/24");
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<List<IpPrefix>>> all =
          IntStream.range(0, 64)
              .mapToObj(number ->
                  threads.submit(
                      () -> List.of(driver.requestPool(any(false)).subnet(), next(shared))))
              .toList();
      Set<IpPrefix> given = new HashSet<>();
      for (Future<List<IpPrefix>> one : all) {
        given.addAll(one.get());
      }
      assertThat(given).hasSize(128);
    }
  }
}
