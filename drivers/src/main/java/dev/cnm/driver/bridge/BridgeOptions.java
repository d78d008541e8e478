package dev.cnm.driver.bridge;

import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.Names;
import dev.cnm.spi.NetworkContext;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the options of a bridge network say; their names are Docker's labels.
 *
 * @param bridge the name of the bridge link: the one that the network has, or is to have
 * @param named whether the caller chose that name
 * @param mtu the MTU of bridge and endpoints in octets: the one asked for, or the one that the host
 *     had towards the outside when the network was made; empty for the kernel's default
 * @param betweenContainers whether the endpoints reach each other ({@code enable_icc})
 * @param masquerade whether what leaves the host has the host's address
 * @param addressed whether the bridge has the IPv4 gateway's address (not {@code inhibit_ipv4})
 * @param interfacePrefix the beginning of the interface names inside
 * @param mode4 how IPv4 passes the host
 * @param mode6 how IPv6 passes the host
 * @param source4 the host's address that IPv4 leaves with; empty for that of the link it leaves by
 * @param source6 the same for IPv6
 * @param publishAt where ports are published that name no address of the host; empty for all of
 *     them
 * @param trusted the links of the host by which the endpoints' addresses are reached directly
 * @param antispoof whether an endpoint may use its own addresses only ({@link SourceGuard})
 */
