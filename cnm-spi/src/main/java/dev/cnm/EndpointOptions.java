package dev.cnm;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How an endpoint is to be. A value; safe to share.
 *
 * @param ipv4 the IPv4 address it is to have
 * @param ipv6 the IPv6 address it is to have
 * @param mac the MAC address it is to have
 * @param driverOptions for the network driver
 */
public record EndpointOptions(
    Optional<Inet4Address> ipv4,
    Optional<Inet6Address> ipv6,
    Optional<MacAddress> mac,
    Map<String, String> driverOptions) {

  private static final EndpointOptions DEFAULTS = builder().build();

  /** Copies the map, and sorts it by key. */
  public EndpointOptions {
    driverOptions = NetworkOptions.sorted(driverOptions);
  }

  /** Addresses that the IPAM driver and the network driver choose. */
  public static EndpointOptions defaults() {
    return DEFAULTS;
  }

  /** A builder that starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects options. For use by one thread. */
  public static final class Builder {
    private Optional<Inet4Address> ipv4 = Optional.empty();
    private Optional<Inet6Address> ipv6 = Optional.empty();
    private Optional<MacAddress> mac = Optional.empty();
    private final Map<String, String> driverOptions = new TreeMap<>();

    private Builder() {}

    /** Sets {@link EndpointOptions#ipv4} or {@link EndpointOptions#ipv6}, by the family. */
    public Builder address(InetAddress address) {
      if (address instanceof Inet4Address v4) {
        ipv4 = Optional.of(v4);
      } else if (address instanceof Inet6Address v6) {
        ipv6 = Optional.of(v6);
      }
      return this;
    }

    /** Sets {@link EndpointOptions#mac}. */
    public Builder mac(MacAddress address) {
      mac = Optional.of(address);
      return this;
    }

    /** Adds to {@link EndpointOptions#driverOptions}. */
    public Builder driverOption(String key, String value) {
      driverOptions.put(key, value);
      return this;
    }

    /** The options collected so far. */
    public EndpointOptions build() {
      return new EndpointOptions(ipv4, ipv6, mac, driverOptions);
    }
  }
}
