package dev.cnm.netlink.route;

import dev.cnm.netlink.AddressFamily;
import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.gen.rtnetlink;
import java.net.InetAddress;

/**
 * The request to enter a neighbour for good, so that nobody is asked about it ({@code RTM_NEWNEIGH}
 * with {@code NUD_PERMANENT}), or to remove one. Immutable.
 */
public final class NeighbourSpec implements Request {

  private final int linkIndex;
  private final InetAddress address;
  private final byte[] octets;
  private final HardwareAddress linkAddress;
  private final Action action;

  private NeighbourSpec(Builder builder, Action action) {
    linkIndex = builder.linkIndex;
    address = builder.address;
    octets = address.getAddress();
    linkAddress = builder.linkAddress;
    this.action = action;
  }

  /**
   * The neighbour with this IP and link-layer address on the link of this number.
   *
   * @throws IllegalArgumentException if the number is not positive
   */
  public static Builder of(int linkIndex, InetAddress address, HardwareAddress linkAddress) {
    if (linkIndex <= 0) {
      throw new IllegalArgumentException("not the number of a link: " + linkIndex);
    }
    return new Builder(linkIndex, address, linkAddress);
  }

  @Override
  public int type() {
    return action == Action.REMOVE ? rtnetlink.RTM_DELNEIGH() : rtnetlink.RTM_NEWNEIGH();
  }

  @Override
  public int flags() {
    return action.flags();
  }

  @Override
  public void encode(MessageWriter out) {
    // struct ndmsg of linux/neighbour.h
    out.int8(
        octets.length == AddressFamily.IPV4.octets()
            ? AddressFamily.IPV4.number()
            : AddressFamily.IPV6.number());
    out.int8(0);
    out.int16(0);
    out.int32(linkIndex);
    out.int16(action == Action.REMOVE ? 0 : rtnetlink.NUD_PERMANENT());
    out.int8(0);
    out.int8(0);
    out.bytes(rtnetlink.NDA_DST(), octets);
    if (action != Action.REMOVE) {
      out.bytes(rtnetlink.NDA_LLADDR(), linkAddress.octets());
    }
  }

  @Override
  public String describe() {
    String neighbour = "the neighbour " + address.getHostAddress();
    return switch (action) {
      case ADD -> "add " + neighbour + " to the link number " + linkIndex;
      case REPLACE -> "set " + neighbour + " of the link number " + linkIndex;
      case REMOVE -> "remove " + neighbour + " from the link number " + linkIndex;
    };
  }

  /** What a neighbour is to be. */
  public static final class Builder {
    private final int linkIndex;
    private final InetAddress address;
    private final HardwareAddress linkAddress;

    private Builder(int linkIndex, InetAddress address, HardwareAddress linkAddress) {
      this.linkIndex = linkIndex;
      this.address = address;
      this.linkAddress = linkAddress;
    }

    /** The request to add it; refused with {@code EEXIST} if there is one of this IP address. */
    public NeighbourSpec build() {
      return new NeighbourSpec(this, Action.ADD);
    }

    /** The request to add it, in place of one of this IP address if there is one. */
    public NeighbourSpec buildReplacement() {
      return new NeighbourSpec(this, Action.REPLACE);
    }

    /** The request to remove the one of this IP address, whatever its link-layer address. */
    public NeighbourSpec buildRemoval() {
      return new NeighbourSpec(this, Action.REMOVE);
    }
  }
}
