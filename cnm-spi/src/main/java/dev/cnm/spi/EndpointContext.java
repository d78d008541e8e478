package dev.cnm.spi;

import dev.cnm.EndpointOptions;
import dev.cnm.IpPrefix;
import dev.cnm.MacAddress;
import dev.cnm.PortBinding;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that is known of an endpoint.
 *
 * @param network the network that it belongs to
 * @param id 64 hexadecimal digits
 * @param name as the caller gave it
 * @param options as the caller gave them
 * @param ipv4 its IPv4 address with the subnet's prefix length
 * @param ipv6 its IPv6 address with the subnet's prefix length
 * @param mac its MAC address: the caller's, or the one that {@link NetworkDriver#createEndpoint}
 *     chose
 * @param driverState what {@link NetworkDriver#createEndpoint}, and then {@link
 *     NetworkDriver#join}, returned
 * @param portBindings what {@link NetworkDriver#programExternalConnectivity} returned last
 */
public record EndpointContext(
    NetworkContext network,
    String id,
    String name,
    EndpointOptions options,
    Optional<IpPrefix> ipv4,
    Optional<IpPrefix> ipv6,
    Optional<MacAddress> mac,
    Map<String, String> driverState,
    List<PortBinding> portBindings) {

  /** Copies what can change. */
  public EndpointContext {
    driverState = Map.copyOf(driverState);
    portBindings = List.copyOf(portBindings);
  }
}
