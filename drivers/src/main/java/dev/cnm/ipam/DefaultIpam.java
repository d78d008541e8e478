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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Hands out the lowest subnet and the lowest address that are free. What it gave out is in memory
 * only: the controller asks for it again, by name, when it starts.
 */
final class DefaultIpam implements IpamDriver {

  private final ReentrantLock lock = new ReentrantLock();
  private final AddressRanges ranges;
  private final Map<String, Subnet> pools = new TreeMap<>();

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
      pools.put(id, new Subnet(subnet, request.range()));
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
    for (Subnet pool : pools.values()) {
      if (pool.prefix().overlaps(subnet)) {
        throw new ConflictException(
            "the subnet " + subnet + " overlaps " + pool.prefix() + " of another network");
      }
    }
    return subnet;
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

  private Optional<IpPrefix> lowestFree(IpPrefix base, int length, List<IpPrefix> exclude) {
    BigInteger next = Numbers.number(base.address());
    BigInteger end = Numbers.number(base.lastAddress());
    while (next.compareTo(end) <= 0) {
      IpPrefix candidate = new IpPrefix(Numbers.address(next, base.isIpv6()), length);
      Optional<IpPrefix> obstacle = obstacle(candidate, exclude);
      if (obstacle.isEmpty()) {
        return Optional.of(candidate);
      }
      // Behind the obstacle or behind the candidate, whichever is further.
      BigInteger step = Numbers.size(candidate).max(Numbers.size(obstacle.get()));
      next = next.divide(step).add(BigInteger.ONE).multiply(step);
    }
    return Optional.empty();
  }

  private Optional<IpPrefix> obstacle(IpPrefix candidate, List<IpPrefix> exclude) {
    for (Subnet pool : pools.values()) {
      if (pool.prefix().overlaps(candidate)) {
        return Optional.of(pool.prefix());
      }
    }
    return java.util.stream.Stream.concat(exclude.stream(), ranges.avoided().stream())
        .filter(candidate::overlaps)
        .findFirst();
  }

  @Override
  public void releasePool(String poolId) {
    lock.lock();
    try {
      pool(poolId);
      pools.remove(poolId);
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
