package dev.cnm.driver.bridge;

import dev.cnm.InvalidParameterException;
import dev.cnm.Names;
import dev.cnm.spi.NetworkContext;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the options of a bridge network say; their names are Docker's labels.
 *
 * @param bridge the name of the bridge link
 * @param named whether the caller chose that name
 * @param mtu the MTU of bridge and endpoints in octets; empty for the kernel's default
 * @param betweenContainers whether the endpoints reach each other ({@code enable_icc})
 * @param masquerade whether what leaves the host has the host's address
 * @param addressed whether the bridge has the gateway's address (not {@code inhibit_ipv4})
 * @param interfacePrefix the beginning of the interface names inside
 */
record BridgeOptions(
    String bridge,
    boolean named,
    Optional<Integer> mtu,
    boolean betweenContainers,
    boolean masquerade,
    boolean addressed,
    String interfacePrefix) {

  private static final String NAME = "com.docker.network.bridge.name";
  private static final String ICC = "com.docker.network.bridge.enable_icc";
  private static final String MASQUERADE = "com.docker.network.bridge.enable_ip_masquerade";
  private static final String INHIBIT_IPV4 = "com.docker.network.bridge.inhibit_ipv4";
  private static final String MTU = "com.docker.network.driver.mtu";
  private static final String PREFIX = "com.docker.network.container_iface_prefix";
  private static final Set<String> KNOWN = Set.of(NAME, ICC, MASQUERADE, INHIBIT_IPV4, MTU, PREFIX);

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
    String name = options.get(NAME);
    String prefix = options.getOrDefault(PREFIX, "eth");
    // The number behind it takes up to four digits.
    Names.requireInterfaceName(prefix + "1023");
    return new BridgeOptions(
        name != null ? Names.requireInterfaceName(name) : defaultName(network),
        name != null,
        Optional.ofNullable(options.get(MTU)).map(BridgeOptions::mtu),
        flag(options, ICC, true),
        flag(options, MASQUERADE, true),
        !flag(options, INHIBIT_IPV4, false),
        prefix);
  }

  private static String defaultName(NetworkContext network) {
    return network.predefined() ? DEFAULT_BRIDGE : "br-" + network.id().substring(0, 12);
  }

  private static int mtu(String value) {
    if (!value.matches("[0-9]{1,5}")
        || Integer.parseInt(value) < 68
        || Integer.parseInt(value) > 65_535) {
      throw new InvalidParameterException("invalid " + MTU + ": " + value + "; 68 to 65535");
    }
    return Integer.parseInt(value);
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
