package dev.cnm;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How an endpoint is to be. A value; safe to share.
 *
 * @param ipv4 the IPv4 address it is to have
 * @param ipv6 the IPv6 address it is to have
 * @param mac the MAC address it is to have
 * @param linkLocal further addresses, which nobody manages; link-local ones (RFC 3927, RFC 4291)
 * @param aliases further names by which the network's other sandboxes find it
 * @param gatewayPriority of the endpoints of a sandbox, the one with the highest gives the default
 *     route; libnetwork's {@code gw-priority}
 * @param driverOptions for the network driver; {@link #INTERFACE_NAME} and {@link #SYSCTLS} are for
 *     every driver
 */
public record EndpointOptions(
    Optional<Inet4Address> ipv4,
    Optional<Inet6Address> ipv6,
    Optional<MacAddress> mac,
    List<IpPrefix> linkLocal,
    List<String> aliases,
    int gatewayPriority,
    Map<String, String> driverOptions) {

  /** The driver option that names the interface inside the sandbox. */
  public static final String INTERFACE_NAME = "com.docker.network.endpoint.ifname";

  /**
   * The driver option that holds settings of the interface, separated by commas, with {@code
   * IFNAME} for its name: {@code net.ipv4.conf.IFNAME.log_martians=1}.
   */
  public static final String SYSCTLS = "com.docker.network.endpoint.sysctls";

  private static final int LINK_LOCAL_LENGTH_4 = 16;
  private static final int LINK_LOCAL_LENGTH_6 = 64;

  private static final EndpointOptions DEFAULTS = builder().build();

  /**
   * Copies what can change, and sorts the map by key.
   *
   * @throws InvalidParameterException if an address is not link-local that should be, or an alias
   *     can be no host name
   */
  public EndpointOptions {
    linkLocal = List.copyOf(linkLocal);
    aliases = List.copyOf(aliases);
    driverOptions = NetworkOptions.sorted(driverOptions);
    for (IpPrefix prefix : linkLocal) {
      if (!prefix.address().isLinkLocalAddress()) {
        throw new InvalidParameterException(
            "invalid link-local IP address: " + IpPrefix.text(prefix.address()));
      }
    }
    aliases.forEach(Names::requireAlias);
  }

  /** Addresses that the IPAM driver and the network driver choose. */
  public static EndpointOptions defaults() {
    return DEFAULTS;
  }

  /** A builder that starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that starts from these. */
  public Builder toBuilder() {
    Builder builder = new Builder().gatewayPriority(gatewayPriority);
    builder.ipv4 = ipv4;
    builder.ipv6 = ipv6;
    builder.mac = mac;
    builder.linkLocal.addAll(linkLocal);
    builder.aliases.addAll(aliases);
    builder.driverOptions.putAll(driverOptions);
    return builder;
  }

  /** Collects options. For use by one thread. */
  public static final class Builder {
    private Optional<Inet4Address> ipv4 = Optional.empty();
    private Optional<Inet6Address> ipv6 = Optional.empty();
    private Optional<MacAddress> mac = Optional.empty();
    private final List<IpPrefix> linkLocal = new ArrayList<>();
    private final List<String> aliases = new ArrayList<>();
    private int gatewayPriority;
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

    /** Adds to {@link EndpointOptions#linkLocal}, with the prefix length of its family. */
    public Builder linkLocal(InetAddress address) {
      int length = address instanceof Inet4Address ? LINK_LOCAL_LENGTH_4 : LINK_LOCAL_LENGTH_6;
      linkLocal.add(new IpPrefix(address, length));
      return this;
    }

    /** Adds to {@link EndpointOptions#aliases}. */
    public Builder alias(String name) {
      aliases.add(name);
      return this;
    }

    /** Sets {@link EndpointOptions#gatewayPriority}; 0 unless said otherwise. */
    public Builder gatewayPriority(int priority) {
      gatewayPriority = priority;
      return this;
    }

    /** Adds to {@link EndpointOptions#driverOptions}. */
    public Builder driverOption(String key, String value) {
      driverOptions.put(key, value);
      return this;
    }

    /**
     * The options collected so far.
     *
     * @throws InvalidParameterException if one makes no sense
     */
    public EndpointOptions build() {
      return new EndpointOptions(
          ipv4, ipv6, mac, linkLocal, aliases, gatewayPriority, driverOptions);
    }
  }
}
