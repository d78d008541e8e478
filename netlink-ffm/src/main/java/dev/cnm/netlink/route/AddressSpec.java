package dev.cnm.netlink.route;

import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.rtnetlink;
import java.net.Inet4Address;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * The request to give a link an address ({@code RTM_NEWADDR}), or to take one away ({@code
 * RTM_DELADDR}). Immutable.
 */
public final class AddressSpec implements Request {

  private final int linkIndex;
  private final InetAddress address;
  private final byte[] octets;
  private final int prefixLength;
  private final byte @Nullable [] broadcast;
  private final int addressFlags;
  private final Action action;

  private AddressSpec(Builder builder, Action action) {
    linkIndex = builder.linkIndex;
    address = builder.address;
    octets = address.getAddress();
    prefixLength = builder.prefixLength;
    broadcast = builder.broadcast == null ? null : builder.broadcast.getAddress();
    addressFlags = builder.addressFlags;
    this.action = action;
  }

  /**
   * An address for the link of this number.
   *
   * @param prefixLength of the subnet that it is in; 0 to 32 or 128
   * @throws IllegalArgumentException if the number of the link is not positive, the prefix length
   *     is out of its range, or no link can have the address: the unspecified one, which the kernel
   *     takes for none, or one of a multicast group
   */
  public static Builder of(int linkIndex, InetAddress address, int prefixLength) {
    return new Builder(linkIndex, address, prefixLength);
  }

  @Override
  public int type() {
    return action == Action.REMOVE ? rtnetlink.RTM_DELADDR() : rtnetlink.RTM_NEWADDR();
  }

  @Override
  public int flags() {
    return action.flags();
  }

  @Override
  public void encode(MessageWriter out) {
    // struct ifaddrmsg of linux/if_addr.h
    out.int8(octets.length == 4 ? libc.AF_INET() : libc.AF_INET6());
    out.int8(prefixLength);
    out.int8(addressFlags & 0xff);
    out.int8(rtnetlink.RT_SCOPE_UNIVERSE());
    out.int32(linkIndex);
    out.bytes(rtnetlink.IFA_LOCAL(), octets);
    out.bytes(rtnetlink.IFA_ADDRESS(), octets);
    if (broadcast != null) {
      out.bytes(rtnetlink.IFA_BROADCAST(), broadcast);
    }
    if (addressFlags > 0xff) {
      // The header has room for the first eight only.
      out.u32(rtnetlink.IFA_FLAGS(), addressFlags);
    }
  }

  @Override
  public String describe() {
    String what = " the address " + address.getHostAddress() + "/" + prefixLength;
    String where = " the link number " + linkIndex;
    return switch (action) {
      case ADD -> "add" + what + " to" + where;
      case REPLACE -> "set" + what + " of" + where;
      case REMOVE -> "remove" + what + " from" + where;
    };
  }

  /** Collects what an address is to be. For use by one thread. */
  public static final class Builder {
    private final int linkIndex;
    private final InetAddress address;
    private final int prefixLength;
    private @Nullable InetAddress broadcast;
    private int addressFlags;

    private Builder(int linkIndex, InetAddress address, int prefixLength) {
      if (linkIndex <= 0) {
        throw new IllegalArgumentException("not the number of a link: " + linkIndex);
      }
      if (prefixLength < 0 || prefixLength > 8 * address.getAddress().length) {
        throw new IllegalArgumentException(
            "no prefix length for " + address.getHostAddress() + ": " + prefixLength);
      }
      if (address.isAnyLocalAddress() || address.isMulticastAddress()) {
        throw new IllegalArgumentException(
            "no link can have the address " + address.getHostAddress());
      }
      this.linkIndex = linkIndex;
      this.address = address;
      this.prefixLength = prefixLength;
    }

    /**
     * The broadcast address.
     *
     * @throws IllegalArgumentException if this or the address is not of IPv4
     */
    public Builder broadcast(InetAddress broadcastAddress) {
      if (!(address instanceof Inet4Address && broadcastAddress instanceof Inet4Address)) {
        throw new IllegalArgumentException(
            "only IPv4 has broadcasts, not "
                + address.getHostAddress()
                + " and "
                + broadcastAddress.getHostAddress());
      }
      broadcast = broadcastAddress;
      return this;
    }

    /**
     * It is usable at once: nobody is asked whether he has it (RFC 4862 section 5.4, {@code
     * IFA_F_NODAD}).
     */
    public Builder noDuplicateDetection() {
      addressFlags |= rtnetlink.IFA_F_NODAD();
      return this;
    }

    /** It brings no route to its subnet with it ({@code IFA_F_NOPREFIXROUTE}). */
    public Builder noPrefixRoute() {
      addressFlags |= rtnetlink.IFA_F_NOPREFIXROUTE();
      return this;
    }

    /** The request to add it; refused with {@code EEXIST} if the link has it already. */
    public AddressSpec build() {
      return new AddressSpec(this, Action.ADD);
    }

    /** The request to add it, or to give it these settings if the link has it already. */
    public AddressSpec buildReplacement() {
      return new AddressSpec(this, Action.REPLACE);
    }

    /** The request to remove it. */
    public AddressSpec buildRemoval() {
      return new AddressSpec(this, Action.REMOVE);
    }
  }
}
