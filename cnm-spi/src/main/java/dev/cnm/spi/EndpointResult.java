package dev.cnm.spi;

import dev.cnm.MacAddress;
import java.util.Map;
import java.util.Optional;

/**
 * What a driver chose for an endpoint.
 *
 * @param mac its MAC address; the caller's own, if there was one
 * @param driverState what the driver wants to find again in {@link EndpointContext#driverState}
 */
public record EndpointResult(Optional<MacAddress> mac, Map<String, String> driverState) {

  /** Copies the map. */
  public EndpointResult {
    driverState = Map.copyOf(driverState);
  }

  /** Nothing chosen and nothing to remember. */
  public static EndpointResult nothing() {
    return new EndpointResult(Optional.empty(), Map.of());
  }

  /** This MAC address, and nothing to remember. */
  public static EndpointResult of(MacAddress mac) {
    return new EndpointResult(Optional.of(mac), Map.of());
  }
}
