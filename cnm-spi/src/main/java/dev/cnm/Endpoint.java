package dev.cnm;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One attachment to one network: an address, a MAC address and, once it has joined a sandbox, an
 * interface in it. libnetwork's {@code Endpoint}. Safe for use by several threads; joins and leaves
 * of one sandbox happen one after another.
 */
public interface Endpoint {

  /** 64 hexadecimal digits, random, unique. */
  String id();

  /** Unique in its network. */
  String name();

  /** The network that it belongs to, for ever. */
  Network network();

  /** The options that it was created with. */
  EndpointOptions options();

  /** Its IPv4 address with the length of the subnet's prefix, if its network has IPv4. */
  Optional<IpPrefix> ipv4();

  /** Its IPv6 address with the length of the subnet's prefix, if its network has IPv6. */
  Optional<IpPrefix> ipv6();

  /** Its MAC address, if the driver gives it one. */
  Optional<MacAddress> mac();

  /** The network's IPv4 gateway as it is used from inside; empty before it joins. */
  Optional<InetAddress> gateway4();

  /** The network's IPv6 gateway as it is used from inside; empty before it joins. */
  Optional<InetAddress> gateway6();

  /** The name of its interface inside the sandbox, such as {@code eth0}; empty before it joins. */
  Optional<String> interfaceName();

  /** The sandbox that it has joined. */
  Optional<Sandbox> sandbox();

  /** The ports of the host that lead to it now. libnetwork's port map. */
  List<PortBinding> portBindings();

  /** What the driver tells of it. libnetwork's {@code EndpointOperInfo}. */
  Map<String, String> operationalInfo() throws IOException;

  /**
   * Joins a sandbox: its interface appears inside, up, with its addresses and routes. If a step
   * fails, what the earlier steps made is removed and the endpoint is as it was before.
   *
   * @throws ForbiddenException if it has joined a sandbox already, or the sandbox has an endpoint
   *     in this network, or the sandbox does not come from where this network's driver wants it
   * @throws NotFoundException if the endpoint or the sandbox has been deleted
   * @throws ExhaustedException if the network has no room left for it, as a bridge with 1,023 ports
   * @throws IOException if the kernel refuses
   */
  void join(Sandbox sandbox) throws IOException;

  /**
   * Leaves its sandbox: the interface is gone when this returns. The addresses stay reserved.
   *
   * @throws ForbiddenException if it has joined none
   * @throws IOException if the kernel refuses
   */
  void leave() throws IOException;

  /**
   * Deletes it and releases its addresses.
   *
   * @throws ForbiddenException if it has joined a sandbox
   * @throws NotFoundException if it is gone already
   * @throws IOException if the kernel refuses
   */
  void delete() throws IOException;
}
