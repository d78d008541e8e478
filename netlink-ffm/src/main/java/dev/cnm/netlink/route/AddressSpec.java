package dev.cnm.netlink.route;

import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.netlink;
import dev.cnm.netlink.gen.rtnetlink;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * The request to give a link an address ({@code RTM_NEWADDR} with {@code NLM_F_CREATE |
 * NLM_F_EXCL}). Immutable.
 */
public final class AddressSpec implements Request {

  private final int linkIndex;
  private final InetAddress address;
  private final byte[] octets;
  private final int prefixLength;
  private final byte @Nullable [] broadcast;
  private final boolean noDuplicateDetection;
  private final boolean delete;

  private AddressSpec(Builder builder, boolean delete) {
    linkIndex = builder.linkIndex;
    address = builder.address;
    octets = address.getAddress();
    prefixLength = builder.prefixLength;
    broadcast = builder.broadcast == null ? null : builder.broadcast.getAddress();
    noDuplicateDetection = builder.noDuplicateDetection;
    this.delete = delete;
  }

  /**
   * An address for the link of this number.
   *
   * @param prefixLength of the subnet that it is in; 0 to 32 or 128
   */
  public static Builder of(int linkIndex, InetAddress address, int prefixLength) {
    return new Builder(linkIndex, address, prefixLength);
  }

  @Override
  public int type() {
    return delete ? rtnetlink.RTM_DELADDR() : rtnetlink.RTM_NEWADDR();
  }

  @Override
  public int flags() {
    return delete ? 0 : netlink.NLM_F_CREATE() | netlink.NLM_F_EXCL();
  }

  @Override
  public void encode(MessageWriter out) {
    // struct ifaddrmsg of linux/if_addr.h
    out.int8(octets.length == 4 ? libc.AF_INET() : libc.AF_INET6());
    out.int8(prefixLength);
    out.int8(noDuplicateDetection ? rtnetlink.IFA_F_NODAD() : 0);
    out.int8(rtnetlink.RT_SCOPE_UNIVERSE());
    out.int32(linkIndex);
    out.bytes(rtnetlink.IFA_LOCAL(), octets);
    out.bytes(rtnetlink.IFA_ADDRESS(), octets);
    if (broadcast != null) {
      out.bytes(rtnetlink.IFA_BROADCAST(), broadcast);
    }
  }

  @Override
  public String describe() {
    return (delete ? "remove" : "add")
        + " the address "
        + address.getHostAddress()
        + "/"
        + prefixLength
        + (delete ? " from" : " to")
        + " the link number "
        + linkIndex;
  }

  /** Collects what an address is to be. For use by one thread. */
  public static final class Builder {
    private final int linkIndex;
    private final InetAddress address;
    private final int prefixLength;
    private @Nullable InetAddress broadcast;
    private boolean noDuplicateDetection;

    private Builder(int linkIndex, InetAddress address, int prefixLength) {
      if (linkIndex <= 0) {
        throw new IllegalArgumentException("not the number of a link: " + linkIndex);
      }
      if (prefixLength < 0 || prefixLength > 8 * address.getAddress().length) {
        throw new IllegalArgumentException(
            "no prefix length for " + address.getHostAddress() + ": " + prefixLength);
      }
      this.linkIndex = linkIndex;
      this.address = address;
      this.prefixLength = prefixLength;
    }

    /** The broadcast address, of IPv4. */
    public Builder broadcast(InetAddress broadcastAddress) {
      broadcast = broadcastAddress;
      return this;
    }

    /**
     * It is usable at once: nobody is asked whether he has it (RFC 4862 section 5.4, {@code
     * IFA_F_NODAD}).
     */
    public Builder noDuplicateDetection() {
      noDuplicateDetection = true;
      return this;
    }

    /** The request to add it. */
    public AddressSpec build() {
      return new AddressSpec(this, false);
    }

    /** The request to remove it. */
    public AddressSpec buildRemoval() {
      return new AddressSpec(this, true);
    }
  }
}
