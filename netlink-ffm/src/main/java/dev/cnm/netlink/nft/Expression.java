package dev.cnm.netlink.nft;

import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.gen.nftables;
import java.util.OptionalInt;

/**
 * A step of a rule: the kernel's virtual machine loads something into registers, compares, looks up
 * or acts; a rule goes on as long as its steps match (net/netfilter/nf_tables_core.c). Registers
 * are numbered in 32-bit words from 0 to 15.
 */
public sealed interface Expression {

  /**
   * Loads something about the packet that isn't in it.
   *
   * @param key {@code NFT_META_} of linux/netfilter/nf_tables.h; see the constants of {@link Meta}
   * @param register where to
   */
  record Meta(int key, int register) implements Expression {
    /** The name of the link that it came in by, 16 octets. */
    public static final int IIFNAME = nftables.NFT_META_IIFNAME();

    /** The name of the link that it will leave by, 16 octets. */
    public static final int OIFNAME = nftables.NFT_META_OIFNAME();

    /** The layer 3 protocol family, 1 octet. */
    public static final int NFPROTO = nftables.NFT_META_NFPROTO();

    /** The transport protocol, 1 octet. */
    public static final int L4PROTO = nftables.NFT_META_L4PROTO();

    /** The group of the link that it came in by, 4 octets in the machine's order. */
    public static final int IIFGROUP = nftables.NFT_META_IIFGROUP();

    /** What a frame carries: an {@code ETH_P_} of linux/if_ether.h, 2 octets. */
    public static final int PROTOCOL = nftables.NFT_META_PROTOCOL();
  }

  /**
   * Loads octets of the packet.
   *
   * @param base {@code NFT_PAYLOAD_LL_HEADER} (0), {@code NFT_PAYLOAD_NETWORK_HEADER} (1) or {@code
   *     NFT_PAYLOAD_TRANSPORT_HEADER} (2)
   * @param offset from there, in octets
   * @param length in octets
   * @param register where to
   */
  record Payload(int base, int offset, int length, int register) implements Expression {

    /** The address that an IPv4 packet comes from. */
    public static Payload ipv4Source(int register) {
      return new Payload(nftables.NFT_PAYLOAD_NETWORK_HEADER(), 12, 4, register);
    }

    /** The address that an IPv4 packet goes to. */
    public static Payload ipv4Destination(int register) {
      return new Payload(nftables.NFT_PAYLOAD_NETWORK_HEADER(), 16, 4, register);
    }

    /** The address that an IPv6 packet comes from. */
    public static Payload ipv6Source(int register) {
      return new Payload(nftables.NFT_PAYLOAD_NETWORK_HEADER(), 8, 16, register);
    }

    /** The address that an IPv6 packet goes to. */
    public static Payload ipv6Destination(int register) {
      return new Payload(nftables.NFT_PAYLOAD_NETWORK_HEADER(), 24, 16, register);
    }

    /** The Ethernet address that a frame goes to. */
    public static Payload etherDestination(int register) {
      return new Payload(nftables.NFT_PAYLOAD_LL_HEADER(), 0, 6, register);
    }

    /** The Ethernet address that a frame comes from. */
    public static Payload etherSource(int register) {
      return new Payload(nftables.NFT_PAYLOAD_LL_HEADER(), 6, 6, register);
    }

    /** The Ethernet address that an ARP message says its sender has (RFC 826). */
    public static Payload arpSenderEther(int register) {
      return new Payload(nftables.NFT_PAYLOAD_NETWORK_HEADER(), 8, 6, register);
    }

    /** The IPv4 address that an ARP message says its sender has (RFC 826). */
    public static Payload arpSenderIpv4(int register) {
      return new Payload(nftables.NFT_PAYLOAD_NETWORK_HEADER(), 14, 4, register);
    }

    /** The type of an ICMPv6 message, 1 octet. */
    public static Payload icmpv6Type(int register) {
      return new Payload(nftables.NFT_PAYLOAD_TRANSPORT_HEADER(), 0, 1, register);
    }

    /** The address that a neighbour solicitation or advertisement is about. */
    public static Payload ndTarget(int register) {
      return new Payload(nftables.NFT_PAYLOAD_TRANSPORT_HEADER(), 8, 16, register);
    }

