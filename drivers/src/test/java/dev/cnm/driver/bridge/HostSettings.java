package dev.cnm.driver.bridge;

import java.util.List;

/**
 * How a host may be set up before cnm comes to it: what is reachable must not depend on that. Each
 * is what a shell in the host's namespace does before any link is made.
 */
enum HostSettings {
  /**
   * The usual host: {@code br_netfilter} isn't loaded, which for the kernel is the same as asked to
   * leave bridges alone ({@code br_nf_pre_routing} of net/bridge/br_netfilter_hooks.c).
   */
  PLAIN(bridged(0)),

  /** What passes within one bridge also passes the host's rules, as Docker and Kubernetes ask. */
  BRIDGE_NETFILTER(bridged(1)),

  /** Packets are dropped whose answer would take another way (RFC 3704, section 2.2). */
  STRICT_REVERSE_PATH(bridged(0), strict()),

  /** Both at once. */
  STRICT_BRIDGE_NETFILTER(bridged(1), strict()),

  /** IPv6 is off on all links, those to come included. */
  WITHOUT_IPV6(bridged(0), "for i in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 > $i; done");

  private final String script;

  HostSettings(String... lines) {
    script = String.join("; ", List.of(lines));
  }

  /** Lines of shell. */
  String script() {
    return script;
  }

  /** Whether the host's links have IPv6, so that the outside and the host talk it. */
  boolean hasIpv6() {
    return this != WITHOUT_IPV6;
  }

  private static String bridged(int value) {
    return "for i in iptables ip6tables arptables; do f=/proc/sys/net/bridge/bridge-nf-call-$i;"
        + " ! test -e $f || echo %d > $f; done".formatted(value);
  }

  private static String strict() {
    return "for i in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 1 > $i; done";
  }
}
