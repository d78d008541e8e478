package dev.cnm.spi;

import dev.cnm.AddressPool;
import dev.cnm.NetworkOptions;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that is known of a network.
 *
 * @param id 64 hexadecimal digits
 * @param name as the caller gave it
 * @param options as the caller gave them
 * @param pools its address pools, at most one a family unless the driver allows more
 * @param predefined whether it exists from the start
 * @param driverState what {@link NetworkDriver#createNetwork} returned; empty before
 */
public record NetworkContext(
    String id,
    String name,
    NetworkOptions options,
    List<AddressPool> pools,
    boolean predefined,
    Map<String, String> driverState) {

  /** Copies what can change. */
  public NetworkContext {
    pools = List.copyOf(pools);
    driverState = Map.copyOf(driverState);
  }

  /** The first IPv4 pool. */
  public Optional<AddressPool> ipv4() {
    return pools.stream().filter(pool -> !pool.subnet().isIpv6()).findFirst();
  }

  /** The first IPv6 pool. */
  public Optional<AddressPool> ipv6() {
    return pools.stream().filter(pool -> pool.subnet().isIpv6()).findFirst();
  }
}
