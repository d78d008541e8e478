package dev.cnm.netlink.nft;

import dev.cnm.netlink.gen.nftables;

/** Which packets a table sees ({@code nft(8)}, "ADDRESS FAMILIES"). */
public enum NftFamily {
  /** IPv4. */
  IP(nftables.NFPROTO_IPV4()),
  /** IPv6. */
  IP6(nftables.NFPROTO_IPV6()),
  /** Both. */
  INET(nftables.NFPROTO_INET()),
  /** Frames that bridges forward, of whatever protocol. */
  BRIDGE(nftables.NFPROTO_BRIDGE());

  private final int number;

  NftFamily(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  /** As {@code nft} writes it. */
  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
