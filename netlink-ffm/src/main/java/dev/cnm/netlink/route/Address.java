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
 * An address of a link as it was when the kernel told of it ({@code RTM_NEWADDR}).
 *
 * @param linkIndex the number of the link
 * @param address the address itself
 * @param peer the other end's, on a point-to-point link ({@code ip-address(8)}, "peer")
 * @param prefixLength of the subnet that it is in; with a peer, of the peer's
 * @param broadcast its broadcast address, if it has one
 * @param scope {@code RT_SCOPE_UNIVERSE} (0, "global"), {@code RT_SCOPE_LINK} (253) or {@code
 *     RT_SCOPE_HOST} (254)
 * @param flags the {@code IFA_F_} flags of linux/if_addr.h
 */
public record Address(
    int linkIndex,
    InetAddress address,
    Optional<InetAddress> peer,
    int prefixLength,
    Optional<InetAddress> broadcast,
    int scope,
    int flags) {

  /**
   * Whether it can't be used yet, since the kernel still asks whether somebody else has it ({@code
   * IFA_F_TENTATIVE}, RFC 4862).
   */
  public boolean isTentative() {
    return (flags & rtnetlink.IFA_F_TENTATIVE()) != 0;
  }

  /** Whether somebody else has it, so that it is not used ({@code IFA_F_DADFAILED}). */
  public boolean isDuplicate() {
    return (flags & rtnetlink.IFA_F_DADFAILED()) != 0;
  }

  /** {@code sizeof(struct ifaddrmsg)}. */
  static final int HEADER_LENGTH = 8;

  /** Decodes a message; null if it tells of no address. */
  static @Nullable Address decode(Message message) throws MalformedMessageException {
    return message.type() == rtnetlink.RTM_NEWADDR() ? read(message) : null;
  }

  /** Reads the body of a message; null if it is of another family. */
  static @Nullable Address read(Message message) throws MalformedMessageException {
    int family = message.u8(0);
    if (family != libc.AF_INET() && family != libc.AF_INET6()) {
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
        local = attributes.inetAddress();
      } else if (type == rtnetlink.IFA_ADDRESS()) {
        address = attributes.inetAddress();
      } else if (type == rtnetlink.IFA_BROADCAST()) {
        broadcast = Optional.of(attributes.inetAddress());
      } else if (type == rtnetlink.IFA_FLAGS()) {
        flags = attributes.u32();
      }
    }
    // IFA_ADDRESS is the other end's on a point-to-point link (linux/if_addr.h).
    InetAddress own = local != null ? local : address;
    return own == null
        ? null
        : new Address(
            message.int32(4),
            own,
            Optional.ofNullable(address).filter(it -> !it.equals(own)),
            message.u8(1),
            broadcast,
            message.u8(3),
            flags);
  }
}
