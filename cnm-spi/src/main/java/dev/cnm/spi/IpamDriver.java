package dev.cnm.spi;

import dev.cnm.IpPrefix;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Hands out address pools and addresses. libnetwork's {@code ipamapi.Ipam}.
 *
 * <p>The controller keeps what it was given. A driver that holds its allocations in memory says so
 * ({@link #requiresReplay}): the controller then requests all that it has again, by name, before
 * the first new request, and whenever another process has changed the records. Safe for use by
 * several threads.
 */
public interface IpamDriver extends AutoCloseable {

  /**
   * Whether the allocations are to be requested again when a controller starts. libnetwork's {@code
   * RequiresRequestReplay}.
   */
  default boolean requiresReplay() {
    return true;
  }

  /** The address space for networks of this host. libnetwork's {@code LocalDefault}. */
  default String localAddressSpace() {
    return "LocalDefault";
  }

  /** The address space for networks of all hosts. libnetwork's {@code GlobalDefault}. */
  default String globalAddressSpace() {
    return "GlobalDefault";
  }

  /**
   * Requests an address pool.
   *
   * @return the pool; one of the length 0 if the driver has no addresses, so that endpoints have
   *     none and get theirs from elsewhere, such as a DHCP server
   * @throws dev.cnm.ConflictException if the pool asked for overlaps one that is allocated
   * @throws dev.cnm.ExhaustedException if none was asked for and none is left
   * @throws dev.cnm.InvalidParameterException if the driver can't give such a pool
   * @throws IOException if the driver can't be asked
   */
  AllocatedPool requestPool(PoolRequest request) throws IOException;

  /**
   * Releases a pool with all its addresses.
   *
   * @throws dev.cnm.NotFoundException if there is no such pool
   * @throws IOException if the driver can't be asked
   */
  void releasePool(String poolId) throws IOException;

  /**
   * Requests an address of a pool.
   *
   * @param preferred the address to have; when empty, the driver chooses
   * @param options such as {@link #GATEWAY}
   * @return the address with the prefix length of the pool's subnet
   * @throws dev.cnm.ConflictException if the preferred address is taken
   * @throws dev.cnm.ExhaustedException if none is left
   * @throws dev.cnm.InvalidParameterException if the preferred address is outside the pool
   * @throws dev.cnm.NotFoundException if there is no such pool
   * @throws IOException if the driver can't be asked
   */
  IpPrefix requestAddress(
      String poolId, Optional<InetAddress> preferred, Map<String, String> options)
      throws IOException;

  /**
   * Releases an address. One that is free already stays free.
   *
   * @throws dev.cnm.InvalidParameterException if the address is outside the pool
   * @throws dev.cnm.NotFoundException if there is no such pool
   * @throws IOException if the driver can't be asked
   */
  void releaseAddress(String poolId, InetAddress address) throws IOException;

  /**
   * Releases what the driver itself holds. Allocations stay.
   *
   * @throws IOException if something could not be released
   */
  @Override
  default void close() throws IOException {}

  /**
   * The option that marks the request for the network's own address: {@code RequestAddressType} is
   * {@code com.docker.network.gateway}, as libnetwork has it.
   */
  Map<String, String> GATEWAY = Map.of("RequestAddressType", "com.docker.network.gateway");

  /**
   * What is asked of {@link #requestPool}.
   *
   * @param addressSpace one of the driver's two
   * @param pool the subnet to have; when empty, the driver chooses
   * @param range the part of it that addresses are chosen from
   * @param options for the driver
   * @param exclude prefixes that a chosen pool must not overlap, such as the host's own routes
   * @param ipv6 the family, if no pool is given
   */
  record PoolRequest(
      String addressSpace,
      Optional<IpPrefix> pool,
      Optional<IpPrefix> range,
      Map<String, String> options,
      List<IpPrefix> exclude,
      boolean ipv6) {

    /** Copies what can change. */
    public PoolRequest {
      options = Map.copyOf(options);
      exclude = List.copyOf(exclude);
    }
  }

  /**
   * What {@link #requestPool} gives.
   *
   * @param id by which the driver knows it
   * @param subnet its addresses
   * @param metadata whatever else the driver tells; {@code com.docker.network.gateway} is the
   *     gateway's address with prefix length, if the driver sets it
   */
  record AllocatedPool(String id, IpPrefix subnet, Map<String, String> metadata) {

    /** Copies the map. */
    public AllocatedPool {
      metadata = Map.copyOf(metadata);
    }
  }
}
