package dev.cnm.driver.bridge;

import dev.cnm.spi.NetworkContext;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How the kernel is to treat what a bridge of ours brings to the host: its ports are in the hands
 * of others, who are no routers of the host's. In force before the bridge is up.
 */
final class BridgeSettings {

  private BridgeSettings() {}

  /**
   * Values by path below {@code /proc/sys}, in the order in which they are to be set.
   *
   * @param hasIpv6 whether the kernel has any IPv6
   */
  static Map<String, String> of(NetworkContext network, BridgeOptions options, boolean hasIpv6) {
    Map<String, String> settings = new LinkedHashMap<>();
    ipv4(settings, "net/ipv4/conf/" + options.bridge() + "/", network, options);
    if (hasIpv6) {
      ipv6(settings, "net/ipv6/conf/" + options.bridge() + "/", network, options);
    }
    return settings;
  }

  private static void ipv4(
      Map<String, String> settings, String conf, NetworkContext network, BridgeOptions options) {
    settings.put(conf + "accept_redirects", "0");
    if (network.ipv4().isEmpty() || options.mode4() == GatewayMode.ISOLATED) {
      // A host answers for all its addresses on every link, and takes what comes to them from
      // anywhere. Not here: it doesn't exist, and no source has a way back.
      settings.put(conf + "arp_ignore", "8");
      settings.put(conf + "rp_filter", "1");
    } else if (options.forwards(network, false) && options.mode4().translates()) {
      // So that what goes to 127.0.0.1 can go on to an endpoint; see Layout.martians.
      settings.put(conf + "route_localnet", "1");
    }
  }

  private static void ipv6(
      Map<String, String> settings, String conf, NetworkContext network, BridgeOptions options) {
    // Who is on the bridge could name himself the host's router (RFC 6104), or give it addresses.
    settings.put(conf + "accept_ra", "0");
    settings.put(conf + "accept_redirects", "0");
    settings.put(conf + "autoconf", "0");
    // Without IPv6 at all it has no link-local address either, by which the host would be reached.
    boolean on = network.ipv6().isPresent() && options.addressed(true);
    settings.put(conf + "disable_ipv6", on ? "0" : "1");
  }
}
