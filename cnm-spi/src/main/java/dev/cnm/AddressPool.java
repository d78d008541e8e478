package dev.cnm;

import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;

/**
 * An address pool that a network has been given. libnetwork's {@code IPAMData}.
 *
 * @param id by which the IPAM driver knows it
 * @param subnet its addresses
 * @param ipRange the part that addresses are taken from when none is asked for
 * @param gateway the network's own address; empty where the driver needs none
 * @param auxiliaryAddresses addresses kept free, each with a name
 */
public record AddressPool(
    String id,
    IpPrefix subnet,
    Optional<IpPrefix> ipRange,
    Optional<InetAddress> gateway,
    Map<String, InetAddress> auxiliaryAddresses) {

  /** Copies the map. */
  public AddressPool {
    auxiliaryAddresses = Map.copyOf(auxiliaryAddresses);
  }
}
