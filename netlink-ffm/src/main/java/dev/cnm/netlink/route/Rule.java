package dev.cnm.netlink.route;

import dev.cnm.netlink.AddressFamily;
import dev.cnm.netlink.AttributeCursor;
import dev.cnm.netlink.MalformedMessageException;
import dev.cnm.netlink.Message;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.rtnetlink;
import java.net.InetAddress;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A rule of policy routing as it was when the kernel told of it ({@code RTM_NEWRULE}, {@code
 * ip-rule(8)}): which packets are routed by which table.
 *
 * @param family which packets it looks at
 * @param priority its place: the lower goes first
 * @param source the subnet that a packet must come from; empty for any
 * @param destination the subnet that it must go to; empty for any
 * @param inputLink the name of the link that it must have come in by; empty for any
 * @param outputLink the name of the link that its socket must be bound to; empty for any
 * @param mark the mark that it must have, among the bits of {@code markMask}
 * @param markMask the bits of the mark that count; 0 if none does
 * @param inverted whether it is for the packets that the above does not hold for
 * @param action {@code FR_ACT_TO_TBL} (1) to look into a table, {@code FR_ACT_BLACKHOLE} (6), … of
 *     linux/fib_rules.h
 * @param table the table to look into; 254 is {@code main}, 255 {@code local}
 * @param suppressedPrefixLength what the table says is passed over if its prefix is no longer than
 *     that
 */
public record Rule(
    AddressFamily family,
    int priority,
    Optional<Prefix> source,
    Optional<Prefix> destination,
    Optional<String> inputLink,
    Optional<String> outputLink,
    int mark,
    int markMask,
    boolean inverted,
    int action,
    int table,
    OptionalInt suppressedPrefixLength) {

  /** {@code sizeof(struct fib_rule_hdr)}. */
  static final int HEADER_LENGTH = 12;

  /**
   * A subnet.
   *
   * @param address its first address
   * @param length how many bits of it count
   */
  public record Prefix(InetAddress address, int length) {

    /**
     * Checks the length.
     *
     * @throws IllegalArgumentException if the address has fewer bits, or it is negative
     */
    public Prefix {
      if (length < 0 || length > 8 * AddressFamily.of(address).octets()) {
        throw new IllegalArgumentException(
            "no prefix length for " + address.getHostAddress() + ": " + length);
      }
    }

    /** Such as {@code 10.0.0.0/8}. */
    @Override
    public String toString() {
      return address.getHostAddress() + "/" + length;
    }
  }

  /** Decodes a message; null if it tells of no rule. */
  static @Nullable Rule decode(Message message) throws MalformedMessageException {
    return message.type() == rtnetlink.RTM_NEWRULE() ? read(message) : null;
  }

  /** Reads the body of a message; null if it is of another family, such as multicast routing. */
  static @Nullable Rule read(Message message) throws MalformedMessageException {
    int number = message.u8(0);
    if (number != libc.AF_INET() && number != libc.AF_INET6()) {
      return null;
    }
    AddressFamily family = number == libc.AF_INET() ? AddressFamily.IPV4 : AddressFamily.IPV6;
    Optional<Prefix> source = Optional.empty();
    Optional<Prefix> destination = Optional.empty();
    Optional<String> input = Optional.empty();
    Optional<String> output = Optional.empty();
    OptionalInt suppressed = OptionalInt.empty();
    int priority = 0;
    int mark = 0;
    int mask = 0;
    int table = message.u8(4);
    AttributeCursor attributes = message.attributes(HEADER_LENGTH);
    while (attributes.next()) {
      int type = attributes.type();
      if (type == rtnetlink.FRA_SRC()) {
        source = Optional.of(prefix(attributes, message.u8(2)));
      } else if (type == rtnetlink.FRA_DST()) {
        destination = Optional.of(prefix(attributes, message.u8(1)));
      } else if (type == rtnetlink.FRA_IIFNAME()) {
        input = Optional.of(attributes.string());
      } else if (type == rtnetlink.FRA_OIFNAME()) {
        output = Optional.of(attributes.string());
      } else if (type == rtnetlink.FRA_PRIORITY()) {
        priority = attributes.u32();
      } else if (type == rtnetlink.FRA_FWMARK()) {
        mark = attributes.u32();
      } else if (type == rtnetlink.FRA_FWMASK()) {
        mask = attributes.u32();
      } else if (type == rtnetlink.FRA_TABLE()) {
        table = attributes.u32();
      } else if (type == rtnetlink.FRA_SUPPRESS_PREFIXLEN() && attributes.u32() >= 0) {
        // -1: nothing is passed over.
        suppressed = OptionalInt.of(attributes.u32());
      }
    }
    // struct fib_rule_hdr: family, dst_len, src_len, tos, table, two reserved, action, flags
    return new Rule(
        family,
        priority,
        source,
        destination,
        input,
        output,
        mark,
        mask,
        (message.int32(8) & rtnetlink.FIB_RULE_INVERT()) != 0,
        message.u8(7),
        table,
        suppressed);
  }

  private static Prefix prefix(AttributeCursor attribute, int length)
      throws MalformedMessageException {
    InetAddress address = attribute.inetAddress();
    if (length > 8 * AddressFamily.of(address).octets()) {
      throw new MalformedMessageException(
          "a prefix of " + length + " bits of " + address.getHostAddress());
    }
    return new Prefix(address, length);
  }
}
