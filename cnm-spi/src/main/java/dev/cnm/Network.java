package dev.cnm;

import dev.cnm.spi.SandboxSource;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A group of endpoints that can talk to each other. libnetwork's {@code Network}. A handle stays
 * valid until the network is deleted; after that, every method that needs it throws {@link
 * NotFoundException}. Safe for use by several threads.
 */
public interface Network {

  /** 64 hexadecimal digits, random, unique. */
  String id();

  /** The name that it was created with. */
  String name();

  /** The driver's type, such as {@code "bridge"}. */
  String type();

  /** When it was created. */
  Instant created();

  /** The options that it was created with. */
  NetworkOptions options();

  /** The address pools it has, as the IPAM driver gave them; empty where the driver uses none. */
  List<AddressPool> addressPools();

  /** Where a sandbox for this network's endpoints comes from. */
  SandboxSource sandboxSource();

  /**
   * True for the networks that exist from the start ({@code none}, {@code host}, {@code bridge}):
   * they can't be deleted.
   */
  boolean predefined();

  /**
   * Creates an endpoint with default options.
   *
   * @see #createEndpoint(String, EndpointOptions)
   */
  default Endpoint createEndpoint(String name) throws IOException {
    return createEndpoint(name, EndpointOptions.defaults());
  }

  /**
   * Creates an endpoint: reserves its addresses and its MAC address. Nothing is made in the kernel
   * until it joins a sandbox.
   *
   * @param name unique in this network
   * @throws InvalidParameterException if the name is blank or an option makes no sense, such as an
   *     address outside the subnet
   * @throws ConflictException if the name or a requested address is taken
   * @throws ExhaustedException if no address is left
   * @throws NotFoundException if this network has been deleted
   * @throws IOException if the kernel refuses
   */
  Endpoint createEndpoint(String name, EndpointOptions options) throws IOException;

  /** Its endpoints, sorted by name. */
  List<Endpoint> endpoints();

  /** Calls {@code visitor} with each endpoint, by name, until it returns true. */
  void walkEndpoints(Predicate<? super Endpoint> visitor);

  /** The endpoint of exactly this name. */
  Optional<Endpoint> endpointByName(String name);

  /**
   * The endpoint with this id, or the only one whose id starts with it.
   *
   * @throws InvalidParameterException if several ids start with it, or it is empty
   */
  Optional<Endpoint> endpointById(String idOrPrefix);

  /** What the driver tells of this network, such as the name of its bridge link. */
  Map<String, String> driverState();

  /**
   * Deletes the network and gives its address pools back.
   *
   * @throws ForbiddenException if it has endpoints, or is a predefined one
   * @throws NotFoundException if it is gone already
   * @throws IOException if the kernel refuses
   */
  void delete() throws IOException;
}
