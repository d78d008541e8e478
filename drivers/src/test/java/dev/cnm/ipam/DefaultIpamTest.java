package dev.cnm.ipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.ConflictException;
import dev.cnm.ControllerOptions.AddressRange;
import dev.cnm.ExhaustedException;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.NotFoundException;
import dev.cnm.spi.IpamDriver;
import dev.cnm.spi.IpamDriver.AllocatedPool;
import dev.cnm.spi.IpamDriver.PoolRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DefaultIpamTest {

  private final IpamDriver ipam = ipam();

  private static IpamDriver ipam(AddressRange... ranges) {
    return new DefaultIpam(AddressRanges.of(List.of(ranges)));
  }

  private static PoolRequest any(String... exclude) {
    return new PoolRequest(
        "LocalDefault",
        Optional.empty(),
        Optional.empty(),
        Map.of(),
        Set.of(exclude).stream().map(IpPrefix::parse).toList(),
        false);
  }

  private static PoolRequest of(String subnet) {
    return of(subnet, Optional.empty());
  }

  private static PoolRequest of(String subnet, Optional<String> range) {
    return new PoolRequest(
        "LocalDefault",
        Optional.of(IpPrefix.parse(subnet)),
        range.map(IpPrefix::parse),
        Map.of(),
        List.of(),
        subnet.contains(":"));
  }

  private String next(AllocatedPool pool) throws IOException {
    return ipam.requestAddress(pool.id(), Optional.empty(), Map.of()).toString();
  }

  private String request(AllocatedPool pool, String address) throws IOException {
    return ipam.requestAddress(pool.id(), Optional.of(IpPrefix.parseAddress(address)), Map.of())
        .toString();
  }

  @Test
  void poolsAreTheLowestFreeOnes() throws IOException {
    AllocatedPool first = ipam.requestPool(any());
    AllocatedPool second = ipam.requestPool(any());
    assertThat(first.subnet()).hasToString("10.192.0.0/24");
    assertThat(second.subnet()).hasToString("10.192.1.0/24");

    ipam.releasePool(first.id());

    assertThat(ipam.requestPool(any()).subnet()).hasToString("10.192.0.0/24");
  }

  @Test
  void poolsAvoidWhatTheHostHas() throws IOException {
    assertThat(ipam.requestPool(any("10.192.0.0/23", "10.192.3.128/25", "0.0.0.0/32")).subnet())
        .hasToString("10.192.2.0/24");
    assertThat(ipam.requestPool(any("10.192.0.0/16")).subnet()).hasToString("10.193.0.0/24");
  }

  @Test
  void theConfiguredRangesAreUsedInTheirOrder() throws IOException {
    IpamDriver configured =
        ipam(
            new AddressRange(IpPrefix.parse("172.20.0.0/29"), 30),
            new AddressRange(IpPrefix.parse("10.88.0.0/30"), 30));
    List<String> pools = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      pools.add(configured.requestPool(any()).subnet().toString());
    }

    assertThat(pools).containsExactly("172.20.0.0/30", "172.20.0.4/30", "10.88.0.0/30");
    assertThatThrownBy(() -> configured.requestPool(any()))
        .isInstanceOf(ExhaustedException.class)
        .hasMessageContaining("no free IPv4 subnet is left in [172.20.0.0/29, 10.88.0.0/30]");
  }

  @Test
  void aSubnetOfASizeCanBeAskedFor() throws IOException {
    ipam.requestPool(any());

    assertThat(ipam.requestPool(of("0.0.0.0/26")).subnet()).hasToString("10.192.1.0/26");
    assertThat(ipam.requestPool(of("::/80")).subnet().toString()).startsWith("fd").endsWith("/80");
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.1.0.0/24", "10.1.0.0/16", "10.0.0.0/8", "10.1.0.128/25"})
  void overlapIsRefusedWithBothNamed(String subnet) throws IOException {
    ipam.requestPool(of("10.1.0.0/24"));

    assertThatThrownBy(() -> ipam.requestPool(of(subnet)))
        .isInstanceOf(ConflictException.class)
        .hasMessage("the subnet " + subnet + " overlaps 10.1.0.0/24 of another network");
  }

  @Test
  void addressesAreTheLowestFreeOnes() throws IOException {
    AllocatedPool pool = ipam.requestPool(of("172.30.0.0/29"));
    assertThat(request(pool, "172.30.0.6")).isEqualTo("172.30.0.6/29");
    assertThat(request(pool, "172.30.0.2")).isEqualTo("172.30.0.2/29");
    assertThat(next(pool)).isEqualTo("172.30.0.1/29");
    assertThat(next(pool)).isEqualTo("172.30.0.3/29");
    assertThat(next(pool)).isEqualTo("172.30.0.4/29");
    assertThat(next(pool)).isEqualTo("172.30.0.5/29");
    assertThatThrownBy(() -> next(pool))
        .isInstanceOf(ExhaustedException.class)
        .hasMessage("no available addresses in the pool 172.30.0.0/29");

    ipam.releaseAddress(pool.id(), IpPrefix.parseAddress("172.30.0.3"));
    ipam.releaseAddress(pool.id(), IpPrefix.parseAddress("172.30.0.3"));

    assertThat(next(pool)).isEqualTo("172.30.0.3/29");
  }

  @Test
  void addressesComeFromTheRangeAndCanBeAskedForOutsideIt() throws IOException {
    AllocatedPool pool = ipam.requestPool(of("172.30.0.0/16", Optional.of("172.30.5.0/30")));

    assertThat(next(pool)).isEqualTo("172.30.5.0/16");
    assertThat(request(pool, "172.30.9.9")).isEqualTo("172.30.9.9/16");
    assertThat(next(pool)).isEqualTo("172.30.5.1/16");
    assertThat(next(pool)).isEqualTo("172.30.5.2/16");
    assertThat(next(pool)).isEqualTo("172.30.5.3/16");
    assertThatThrownBy(() -> next(pool)).isInstanceOf(ExhaustedException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "172.30.0.0/24, 172.30.0.0",
    "172.30.0.0/24, 172.30.0.255",
    "172.30.0.0/24, 172.30.0.7",
    "fd00::/64, fd00::"
  })
  void takenAddressesAreRefused(String subnet, String address) throws IOException {
    AllocatedPool pool = ipam.requestPool(of(subnet));
    if (address.endsWith(".7")) {
      request(pool, address);
    }

    assertThatThrownBy(() -> request(pool, address))
        .isInstanceOf(ConflictException.class)
        .hasMessage("address already in use: " + address + " of the subnet " + subnet);
  }

  @Test
  void whatIsOutsideIsRefused() throws IOException {
    AllocatedPool pool = ipam.requestPool(of("172.30.0.0/24"));

    assertThatThrownBy(() -> request(pool, "172.31.9.9"))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessage("invalid address 172.31.9.9: it is not inside the subnet 172.30.0.0/24");
    assertThatThrownBy(() -> ipam.releaseAddress(pool.id(), IpPrefix.parseAddress("172.31.9.9")))
        .isInstanceOf(InvalidParameterException.class);
    assertThatThrownBy(() -> ipam.releasePool("LocalDefault/10.0.0.0/8"))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void smallSubnetsUseAllTheirAddresses() throws IOException {
    AllocatedPool two = ipam.requestPool(of("172.33.0.0/31"));
    assertThat(next(two)).isEqualTo("172.33.0.0/31");
    assertThat(next(two)).isEqualTo("172.33.0.1/31");
    AllocatedPool one = ipam.requestPool(of("172.34.0.7/32"));
    assertThat(next(one)).isEqualTo("172.34.0.7/32");
  }

  @Test
  void aHugeSubnetIsAsGoodAsASmallOne() throws IOException {
    AllocatedPool pool = ipam.requestPool(of("fd00::/8"));

    assertThat(next(pool)).isEqualTo("fd00::1/8");
    assertThat(request(pool, "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")).endsWith("ffff/8");
    assertThat(next(pool)).isEqualTo("fd00::2/8");
  }

  @Test
  void manyAtOnceGetDifferentAddresses() throws Exception {
    AllocatedPool pool = ipam.requestPool(of("10.9.0.0/24"));
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<String>> all =
          IntStream.range(0, 254).mapToObj(i -> threads.submit(() -> next(pool))).toList();
      Set<String> addresses = new HashSet<>();
      for (Future<String> one : all) {
        addresses.add(one.get());
      }
      assertThat(addresses).hasSize(254);
    }
  }

  /** Against a set that is looked through from the beginning each time. */
  @RepeatedTest(20)
  void behavesAsASimpleSetDoes(RepetitionInfo repetition) throws IOException {
    Random random = new Random(repetition.getCurrentRepetition());
    AllocatedPool pool = ipam.requestPool(of("10.9.0.0/26"));
    TreeSet<Integer> taken = new TreeSet<>(Set.of(0, 63));
    for (int i = 0; i < 1_000; i++) {
      int number = random.nextInt(64);
      InetAddress address = IpPrefix.parseAddress("10.9.0." + number);
      switch (random.nextInt(3)) {
        case 0 -> {
          ipam.releaseAddress(pool.id(), address);
          if (number != 0 && number != 63) {
            taken.remove(number);
          }
        }
        case 1 -> {
          boolean free = taken.add(number);
          if (free) {
            request(pool, "10.9.0." + number);
          } else {
            assertThatThrownBy(() -> request(pool, "10.9.0." + number))
                .isInstanceOf(ConflictException.class);
          }
        }
        default -> {
          Optional<Integer> lowest =
              IntStream.range(0, 64).boxed().filter(n -> !taken.contains(n)).findFirst();
          if (lowest.isPresent()) {
            assertThat(next(pool)).isEqualTo("10.9.0." + lowest.get() + "/26");
            taken.add(lowest.get());
          } else {
            assertThatThrownBy(() -> next(pool)).isInstanceOf(ExhaustedException.class);
          }
        }
      }
    }
  }

  /** All subnets of a range, of several sizes, against a list that is looked through each time. */
  @RepeatedTest(20)
  void poolsAreWhatALongSearchFinds(RepetitionInfo repetition) throws IOException {
    Random random = new Random(repetition.getCurrentRepetition());
    IpamDriver driver = ipam(new AddressRange(IpPrefix.parse("10.8.0.0/20"), 26));
    Map<String, IpPrefix> taken = new HashMap<>();
    for (int i = 0; i < 300; i++) {
      int length = 22 + random.nextInt(8);
      int number = random.nextInt(1 << length - 20);
      IpPrefix subnet = prefix(number, length);
      IpPrefix excluded = prefix(random.nextInt(1 << 4), 24);
      PoolRequest request =
          switch (random.nextInt(3)) {
            case 0 -> of(subnet.toString());
            case 1 -> of("0.0.0.0/" + length);
            default -> any(excluded.toString());
          };
      if (taken.size() > 12 || random.nextInt(8) == 0) {
        for (String id : List.copyOf(taken.keySet())) {
          if (random.nextBoolean()) {
            driver.releasePool(id);
            taken.remove(id);
          }
        }
      }
      Optional<IpPrefix> expected = longSearch(request, taken.values());
      if (expected.isEmpty()) {
        assertThatThrownBy(() -> driver.requestPool(request))
            .isInstanceOfAny(ConflictException.class, ExhaustedException.class);
      } else {
        AllocatedPool pool = driver.requestPool(request);
        assertThat(pool.subnet()).isEqualTo(expected.get());
        taken.put(pool.id(), pool.subnet());
      }
    }
  }

  private static IpPrefix prefix(int number, int length) {
    int bits = 10 << 24 | 8 << 16 | number << 32 - length;
    return IpPrefix.parse("10.8." + (bits >> 8 & 255) + "." + (bits & 255) + "/" + length);
  }

  private static Optional<IpPrefix> longSearch(PoolRequest request, Collection<IpPrefix> taken) {
    IpPrefix wanted = request.pool().orElse(IpPrefix.parse("0.0.0.0/26"));
    if (!wanted.address().isAnyLocalAddress()) {
      return taken.stream().anyMatch(wanted::overlaps) ? Optional.empty() : Optional.of(wanted);
    }
    return IntStream.range(0, 1 << wanted.length() - 20)
        .mapToObj(number -> prefix(number, wanted.length()))
        .filter(it -> taken.stream().noneMatch(it::overlaps))
        .filter(it -> request.exclude().stream().noneMatch(it::overlaps))
        .findFirst();
  }

  @Test
  void thousandsOfPoolsAreGivenUntilNoneIsLeft() throws IOException {
    Set<IpPrefix> given = new HashSet<>();
    for (int i = 0; i < 4096; i++) {
      given.add(ipam.requestPool(any()).subnet());
    }
    assertThat(given).hasSize(4096);
    assertThatThrownBy(() -> ipam.requestPool(any()))
        .isInstanceOf(ExhaustedException.class)
        .hasMessageContaining("10.192.0.0/12");
  }

  @Test
  void theFirstAddressOfManyThousandsOfAHugeSubnetIsFoundAtOnce() throws IOException {
    AllocatedPool pool = ipam.requestPool(of("10.0.0.0/8"));
    for (int i = 1; i <= 50_000; i++) {
      next(pool);
    }
    ipam.releaseAddress(pool.id(), IpPrefix.parseAddress("10.0.0.7"));
    assertThat(next(pool)).isEqualTo("10.0.0.7/8");
    assertThat(next(pool)).isEqualTo("10.0.195.81/8");
  }
}
