package dev.cnm.netlink.route;

import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.netlink;
import dev.cnm.netlink.gen.rtnetlink;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * The request to add a route to the main table ({@code RTM_NEWROUTE} with {@code NLM_F_CREATE |
 * NLM_F_EXCL}) or to remove one. Immutable.
 */
public final class RouteSpec implements Request {

  private final byte @Nullable [] destination;
  private final int prefixLength;
  private final byte @Nullable [] gateway;
  private final int family;
  private final int linkIndex;
  private final String description;
  private final boolean delete;

  private RouteSpec(Builder builder, boolean delete) {
    destination = builder.destination == null ? null : builder.destination.getAddress();
    prefixLength = builder.prefixLength;
    gateway = builder.gateway == null ? null : builder.gateway.getAddress();
    family = builder.octets() == 4 ? libc.AF_INET() : libc.AF_INET6();
    linkIndex = builder.linkIndex;
    description = builder.describe();
    this.delete = delete;
  }

  /** The default route of the gateway's family; the kernel finds the link by the gateway. */
  public static Builder defaultVia(InetAddress gateway) {
    return new Builder(null, 0, gateway);
  }

  /** A route to a subnet; {@link Builder#via} or {@link Builder#link} must be said. */
  public static Builder to(InetAddress destination, int prefixLength) {
    return new Builder(destination, prefixLength, null);
  }

  @Override
  public int type() {
    return delete ? rtnetlink.RTM_DELROUTE() : rtnetlink.RTM_NEWROUTE();
  }

  @Override
  public int flags() {
    return delete ? 0 : netlink.NLM_F_CREATE() | netlink.NLM_F_EXCL();
  }

  @Override
  public void encode(MessageWriter out) {
    // struct rtmsg of linux/rtnetlink.h
    out.int8(family);
    out.int8(prefixLength);
    out.int8(0);
    out.int8(0);
    out.int8(rtnetlink.RT_TABLE_MAIN());
    out.int8(delete ? rtnetlink.RTPROT_UNSPEC() : rtnetlink.RTPROT_BOOT());
    out.int8(scope());
    out.int8(delete ? 0 : rtnetlink.RTN_UNICAST());
    out.int32(0);
    if (destination != null) {
      out.bytes(rtnetlink.RTA_DST(), destination);
    }
    if (gateway != null) {
      out.bytes(rtnetlink.RTA_GATEWAY(), gateway);
    }
    if (linkIndex != 0) {
      out.u32(rtnetlink.RTA_OIF(), linkIndex);
    }
  }

  /** A destination on the link has the scope of the link (ip-route(8), "scope"). */
  private int scope() {
    if (delete) {
      return rtnetlink.RT_SCOPE_NOWHERE();
    }
    return gateway == null && family == libc.AF_INET()
        ? rtnetlink.RT_SCOPE_LINK()
        : rtnetlink.RT_SCOPE_UNIVERSE();
  }

  @Override
  public String describe() {
    return (delete ? "remove " : "add ") + description;
  }

  /** Collects what a route is to be. For use by one thread. */
  public static final class Builder {
    private final @Nullable InetAddress destination;
    private final int prefixLength;
    private @Nullable InetAddress gateway;
    private int linkIndex;

    private Builder(
        @Nullable InetAddress destination, int prefixLength, @Nullable InetAddress gateway) {
      this.destination = destination;
      this.prefixLength = prefixLength;
      this.gateway = gateway;
      if (prefixLength < 0 || prefixLength > 8 * octets()) {
        throw new IllegalArgumentException("no prefix length: " + prefixLength);
      }
    }

    private int octets() {
      InetAddress known = destination != null ? destination : gateway;
      return known == null ? 0 : known.getAddress().length;
    }

    /** The next hop. */
    public Builder via(InetAddress nextHop) {
      gateway = nextHop;
      return this;
    }

    /** The link that it leads over. */
    public Builder link(int index) {
      linkIndex = index;
      return this;
    }

    private String describe() {
      return (destination == null
              ? "the default route"
              : "the route to " + destination.getHostAddress() + "/" + prefixLength)
          + (gateway == null ? "" : " via " + gateway.getHostAddress())
          + (linkIndex == 0 ? "" : " over the link number " + linkIndex);
    }

    /**
     * The request to add it.
     *
     * @throws IllegalStateException if neither next hop nor link was said, or the families differ
     */
    public RouteSpec build() {
      return new RouteSpec(check(), false);
    }

    /**
     * The request to remove it.
     *
     * @throws IllegalStateException if neither next hop nor link was said, or the families differ
     */
    public RouteSpec buildRemoval() {
      return new RouteSpec(check(), true);
    }

    private Builder check() {
      if (gateway == null && linkIndex == 0) {
        throw new IllegalStateException("a route needs a next hop or a link");
      }
      if (gateway != null && gateway.getAddress().length != octets()) {
        throw new IllegalStateException("the next hop is of another family than the destination");
      }
      return this;
    }
  }
}
