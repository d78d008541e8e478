package dev.cnm.netlink.nft;

/**
 * What a field of a set's key or a map's data is: its length, and the number by which {@code nft}
 * knows how to print it (nftables' include/datatype.h; the kernel doesn't interpret it).
 */
public enum FieldType {
  /** A layer 3 protocol family: {@code NFPROTO_IPV4} or {@code NFPROTO_IPV6}. */
  NFPROTO(2, 1),
  /** An IPv4 address. */
  IPV4_ADDR(7, 4),
  /** An IPv6 address. */
  IPV6_ADDR(8, 16),
  /** An Ethernet address. */
  ETHER_ADDR(9, 6),
  /**
   * The address that a neighbour solicitation or advertisement is about (RFC 4861, section 4.3).
   * {@code nft} has a name for that field since 1.0.8 only: to all of them it is a number that
   * stands in a certain place.
   */
  ND_TARGET(4, 16),
  /** A transport protocol. */
  INET_PROTO(12, 1),
  /** A port, most significant octet first. */
  INET_SERVICE(13, 2),
  /** A packet mark. */
  MARK(19, 4),
  /** The name of a link, with zeros to 16 octets. */
  IFNAME(41, 16);

  private final int number;
  private final int length;

  FieldType(int number, int length) {
    this.number = number;
    this.length = length;
  }

  int number() {
    return number;
  }

  /**
   * nftables' {@code enum byteorder}: 1 for the machine's order and strings, 2 for the network's.
   */
  int byteOrder() {
    return switch (this) {
      case NFPROTO, MARK, IFNAME -> 1;
      case IPV4_ADDR, IPV6_ADDR, ETHER_ADDR, ND_TARGET, INET_PROTO, INET_SERVICE -> 2;
    };
  }

  /** Its length in octets. */
  public int length() {
    return length;
  }

  /** Its length in a key of several fields, where each fills whole 32-bit registers. */
  int paddedLength() {
    return length + 3 & ~3;
  }
}