    /** The port that it comes from, of TCP, UDP, SCTP and others with the same beginning. */
    public static Payload sourcePort(int register) {
      return new Payload(nftables.NFT_PAYLOAD_TRANSPORT_HEADER(), 0, 2, register);
    }

    /** The port that it goes to, of TCP, UDP, SCTP and others with the same beginning. */
    public static Payload destinationPort(int register) {
      return new Payload(nftables.NFT_PAYLOAD_TRANSPORT_HEADER(), 2, 2, register);
    }
  }

  /**
   * Loads something about the packet's connection.
   *
   * @param key {@code NFT_CT_} of linux/netfilter/nf_tables.h
   * @param register where to
   */
  record Connection(int key, int register) implements Expression {
    /** The connection's state as bits, 4 octets. */
    public static final int STATE = nftables.NFT_CT_STATE();

    /** What has been done with the connection as bits, 4 octets. */
    public static final int STATUS = nftables.NFT_CT_STATUS();

    /** The bit of a connection whose destination was translated ({@code IPS_DST_NAT}). */
    public static final int DESTINATION_TRANSLATED = nftables.IPS_DST_NAT();

    /** The bits of established and related ({@code NF_CT_STATE_BIT}), machine byte order. */
    public static final int ESTABLISHED_OR_RELATED = 1 << 1 | 1 << 2;
  }

  /**
   * Loads what kind of address the destination is, as the routing table sees it ({@code fib daddr
   * type}).
   *
   * @param register where to; 4 octets, {@code RTN_LOCAL} (2) for an address of this host
   */
  record DestinationType(int register) implements Expression {}

  /**
   * Masks and flips: {@code register = register & mask ^ xor}.
   *
   * @param register from and to
   * @param mask as long as the field
   * @param xor as long as the field
   */
  record Bitwise(int register, Field mask, Field xor) implements Expression {}

  /**
   * Goes on if the register equals the value, or doesn't.
   *
   * @param register where from
   * @param equal whether it is to be equal
   * @param value as long as the field
   */
  record Compare(int register, boolean equal, Field value) implements Expression {}

  /**
   * Goes on if the register lies between two values, both included.
   *
   * @param register where from
   * @param from the lowest
   * @param to the highest
   */
  record Range(int register, Field from, Field to) implements Expression {}

  /**
   * Goes on if the set has the key, or hasn't; of a map, loads what it leads to.
   *
   * @param set its name
   * @param register where the key is
   * @param inverted whether the key is to be missing
   * @param destination of a map, where its value goes to, or {@link Lookup#VERDICT}
   */
  record Lookup(String set, int register, boolean inverted, OptionalInt destination)
      implements Expression {
    /** As destination: the map's value is the verdict. */
    public static final int VERDICT = -1;
  }

  /**
   * Loads octets.
   *
   * @param register where to
   * @param value the octets
   */
  record Immediate(int register, Field value) implements Expression {}

  /**
   * Decides.
   *
   * @param verdict what becomes of the packet
   */
  record Decide(Verdict verdict) implements Expression {}

  /** Counts packets and octets. */
  record Counter() implements Expression {}

  /** Gives the connection the address of the link that it leaves by. */
  record Masquerade() implements Expression {}

  /**
   * Gives the connection another address.
   *
   * @param destination whether the destination's; otherwise the source's
   * @param family which kind of address
   * @param addressRegister where the address is
   * @param portRegister where the port is, if it is to change as well
   */
  record Nat(boolean destination, NftFamily family, int addressRegister, OptionalInt portRegister)
      implements Expression {}

  /** Writes it as an element of a rule's expression list. */
  default void encode(MessageWriter out) {
    int element = out.nest(nftables.NFTA_LIST_ELEM());
    out.string(nftables.NFTA_EXPR_NAME(), kernelName());
    int data = out.nest(nftables.NFTA_EXPR_DATA());
    encodeData(out);
    out.endNest(data);
    out.endNest(element);
  }

  private String kernelName() {
    return switch (this) {
      case Meta _ -> "meta";
      case Payload _ -> "payload";
      case Connection _ -> "ct";
      case DestinationType _ -> "fib";
      case Bitwise _ -> "bitwise";
      case Compare _ -> "cmp";
      case Range _ -> "range";
      case Lookup _ -> "lookup";
      case Immediate _, Decide _ -> "immediate";
      case Counter _ -> "counter";
      case Masquerade _ -> "masq";
      case Nat _ -> "nat";
    };
  }

