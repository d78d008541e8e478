package dev.cnm.netlink.route;

import dev.cnm.netlink.AttributeCursor;
import dev.cnm.netlink.MalformedMessageException;
import dev.cnm.netlink.Message;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.rtnetlink;
import java.net.InetAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which link-layer address an IP address has on a link, as far as the kernel knew when it told of
 * it ({@code RTM_NEWNEIGH}, {@code ip-neighbour(8)}): for IPv4 by ARP, for IPv6 by neighbour
 * discovery.
 *
 * @param linkIndex the number of the link
 * @param address the IP address
 * @param linkAddress its link-layer address, if the kernel knows it
 * @param state one of the {@code NUD_} bits of linux/neighbour.h
 * @param flags the {@code NTF_} bits of linux/neighbour.h
 */
public record Neighbour(
    int linkIndex,
    InetAddress address,
    Optional<HardwareAddress> linkAddress,
    int state,
    int flags) {

  /** {@code sizeof(struct ndmsg)}. */
  static final int HEADER_LENGTH = 12;

  /** Whether somebody entered it, so that it is neither asked about nor forgotten. */
  public boolean isPermanent() {
    return (state & rtnetlink.NUD_PERMANENT()) != 0;
  }

  /** Whether it was sought and did not answer ({@code NUD_FAILED}). */
  public boolean isFailed() {
    return (state & rtnetlink.NUD_FAILED()) != 0;
  }

  /** Decodes a message; null if it tells of no neighbour. */
  static @Nullable Neighbour decode(Message message) throws MalformedMessageException {
    return message.type() == rtnetlink.RTM_NEWNEIGH() ? read(message) : null;
  }

  /** Reads the body of a message; null if it is of another family, such as a bridge's table. */
  static @Nullable Neighbour read(Message message) throws MalformedMessageException {
    int family = message.u8(0);
    if (family != libc.AF_INET() && family != libc.AF_INET6()) {
      return null;
    }
    InetAddress address = null;
    Optional<HardwareAddress> linkAddress = Optional.empty();
    AttributeCursor attributes = message.attributes(HEADER_LENGTH);
    while (attributes.next()) {
      if (attributes.type() == rtnetlink.NDA_DST()) {
        address = attributes.inetAddress();
      } else if (attributes.type() == rtnetlink.NDA_LLADDR()) {
        linkAddress = Optional.of(HardwareAddress.of(attributes.bytes()));
      }
    }
    // struct ndmsg: family, three octets of padding, ifindex, state, flags, type
    return address == null
        ? null
        : new Neighbour(message.int32(4), address, linkAddress, message.u16(8), message.u8(10));
  }
}
