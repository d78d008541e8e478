package dev.cnm;

import java.net.InetAddress;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the caller wants of one address pool of a network: Docker's {@code --subnet}, {@code
 * --ip-range}, {@code --gateway} and {@code --aux-address} that belong together.
 *
 * @param subnet the pool; all bits behind the prefix are zero
 * @param ipRange the part of the subnet that addresses are taken from when none is asked for
 * @param gateway the network's own address in the subnet; when empty, the IPAM driver chooses
 * @param auxiliaryAddresses addresses that are kept free, each with a name, sorted by it
 */
public record IpamConfig(
    IpPrefix subnet,
    Optional<IpPrefix> ipRange,
    Optional<InetAddress> gateway,
    Map<String, InetAddress> auxiliaryAddresses) {

  /**
   * Checks what needs no knowledge of other networks.
   *
   * @throws InvalidParameterException if the subnet has bits set behind its prefix or is of
   *     multicast addresses, or something lies outside it
   */
  public IpamConfig {
    if (!subnet.isNetwork()) {
      throw new InvalidParameterException(
          "invalid subnet " + subnet + ": it should be " + subnet.network());
    }
    if (subnet.address().isMulticastAddress()) {
      throw new InvalidParameterException("invalid subnet " + subnet + ": it is of multicast");
    }
    ipRange.ifPresent(range -> {
      if (!subnet.contains(range)) {
        throw new InvalidParameterException(
            "invalid ip-range " + range + ": it is not inside the subnet " + subnet);
      }
      if (!range.isNetwork()) {
        throw new InvalidParameterException(
            "invalid ip-range " + range + ": it should be " + range.network());
      }
    });
    gateway.ifPresent(address -> requireInside("gateway", address, subnet));
    auxiliaryAddresses = new TreeMap<>(auxiliaryAddresses);
    auxiliaryAddresses.forEach(
        (name, address) -> requireInside("aux-address " + name + "=", address, subnet));
    auxiliaryAddresses = Collections.unmodifiableMap(auxiliaryAddresses);
  }

  private static void requireInside(String what, InetAddress address, IpPrefix subnet) {
    if (!subnet.contains(address)) {
      String text = IpPrefix.text(address);
      throw new InvalidParameterException(
          "invalid "
              + what
              + (what.endsWith("=") ? text : " " + text)
              + ": it is not inside the subnet "
              + subnet);
    }
  }

  /** A pool of this subnet, and nothing else said. */
  public static IpamConfig of(IpPrefix subnet) {
    return new IpamConfig(subnet, Optional.empty(), Optional.empty(), Map.of());
  }
}
