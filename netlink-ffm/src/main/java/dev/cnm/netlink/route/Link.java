package dev.cnm.netlink.route;

import dev.cnm.netlink.AttributeCursor;
import dev.cnm.netlink.MalformedMessageException;
import dev.cnm.netlink.Message;
import dev.cnm.netlink.gen.rtnetlink;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A link as it was when the kernel told of it ({@code RTM_NEWLINK}).
 *
 * @param index its number in its namespace; positive
 * @param name its name in its namespace
 * @param kind what sort of link it is
 * @param flags the {@code IFF_} flags of {@code netdevice(7)}
 * @param mtu the longest packet in octets, without the link-layer header
 * @param address its link-layer address, if its type has one
 * @param alias what somebody says it is for ({@code IFLA_IFALIAS}); empty if nobody does
 * @param group the group that it is in, 0 by default
 * @param masterIndex the bridge or other link that it is a port of
 * @param peerIndex for a veth, the number of its other end in that one's namespace; for a link on
 *     top of another, the number of that one
 * @param peerNamespaceId the id of the namespace that the peer index counts in, if it is another
 *     one ({@code IFLA_LINK_NETNSID})
 */
public record Link(
    int index,
    String name,
    LinkKind kind,
    int flags,
    int mtu,
    Optional<HardwareAddress> address,
    String alias,
    int group,
    OptionalInt masterIndex,
    OptionalInt peerIndex,
    OptionalInt peerNamespaceId) {

  /** {@code sizeof(struct ifinfomsg)}. */
  static final int HEADER_LENGTH = 16;

  /** Whether it is set up ({@code IFF_UP}); it may still have no carrier. */
  public boolean isUp() {
    return (flags & rtnetlink.IFF_UP()) != 0;
  }

  /** Whether it is a loopback link ({@code IFF_LOOPBACK}). */
  public boolean isLoopback() {
    return (flags & rtnetlink.IFF_LOOPBACK()) != 0;
  }

  /**
   * Decodes a message; null if it tells of no link.
   *
   * @throws MalformedMessageException if it is cut off
   */
  public static @Nullable Link decode(Message message) throws MalformedMessageException {
    return message.type() == rtnetlink.RTM_NEWLINK() ? read(message) : null;
  }

  /** Reads the body of a message. */
  static Link read(Message message) throws MalformedMessageException {
    String name = "";
    String alias = "";
    LinkKind kind = new LinkKind.Other("");
    int mtu = 0;
    int group = 0;
    Optional<HardwareAddress> address = Optional.empty();
    OptionalInt master = OptionalInt.empty();
    OptionalInt peer = OptionalInt.empty();
    OptionalInt peerNamespace = OptionalInt.empty();
    AttributeCursor attributes = message.attributes(HEADER_LENGTH);
    while (attributes.next()) {
      int type = attributes.type();
      if (type == rtnetlink.IFLA_IFNAME()) {
        name = attributes.string();
      } else if (type == rtnetlink.IFLA_MTU()) {
        mtu = attributes.u32();
      } else if (type == rtnetlink.IFLA_ADDRESS()) {
        address = Optional.of(HardwareAddress.of(attributes.bytes()));
      } else if (type == rtnetlink.IFLA_IFALIAS()) {
        alias = attributes.string();
      } else if (type == rtnetlink.IFLA_GROUP()) {
        group = attributes.u32();
      } else if (type == rtnetlink.IFLA_MASTER()) {
        master = OptionalInt.of(attributes.u32());
      } else if (type == rtnetlink.IFLA_LINK()) {
        peer = OptionalInt.of(attributes.u32());
      } else if (type == rtnetlink.IFLA_LINK_NETNSID()) {
        peerNamespace = OptionalInt.of(attributes.u32());
      } else if (type == rtnetlink.IFLA_LINKINFO()) {
        kind = kind(attributes.nested());
      }
    }
    return new Link(
        message.int32(4),
        name,
        kind,
        message.int32(8),
        mtu,
        address,
        alias,
        group,
        master,
        peer,
        peerNamespace);
  }

  private static LinkKind kind(AttributeCursor info) throws MalformedMessageException {
    String name = "";
    AttributeCursor data = null;
    while (info.next()) {
      if (info.type() == rtnetlink.IFLA_INFO_KIND()) {
        name = info.string();
      } else if (info.type() == rtnetlink.IFLA_INFO_DATA()) {
        data = info.nested();
      }
    }
    return switch (name) {
      case "bridge" -> new LinkKind.Bridge(number(data, rtnetlink.IFLA_BR_VLAN_FILTERING()) != 0);
      case "veth" -> new LinkKind.Veth();
      case "dummy" -> new LinkKind.Dummy();
      case "vxlan" -> vxlan(data);
      case "macvlan" -> macvlan(data);
      default -> new LinkKind.Other(name);
    };
  }

  private static LinkKind macvlan(@Nullable AttributeCursor data) throws MalformedMessageException {
    LinkKind.MacvlanMode mode =
        LinkKind.MacvlanMode.of(number(data, rtnetlink.IFLA_MACVLAN_MODE()));
    return mode == null ? new LinkKind.Other("macvlan") : new LinkKind.Macvlan(mode);
  }

  private static LinkKind vxlan(@Nullable AttributeCursor data) throws MalformedMessageException {
    int id = 0;
    int port = 0;
    while (data != null && data.next()) {
      if (data.type() == rtnetlink.IFLA_VXLAN_ID()) {
        id = data.u32();
      } else if (data.type() == rtnetlink.IFLA_VXLAN_PORT()) {
        port = data.u16Be();
      }
    }
    return new LinkKind.Vxlan(id, port);
  }

  private static int number(@Nullable AttributeCursor data, int type)
      throws MalformedMessageException {
    while (data != null && data.next()) {
      if (data.type() == type) {
        return data.length() == 1 ? data.u8() : data.u32();
      }
    }
    return 0;
  }
}