record BridgeOptions(
    String bridge,
    boolean named,
    Optional<Integer> mtu,
    boolean betweenContainers,
    boolean masquerade,
    boolean addressed,
    String interfacePrefix,
    GatewayMode mode4,
    GatewayMode mode6,
    Optional<InetAddress> source4,
    Optional<InetAddress> source6,
    Optional<InetAddress> publishAt,
    List<String> trusted,
    boolean antispoof) {

  private static final String NAME = "com.docker.network.bridge.name";
  private static final String ICC = "com.docker.network.bridge.enable_icc";
  private static final String MASQUERADE = "com.docker.network.bridge.enable_ip_masquerade";
  private static final String INHIBIT_IPV4 = "com.docker.network.bridge.inhibit_ipv4";
  private static final String DEFAULT = "com.docker.network.bridge.default_bridge";
  private static final String MODE_4 = "com.docker.network.bridge.gateway_mode_ipv4";
  private static final String MODE_6 = "com.docker.network.bridge.gateway_mode_ipv6";
  private static final String PUBLISH_AT = "com.docker.network.bridge.host_binding_ipv4";
  private static final String TRUSTED = "com.docker.network.bridge.trusted_host_interfaces";
  private static final String ANTISPOOF = "dev.cnm.network.bridge.antispoof";
  private static final String SOURCE_4 = "com.docker.network.host_ipv4";
  private static final String SOURCE_6 = "com.docker.network.host_ipv6";
  private static final String MTU = "com.docker.network.driver.mtu";
  private static final String PREFIX = "com.docker.network.container_iface_prefix";
  private static final Set<String> KNOWN =
      Set.of(
          NAME,
          ICC,
          MASQUERADE,
          INHIBIT_IPV4,
          DEFAULT,
          MODE_4,
          MODE_6,
          PUBLISH_AT,
          TRUSTED,
          SOURCE_4,
          SOURCE_6,
          MTU,
          PREFIX,
          ANTISPOOF);

  /** RFC 8200, section 5: what every link must carry with IPv6. */
  static final int MIN_MTU_6 = 1280;

  private static final String DEFAULT_BRIDGE = "cnm0";

  static BridgeOptions of(NetworkContext network) {
    Map<String, String> options = network.options().driverOptions();
    for (String option : options.keySet()) {
      if (!KNOWN.contains(option)) {
        throw new InvalidParameterException(
            "unknown option of the bridge driver: "
                + option
                + "; it knows "
                + KNOWN.stream().sorted().toList());
      }
    }
    if (flag(options, DEFAULT, network.predefined()) != network.predefined()) {
      throw new InvalidParameterException(
          "invalid "
              + DEFAULT
              + ": "
              + options.get(DEFAULT)
              + "; the default bridge is that of the predefined network");
    }
    String name = options.get(NAME);
    String prefix = options.getOrDefault(PREFIX, "eth");
    // The number behind it takes up to four digits.
    Names.requireInterfaceName(prefix + "1023");
    return new BridgeOptions(
        Bridges.recorded(network)
            .orElseGet(() -> name != null ? Names.requireInterfaceName(name) : firstName(network)),
        name != null,
        Optional.ofNullable(options.get(MTU))
            .map(value -> mtu(value, network))
            .or(() ->
                Optional.ofNullable(network.driverState().get(Bridges.MTU)).map(Integer::valueOf)),
        flag(options, ICC, true),
        flag(options, MASQUERADE, true),
        !flag(options, INHIBIT_IPV4, false),
        prefix,
        mode(options, MODE_4, network),
        mode(options, MODE_6, network),
        address(options, SOURCE_4).map(it -> requireFamily(SOURCE_4, it, false)),
        address(options, SOURCE_6).map(it -> requireFamily(SOURCE_6, it, true)),
        // Docker's default, 0.0.0.0, stands for all addresses of both families.
        address(options, PUBLISH_AT)
            .filter(it -> !(it instanceof Inet4Address && it.isAnyLocalAddress())),
        trusted(options.getOrDefault(TRUSTED, "")),
        flag(options, ANTISPOOF, true));
  }

  /** Whether the caller chose the MTU. */
  static boolean asksForMtu(NetworkContext network) {
    return network.options().driverOptions().containsKey(MTU);
  }

  GatewayMode mode(boolean ipv6) {
    return ipv6 ? mode6 : mode4;
  }

  Optional<InetAddress> source(boolean ipv6) {
    return ipv6 ? source6 : source4;
  }

  /** Whether the bridge has the gateway's address of this family. */
  boolean addressed(boolean ipv6) {
    return mode(ipv6) != GatewayMode.ISOLATED && (ipv6 || addressed);
  }

  /** Whether the host passes on what leaves or enters the network in this family. */
  boolean forwards(NetworkContext network, boolean ipv6) {
    return !network.options().internal() && (ipv6 ? network.ipv6() : network.ipv4()).isPresent();
  }

  private static String firstName(NetworkContext network) {
    return network.predefined() ? DEFAULT_BRIDGE : ownName(network);
  }

  /** A name that nobody else's network has. */
  static String ownName(NetworkContext network) {
    return "br-" + network.id().substring(0, Mark.ID_LENGTH);
  }

  /** The same on another bridge. */
  BridgeOptions on(String other) {
    return new BridgeOptions(
        other,
        named,
        mtu,
        betweenContainers,
        masquerade,
        addressed,
        interfacePrefix,
        mode4,
        mode6,
        source4,
        source6,
        publishAt,
        trusted,
        antispoof);
  }

  private static int mtu(String value, NetworkContext network) {
    int least = network.options().ipv6() ? MIN_MTU_6 : 68;
    if (!value.matches("[0-9]{1,5}")
        || Integer.parseInt(value) < least
        || Integer.parseInt(value) > 65_535) {
      throw new InvalidParameterException(
          "invalid " + MTU + ": " + value + "; " + least + " to 65535");
    }
    return Integer.parseInt(value);
  }

  private static GatewayMode mode(
      Map<String, String> options, String option, NetworkContext network) {
    String value = options.get(option);
    GatewayMode mode = value == null ? GatewayMode.NAT : GatewayMode.parse(option, value);
    if (mode == GatewayMode.ISOLATED && !network.options().internal()) {
      throw new InvalidParameterException(
          "invalid " + option + ": isolated; only an internal network can be isolated");
    }
    return mode;
  }

  private static Optional<InetAddress> address(Map<String, String> options, String option) {
    String value = options.get(option);
    if (value == null || value.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(IpPrefix.parseAddress(value));
    } catch (InvalidParameterException e) {
      throw new InvalidParameterException("invalid " + option + ": " + value + "; an address");
    }
  }

  private static InetAddress requireFamily(String option, InetAddress address, boolean ipv6) {
    if (address instanceof Inet4Address == ipv6 || address.isAnyLocalAddress()) {
      throw new InvalidParameterException(
          "invalid "
              + option
              + ": "
              + IpPrefix.text(address)
              + "; an "
              + (ipv6 ? "IPv6" : "IPv4")
              + " address of the host");
    }
    return address;
  }

  private static List<String> trusted(String value) {
    return value.isEmpty()
        ? List.of()
        : Arrays.stream(value.split(":", -1)).map(Names::requireInterfaceName).distinct().toList();
  }

  private static boolean flag(Map<String, String> options, String option, boolean otherwise) {
    return switch (options.get(option)) {
      case null -> otherwise;
      case "true", "1" -> true;
      case "false", "0" -> false;
      case String value ->
          throw new InvalidParameterException(
              "invalid " + option + ": " + value + "; true or false");
    };
  }
}
