package dev.cnm.ipam;

import dev.cnm.ExhaustedException;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.spi.IpamDriver;
import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;

/** An IPAM driver without addresses, for networks that get theirs from elsewhere. */
final class NullIpam implements IpamDriver {

  private static final IpPrefix NO_IPV4 = IpPrefix.parse("0.0.0.0/0");
  private static final IpPrefix NO_IPV6 = IpPrefix.parse("::/0");

  @Override
  public boolean requiresReplay() {
    return false;
  }

  @Override
  public AllocatedPool requestPool(PoolRequest request) {
    if (request.pool().isPresent() || request.range().isPresent()) {
      throw new InvalidParameterException(
          "the null IPAM driver has no specific pools: " + request.pool().or(request::range).get());
    }
    IpPrefix pool = request.ipv6() ? NO_IPV6 : NO_IPV4;
    return new AllocatedPool(request.addressSpace() + "/" + pool, pool, Map.of());
  }

  @Override
  public void releasePool(String poolId) {}

  @Override
  public IpPrefix requestAddress(
      String poolId, Optional<InetAddress> preferred, Map<String, String> options) {
    throw new ExhaustedException("the null IPAM driver has no addresses");
  }

  @Override
  public void releaseAddress(String poolId, InetAddress address) {}
}
