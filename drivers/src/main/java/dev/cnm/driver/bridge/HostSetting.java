package dev.cnm.driver.bridge;

import java.util.Arrays;
import java.util.Optional;

/**
 * Something about a link of the host, or all of them, that networks may need another way than it
 * is. The kernel's settings are described in Documentation/networking/ip-sysctl.rst.
 */
enum HostSetting {
  /** Whether what comes in by the link is passed on; for {@code all}, {@code ip_forward} itself. */
  IPV4_FORWARDING("ipv4.forwarding", "net/ipv4/conf/%s/forwarding"),
  /**
   * Whether a router may name a better one. The kernel turns it over for {@code all} whenever it
   * switches forwarding ({@code inet_forward_change} of net/ipv4/devinet.c).
   */
  IPV4_REDIRECTS("ipv4.redirects", "net/ipv4/conf/%s/accept_redirects"),
  /** Whether what comes in by the link may go to 127.0.0.0/8. */
  IPV4_LOCALNET("ipv4.localnet", "net/ipv4/conf/%s/route_localnet"),
  /** Whether the link is a router's; for {@code all}, whether anything is passed on. */
  IPV6_FORWARDING("ipv6.forwarding", "net/ipv6/conf/%s/forwarding"),
  /** Whether routers are listened to; 2: also by a host that forwards. */
  IPV6_ADVICE("ipv6.accept_ra", "net/ipv6/conf/%s/accept_ra"),
  /** Whether there is no IPv6 on the link. */
  IPV6_DISABLED("ipv6.disabled", "net/ipv6/conf/%s/disable_ipv6"),
  /** That the bridge was down; with the number of ports that it had. */
  DOWN("down", ""),
  /** That the bridge didn't have the network's IPv4 gateway's address. */
  IPV4_GATEWAY("ipv4.gateway", ""),
  /** The same for IPv6. */
  IPV6_GATEWAY("ipv6.gateway", "");

  /** Stands for all links, as in the kernel's paths. */
  static final String ALL = "all";

  private final String key;
  private final String path;

  HostSetting(String key, String path) {
    this.key = key;
    this.path = path;
  }

  /** Its name in the table, where there is room for 15 letters. */
  String key() {
    return key;
  }

  static Optional<HostSetting> of(String key) {
    return Arrays.stream(values()).filter(it -> it.key.equals(key)).findFirst();
  }

  /** The path below {@code /proc/sys} for a link, {@code all} or {@code default}. */
  String path(String link) {
    if (path.isEmpty()) {
      throw new IllegalStateException(key + " is no sysctl");
    }
    return path.formatted(link);
  }

  static HostSetting forwarding(boolean ipv6) {
    return ipv6 ? IPV6_FORWARDING : IPV4_FORWARDING;
  }

  static HostSetting gateway(boolean ipv6) {
    return ipv6 ? IPV6_GATEWAY : IPV4_GATEWAY;
  }

  /** Whether it is IPv6's. */
  boolean isIpv6() {
    return key.startsWith("ipv6");
  }
}
