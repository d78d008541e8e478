package dev.cnm.netlink.route;

import dev.cnm.netlink.AttributeCursor;
import dev.cnm.netlink.MalformedMessageException;
import dev.cnm.netlink.Message;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.rtnetlink;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A route as it was when the kernel told of it ({@code RTM_NEWROUTE}).
 *
 * @param destination where it leads; all zeros for a default route
 * @param prefixLength how many bits of the destination count; 0 for a default route
 * @param gateway the next hop, if there is one, of the destination's family; a route over several
 *     ({@code RTA_MULTIPATH}) has neither gateway nor link here
 * @param linkIndex the link that it leads over, if it is one
 * @param preferredSource the address that packets are sent from unless their socket is bound
 * @param table the routing table; 254 is {@code main}, 255 {@code local}
 * @param type {@code RTN_UNICAST} (1), {@code RTN_LOCAL} (2), … of linux/rtnetlink.h
 * @param metric the lower goes first
 */
public record Route(
    InetAddress destination,
    int prefixLength,
    Optional<InetAddress> gateway,
    OptionalInt linkIndex,
    Optional<InetAddress> preferredSource,
    int table,
    int type,
    int metric) {

  /** {@code sizeof(struct rtmsg)}. */
  static final int HEADER_LENGTH = 12;

  /** Whether it leads everywhere. */
  public boolean isDefault() {
    return prefixLength == 0;
  }

  /** Whether it is in the table that ordinary routes are in ({@code RT_TABLE_MAIN}). */
  public boolean isInMainTable() {
    return table == rtnetlink.RT_TABLE_MAIN();
  }

  /** Whether it leads to somebody else: not to this host, and it doesn't refuse either. */
  public boolean isUnicast() {
    return type == rtnetlink.RTN_UNICAST();
  }

  /** Whether it leads to this host itself ({@code RTN_LOCAL}): the destination is its own. */
  public boolean isLocal() {
    return type == rtnetlink.RTN_LOCAL();
  }

  /**
   * Decodes a message; null if it tells of no route.
   *
   * @throws MalformedMessageException if it is cut off
   */
  public static @Nullable Route decode(Message message) throws MalformedMessageException {
    return message.type() == rtnetlink.RTM_NEWROUTE() ? read(message) : null;
  }

  /** Reads the body of a message; null if it is of another family, such as multicast routing. */
  static @Nullable Route read(Message message) throws MalformedMessageException {
    int family = message.u8(0);
    if (family != libc.AF_INET() && family != libc.AF_INET6()) {
      return null;
    }
    InetAddress destination = null;
    InetAddress gateway = null;
    InetAddress source = null;
    OptionalInt link = OptionalInt.empty();
    int table = message.u8(4);
    int metric = 0;
    AttributeCursor attributes = message.attributes(HEADER_LENGTH);
    while (attributes.next()) {
      int type = attributes.type();
      if (type == rtnetlink.RTA_DST()) {
        destination = attributes.inetAddress();
      } else if (type == rtnetlink.RTA_GATEWAY()) {
        gateway = attributes.inetAddress();
      } else if (type == rtnetlink.RTA_OIF()) {
        link = OptionalInt.of(attributes.u32());
      } else if (type == rtnetlink.RTA_TABLE()) {
        table = attributes.u32();
      } else if (type == rtnetlink.RTA_PREFSRC()) {
        source = attributes.inetAddress();
      } else if (type == rtnetlink.RTA_PRIORITY()) {
        metric = attributes.u32();
      }
    }
    return new Route(
        destination != null ? destination : zeros(family == libc.AF_INET() ? 4 : 16),
        message.u8(1),
        Optional.ofNullable(gateway),
        link,
        Optional.ofNullable(source),
        table,
        message.u8(7),
        metric);
  }

  private static InetAddress zeros(int octets) {
    try {
      return InetAddress.getByAddress(new byte[octets]);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
