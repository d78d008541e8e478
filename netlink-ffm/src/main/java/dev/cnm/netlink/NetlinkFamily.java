package dev.cnm.netlink;

import dev.cnm.netlink.gen.netlink;

/** The part of the kernel that a netlink socket talks to ({@code netlink(7)}, linux/netlink.h). */
public enum NetlinkFamily {
  /**
   * Links, addresses, routes, neighbours and rules: {@code NETLINK_ROUTE}, {@code rtnetlink(7)}.
   */
  ROUTE(netlink.NETLINK_ROUTE()),
  /** nftables and connection tracking: {@code NETLINK_NETFILTER}. */
  NETFILTER(netlink.NETLINK_NETFILTER());

  private final int number;

  NetlinkFamily(int number) {
    this.number = number;
  }

  /** The number that {@code socket(2)} takes as protocol. */
  public int number() {
    return number;
  }
}
