package dev.cnm;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a network is to be. A value; safe to share.
 *
 * @param ipv4 whether its endpoints have IPv4 addresses
 * @param ipv6 whether its endpoints have IPv6 addresses
 * @param internal whether it has no way out and no way in: no gateway, no masquerade, no forwarding
 * @param ipamDriver the IPAM driver's type; {@code "default"} unless said otherwise
 * @param ipam the pools that were asked for; the IPAM driver chooses one for each family without
 * @param ipamOptions for the IPAM driver
 * @param driverOptions for the network driver; Docker's {@code -o}
 * @param labels the caller's own; nobody interprets them
 */
public record NetworkOptions(
    boolean ipv4,
    boolean ipv6,
    boolean internal,
    String ipamDriver,
    List<IpamConfig> ipam,
    Map<String, String> ipamOptions,
    Map<String, String> driverOptions,
    Map<String, String> labels) {

  private static final NetworkOptions DEFAULTS = builder().build();

  /** Copies what can change, and sorts the maps by key. */
  public NetworkOptions {
    ipam = List.copyOf(ipam);
    ipamOptions = sorted(ipamOptions);
    driverOptions = sorted(driverOptions);
    labels = sorted(labels);
  }

  static SortedMap<String, String> sorted(Map<String, String> map) {
    return Collections.unmodifiableSortedMap(new TreeMap<>(map));
  }

  /** IPv4 from a pool that the IPAM driver chooses, and the driver's defaults. */
  public static NetworkOptions defaults() {
    return DEFAULTS;
  }

  /**
   * The defaults with this subnet.
   *
   * @param cidr such as {@code 10.99.0.0/24}; an IPv6 one turns IPv6 on
   * @throws InvalidParameterException if it is no subnet in CIDR notation
   */
  public static NetworkOptions subnet(String cidr) {
    IpPrefix subnet = IpPrefix.parse(cidr);
    return builder().ipv6(subnet.isIpv6()).pool(IpamConfig.of(subnet)).build();
  }

  /** A builder that starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects options. For use by one thread. */
  public static final class Builder {
    private boolean ipv4 = true;
    private boolean ipv6;
    private boolean internal;
    private String ipamDriver = "default";
    private final List<IpamConfig> ipam = new ArrayList<>();
    private final Map<String, String> ipamOptions = new TreeMap<>();
    private final Map<String, String> driverOptions = new TreeMap<>();
    private final Map<String, String> labels = new TreeMap<>();

    private Builder() {}

    /** Sets {@link NetworkOptions#ipv4}. */
    public Builder ipv4(boolean on) {
      ipv4 = on;
      return this;
    }

    /** Sets {@link NetworkOptions#ipv6}. */
    public Builder ipv6(boolean on) {
      ipv6 = on;
      return this;
    }

    /** Sets {@link NetworkOptions#internal}. */
    public Builder internal(boolean on) {
      internal = on;
      return this;
    }

    /** Sets {@link NetworkOptions#ipamDriver}. */
    public Builder ipamDriver(String type) {
      ipamDriver = type;
      return this;
    }

    /** Adds to {@link NetworkOptions#ipam}. */
    public Builder pool(IpamConfig config) {
      ipam.add(config);
      return this;
    }

    /** Adds to {@link NetworkOptions#ipamOptions}. */
    public Builder ipamOption(String key, String value) {
      ipamOptions.put(key, value);
      return this;
    }

    /** Adds to {@link NetworkOptions#driverOptions}. */
    public Builder driverOption(String key, String value) {
      driverOptions.put(key, value);
      return this;
    }

    /** Adds to {@link NetworkOptions#labels}. */
    public Builder label(String key, String value) {
      labels.put(key, value);
      return this;
    }

    /** The options collected so far. */
    public NetworkOptions build() {
      return new NetworkOptions(
          ipv4, ipv6, internal, ipamDriver, ipam, ipamOptions, driverOptions, labels);
    }
  }
}
