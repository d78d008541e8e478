package dev.cnm.ipam;

import dev.cnm.ConflictException;
import dev.cnm.ControllerOptions.AddressRange;
import dev.cnm.ExhaustedException;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.NotFoundException;
import dev.cnm.spi.IpamDriver;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Hands out the lowest subnet and the lowest address that are free. What it gave out is in memory
 * only: the controller asks for it again, by name, when it starts.
 */
final class DefaultIpam implements IpamDriver {

  private final ReentrantLock lock = new ReentrantLock();
  private final AddressRanges ranges;
  private final Map<String, Subnet> pools = new HashMap<>();

  /** The same by the first address, each family by itself. None overlaps another. */
  private final NavigableMap<BigInteger, Subnet> ipv4 = new TreeMap<>();

  private final NavigableMap<BigInteger, Subnet> ipv6 = new TreeMap<>();

  DefaultIpam(AddressRanges ranges) {
    this.ranges = ranges;
  }

  @Override
  public AllocatedPool requestPool(PoolRequest request) {
    if (request.pool().isEmpty() && request.range().isPresent()) {
      throw new InvalidParameterException(
          "ip-range " + request.range().get() + " without a subnet");
    }
    lock.lock();
    try {
      Optional<IpPrefix> wanted = request.pool();
      // 0.0.0.0/26 means: any subnet of that size.
      boolean anyOfSize = wanted.isPresent() && wanted.get().address().isAnyLocalAddress();
      IpPrefix subnet =
          wanted.isPresent() && !anyOfSize
              ? requireFree(wanted.get())
              : choose(
                  wanted.map(IpPrefix::isIpv6).orElse(request.ipv6()),
                  wanted.map(IpPrefix::length),
                  request.exclude());
      String id =
          request.addressSpace()
              + "/"
              + subnet
              + request.range().map(range -> "/" + range).orElse("");
      Subnet pool = new Subnet(subnet, request.range());
      pools.put(id, pool);
      family(subnet).put(Numbers.number(subnet.address()), pool);
      return new AllocatedPool(id, subnet, Map.of());
    } finally {
      lock.unlock();
    }
  }

  private IpPrefix requireFree(IpPrefix subnet) {
    if (!subnet.isNetwork()) {
      throw new InvalidParameterException(
          "invalid subnet " + subnet + ": it should be " + subnet.network());
    }
    Optional<IpPrefix> other = overlapping(subnet);
    if (other.isPresent()) {
      throw new ConflictException(
          "the subnet " + subnet + " overlaps " + other.get() + " of another network");
    }
    return subnet;
  }

  private NavigableMap<BigInteger, Subnet> family(IpPrefix prefix) {
    return prefix.isIpv6() ? ipv6 : ipv4;
  }

  /** The pool that a prefix overlaps: of several, the highest. */
  private Optional<IpPrefix> overlapping(IpPrefix prefix) {
    var highest = family(prefix).floorEntry(Numbers.number(prefix.lastAddress()));
    return Optional.ofNullable(highest).map(it -> it.getValue().prefix()).filter(prefix::overlaps);
  }

  private IpPrefix choose(boolean ipv6, Optional<Integer> length, List<IpPrefix> exclude) {
    for (AddressRange range : ranges.ranges()) {
      if (range.base().isIpv6() == ipv6) {
        int size = length.orElse(range.size());
        if (size < range.base().length()) {
          throw new InvalidParameterException(
              "no subnet of length " + size + " fits into " + range.base());
        }
        Optional<IpPrefix> free = lowestFree(range.base(), size, exclude);
        if (free.isPresent()) {
          return free.get();
        }
      }
    }
    throw new ExhaustedException(
        "no free "
            + (ipv6 ? "IPv6" : "IPv4")
            + " subnet is left in "
            + ranges.ranges().stream()
                .map(AddressRange::base)
                .filter(base -> base.isIpv6() == ipv6)
                .toList()
            + ": give one, or remove networks that are not used");
  }

  private record Span(BigInteger first, BigInteger last) {
    static Span of(IpPrefix prefix) {
      return new Span(Numbers.number(prefix.address()), Numbers.number(prefix.lastAddress()));
    }
  }

  /** One pass over what is in the way, the lowest first: it may be nested, but is not many. */
  private Optional<IpPrefix> lowestFree(IpPrefix base, int length, List<IpPrefix> exclude) {
    List<Span> obstacles = new ArrayList<>();
    family(base).values().forEach(pool -> obstacles.add(new Span(pool.first(), pool.last())));
    Stream.concat(exclude.stream(), ranges.avoided().stream())
        .filter(base::overlaps)
        .map(IpPrefix::network)
        .map(Span::of)
        .forEach(obstacles::add);
    obstacles.sort(Comparator.comparing(Span::first));
    Span range = Span.of(base);
    BigInteger size = BigInteger.ONE.shiftLeft((base.isIpv6() ? 128 : 32) - length);
    BigInteger candidate = range.first;
    for (Span obstacle : obstacles) {
      if (obstacle.first.subtract(candidate).compareTo(size) >= 0) {
        break;
      }
      if (obstacle.last.compareTo(candidate) >= 0) {
        candidate = obstacle.last.divide(size).add(BigInteger.ONE).multiply(size);
      }
    }
    return candidate.add(size).compareTo(range.last.add(BigInteger.ONE)) <= 0
        ? Optional.of(new IpPrefix(Numbers.address(candidate, base.isIpv6()), length))
        : Optional.empty();
  }

  @Override
  public void releasePool(String poolId) {
    lock.lock();
    try {
      IpPrefix subnet = pool(poolId).prefix();
      pools.remove(poolId);
      family(subnet).remove(Numbers.number(subnet.address()));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public IpPrefix requestAddress(
      String poolId, Optional<InetAddress> preferred, Map<String, String> options) {
    lock.lock();
    try {
      Subnet pool = pool(poolId);
      InetAddress address;
      if (preferred.isPresent()) {
        address = preferred.get();
        pool.request(address);
      } else {
        address = pool.requestLowest();
      }
      return new IpPrefix(address, pool.prefix().length());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void releaseAddress(String poolId, InetAddress address) {
    lock.lock();
    try {
      pool(poolId).release(address);
    } finally {
      lock.unlock();
    }
  }

  private Subnet pool(String poolId) {
    Subnet pool = pools.get(poolId);
    if (pool == null) {
      throw new NotFoundException("no address pool " + poolId);
    }
    return pool;
  }
}
