package dev.cnm.netlink.route;

import dev.cnm.netlink.AttributeCursor;
import dev.cnm.netlink.MalformedMessageException;
import dev.cnm.netlink.Message;
import dev.cnm.netlink.gen.rtnetlink;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An address of a link as it was when the kernel told of it ({@code RTM_NEWADDR}).
 *
 * @param linkIndex the number of the link
 * @param address the address itself
 * @param prefixLength of the subnet that it is in
 * @param broadcast its broadcast address, if it has one
 * @param scope {@code RT_SCOPE_UNIVERSE} (0, "global"), {@code RT_SCOPE_LINK} (253) or {@code
 *     RT_SCOPE_HOST} (254)
 * @param flags the {@code IFA_F_} flags of linux/if_addr.h
 */
public record Address(
    int linkIndex,
    InetAddress address,
    int prefixLength,
    Optional<InetAddress> broadcast,
    int scope,
    int flags) {

  /** {@code sizeof(struct ifaddrmsg)}. */
  static final int HEADER_LENGTH = 8;

  static @Nullable Address decode(Message message) throws MalformedMessageException {
    if (message.type() != rtnetlink.RTM_NEWADDR()) {
      return null;
    }
    InetAddress local = null;
    InetAddress address = null;
    Optional<InetAddress> broadcast = Optional.empty();
    int flags = message.u8(2);
    AttributeCursor attributes = message.attributes(HEADER_LENGTH);
    while (attributes.next()) {
      int type = attributes.type();
      if (type == rtnetlink.IFA_LOCAL()) {
        local = inet(attributes);
      } else if (type == rtnetlink.IFA_ADDRESS()) {
        address = inet(attributes);
      } else if (type == rtnetlink.IFA_BROADCAST()) {
        broadcast = Optional.ofNullable(inet(attributes));
      } else if (type == rtnetlink.IFA_FLAGS()) {
        flags = attributes.u32();
      }
    }
    // IFA_ADDRESS is the other end's on a point-to-point link (linux/if_addr.h).
    InetAddress own = local != null ? local : address;
    return own == null
        ? null
        : new Address(message.int32(4), own, message.u8(1), broadcast, message.u8(3), flags);
  }

  /** An attribute of 4 or 16 octets as an address; null if it has another length. */
  static @Nullable InetAddress inet(AttributeCursor attribute) throws MalformedMessageException {
    try {
      return InetAddress.getByAddress(attribute.bytes());
    } catch (UnknownHostException e) {
      return null;
    }
  }
}