  private void encodeData(MessageWriter out) {
    switch (this) {
      case Meta(int key, int register) -> {
        out.u32Be(nftables.NFTA_META_DREG(), number(register));
        out.u32Be(nftables.NFTA_META_KEY(), key);
      }
      case Payload(int base, int offset, int length, int register) -> {
        out.u32Be(nftables.NFTA_PAYLOAD_DREG(), number(register));
        out.u32Be(nftables.NFTA_PAYLOAD_BASE(), base);
        out.u32Be(nftables.NFTA_PAYLOAD_OFFSET(), offset);
        out.u32Be(nftables.NFTA_PAYLOAD_LEN(), length);
      }
      case Connection(int key, int register) -> {
        out.u32Be(nftables.NFTA_CT_KEY(), key);
        out.u32Be(nftables.NFTA_CT_DREG(), number(register));
      }
      case DestinationType(int register) -> {
        out.u32Be(nftables.NFTA_FIB_DREG(), number(register));
        out.u32Be(nftables.NFTA_FIB_RESULT(), nftables.NFT_FIB_RESULT_ADDRTYPE());
        out.u32Be(nftables.NFTA_FIB_FLAGS(), nftables.NFTA_FIB_F_DADDR());
      }
      case Bitwise(int register, Field mask, Field xor) -> {
        out.u32Be(nftables.NFTA_BITWISE_SREG(), number(register));
        out.u32Be(nftables.NFTA_BITWISE_DREG(), number(register));
        out.u32Be(nftables.NFTA_BITWISE_LEN(), mask.length());
        mask.encode(out, nftables.NFTA_BITWISE_MASK());
        xor.encode(out, nftables.NFTA_BITWISE_XOR());
      }
      case Compare(int register, boolean equal, Field value) -> {
        out.u32Be(nftables.NFTA_CMP_SREG(), number(register));
        out.u32Be(nftables.NFTA_CMP_OP(), equal ? nftables.NFT_CMP_EQ() : nftables.NFT_CMP_NEQ());
        value.encode(out, nftables.NFTA_CMP_DATA());
      }
      case Range(int register, Field from, Field to) -> {
        out.u32Be(nftables.NFTA_RANGE_SREG(), number(register));
        out.u32Be(nftables.NFTA_RANGE_OP(), nftables.NFT_RANGE_EQ());
        from.encode(out, nftables.NFTA_RANGE_FROM_DATA());
        to.encode(out, nftables.NFTA_RANGE_TO_DATA());
      }
      case Lookup(String set, int register, boolean inverted, OptionalInt destination) -> {
        out.string(nftables.NFTA_LOOKUP_SET(), set);
        out.u32Be(nftables.NFTA_LOOKUP_SREG(), number(register));
        if (inverted) {
          out.u32Be(nftables.NFTA_LOOKUP_FLAGS(), nftables.NFT_LOOKUP_F_INV());
        }
        destination.ifPresent(to -> out.u32Be(nftables.NFTA_LOOKUP_DREG(), number(to)));
      }
      case Immediate(int register, Field value) -> {
        out.u32Be(nftables.NFTA_IMMEDIATE_DREG(), number(register));
        value.encode(out, nftables.NFTA_IMMEDIATE_DATA());
      }
      case Decide(Verdict verdict) -> {
        out.u32Be(nftables.NFTA_IMMEDIATE_DREG(), nftables.NFT_REG_VERDICT());
        verdict.encode(out, nftables.NFTA_IMMEDIATE_DATA());
      }
      case Nat(boolean destination, NftFamily family, int address, OptionalInt port) -> {
        out.u32Be(
            nftables.NFTA_NAT_TYPE(),
            destination ? nftables.NFT_NAT_DNAT() : nftables.NFT_NAT_SNAT());
        out.u32Be(nftables.NFTA_NAT_FAMILY(), family.number());
        out.u32Be(nftables.NFTA_NAT_REG_ADDR_MIN(), number(address));
        port.ifPresent(at -> out.u32Be(nftables.NFTA_NAT_REG_PROTO_MIN(), number(at)));
      }
      case Counter _, Masquerade _ -> {}
    }
  }

  private static int number(int register) {
    return register == Lookup.VERDICT
        ? nftables.NFT_REG_VERDICT()
        : nftables.NFT_REG32_00() + register;
  }
}
