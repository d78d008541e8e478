package dev.cnm.netlink.route;

import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.rtnetlink;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * The request to add a route ({@code RTM_NEWROUTE}), to add it in place of another, or to remove
 * one ({@code RTM_DELROUTE}). Immutable.
 */
public final class RouteSpec implements Request {

  private final byte @Nullable [] destination;
  private final int prefixLength;
  private final byte @Nullable [] gateway;
  private final int family;
  private final int linkIndex;
  private final int routeType;
  private final int table;
  private final int metric;
  private final byte @Nullable [] preferredSource;
  private final boolean onLink;
  private final String description;
  private final Action action;

  private RouteSpec(Builder builder, Action action) {
    destination = builder.destination == null ? null : builder.destination.getAddress();
    prefixLength = builder.prefixLength;
    gateway = builder.gateway == null ? null : builder.gateway.getAddress();
    family = builder.octets() == 4 ? libc.AF_INET() : libc.AF_INET6();
    linkIndex = builder.linkIndex;
    routeType = builder.routeType;
    table = builder.table;
    metric = builder.metric;
    preferredSource = builder.preferredSource == null ? null : builder.preferredSource.getAddress();
    onLink = builder.onLink;
    description = builder.describe();
    this.action = action;
  }

  /** The default route of the gateway's family; the kernel finds the link by the gateway. */
  public static Builder defaultVia(InetAddress gateway) {
    return new Builder(null, 0, gateway, rtnetlink.RTN_UNICAST());
  }

  /**
   * A route to a subnet; {@link Builder#via} or {@link Builder#link} must be said.
   *
   * @throws IllegalArgumentException if the prefix length is not 0 to 32 or 128
   */
  public static Builder to(InetAddress destination, int prefixLength) {
    return new Builder(destination, prefixLength, null, rtnetlink.RTN_UNICAST());
  }

  /**
   * A subnet that is refused to be reached: who sends there is told.
   *
   * @throws IllegalArgumentException if the prefix length is not 0 to 32 or 128
   */
  public static Builder unreachable(InetAddress destination, int prefixLength) {
    return new Builder(destination, prefixLength, null, rtnetlink.RTN_UNREACHABLE());
  }

  /**
   * A subnet to which packets vanish.
   *
   * @throws IllegalArgumentException if the prefix length is not 0 to 32 or 128
   */
  public static Builder blackhole(InetAddress destination, int prefixLength) {
    return new Builder(destination, prefixLength, null, rtnetlink.RTN_BLACKHOLE());
  }

  @Override
  public int type() {
    return action == Action.REMOVE ? rtnetlink.RTM_DELROUTE() : rtnetlink.RTM_NEWROUTE();
  }

  @Override
  public int flags() {
    return action.flags();
  }

  @Override
  public void encode(MessageWriter out) {
    boolean delete = action == Action.REMOVE;
    // struct rtmsg of linux/rtnetlink.h; a table above 255 has room in the attribute only.
    out.int8(family);
    out.int8(prefixLength);
    out.int8(0);
    out.int8(0);
    out.int8(table <= 0xff ? table : rtnetlink.RT_TABLE_UNSPEC());
    out.int8(delete ? rtnetlink.RTPROT_UNSPEC() : rtnetlink.RTPROT_BOOT());
    out.int8(scope());
    out.int8(delete ? 0 : routeType);
    out.int32(onLink ? rtnetlink.RTNH_F_ONLINK() : 0);
    if (destination != null) {
      out.bytes(rtnetlink.RTA_DST(), destination);
    }
    if (gateway != null) {
      out.bytes(rtnetlink.RTA_GATEWAY(), gateway);
    }
    if (linkIndex != 0) {
      out.u32(rtnetlink.RTA_OIF(), linkIndex);
    }
    if (table > 0xff) {
      out.u32(rtnetlink.RTA_TABLE(), table);
    }
    if (metric != 0) {
      out.u32(rtnetlink.RTA_PRIORITY(), metric);
    }
    if (preferredSource != null) {
      out.bytes(rtnetlink.RTA_PREFSRC(), preferredSource);
    }
  }

  /** A destination on the link has the scope of the link (ip-route(8), "scope"). */
  private int scope() {
    if (action == Action.REMOVE) {
      return rtnetlink.RT_SCOPE_NOWHERE();
    }
    return gateway == null && linkIndex != 0 && family == libc.AF_INET()
        ? rtnetlink.RT_SCOPE_LINK()
        : rtnetlink.RT_SCOPE_UNIVERSE();
  }

  @Override
  public String describe() {
    return switch (action) {
      case ADD -> "add " + description;
      case REPLACE -> "set " + description;
      case REMOVE -> "remove " + description;
    };
  }

  /** Collects what a route is to be. For use by one thread. */
  public static final class Builder {
    private final @Nullable InetAddress destination;
    private final int prefixLength;
    private final int routeType;
    private @Nullable InetAddress gateway;
    private int linkIndex;
    private int table = rtnetlink.RT_TABLE_MAIN();
    private int metric;
    private @Nullable InetAddress preferredSource;
    private boolean onLink;

    private Builder(
        @Nullable InetAddress destination,
        int prefixLength,
        @Nullable InetAddress gateway,
        int routeType) {
      this.destination = destination;
      this.prefixLength = prefixLength;
      this.gateway = gateway;
      this.routeType = routeType;
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

    /**
     * The link that it leads over.
     *
     * @throws IllegalArgumentException if the number is not positive
     */
    public Builder link(int index) {
      if (index <= 0) {
        throw new IllegalArgumentException("not the number of a link: " + index);
      }
      linkIndex = index;
      return this;
    }

    /**
     * The table that it is in, 254 ({@code main}) by default.
     *
     * @param number positive
     */
    public Builder table(int number) {
      if (number <= 0) {
        throw new IllegalArgumentException("not the number of a table: " + number);
      }
      table = number;
      return this;
    }

    /**
     * Of two routes to the same subnet, the one with the lower metric is taken. By default 0, for
     * which the kernel puts 1024 if it is of IPv6.
     *
     * @param number not negative
     */
    public Builder metric(int number) {
      if (number < 0) {
        throw new IllegalArgumentException("a metric is not negative: " + number);
      }
      metric = number;
      return this;
    }

    /** The address, one of ours, that packets are sent from unless their socket is bound. */
    public Builder preferredSource(InetAddress source) {
      preferredSource = source;
      return this;
    }

    /** The next hop is on the link, though no subnet of the link says so. */
    public Builder onLink() {
      onLink = true;
      return this;
    }

    private String describe() {
      return (destination == null
              ? "the default route"
              : "the route to " + destination.getHostAddress() + "/" + prefixLength)
          + (gateway == null ? "" : " via " + gateway.getHostAddress())
          + (linkIndex == 0 ? "" : " over the link number " + linkIndex)
          + (table == rtnetlink.RT_TABLE_MAIN() ? "" : " in the table " + table);
    }

    /**
     * The request to add it; refused with {@code EEXIST} if there is one to the same subnet with
     * the same metric.
     *
     * @throws IllegalStateException if neither next hop nor link was said, or both an unreachable
     *     subnet and one of them; if the families differ; if the next hop is to be on the link, and
     *     either wasn't said
     */
    public RouteSpec build() {
      return new RouteSpec(check(), Action.ADD);
    }

    /**
     * The request to add it, in place of one to the same subnet with the same metric if there is
     * one.
     *
     * @throws IllegalStateException as {@link #build}
     */
    public RouteSpec buildReplacement() {
      return new RouteSpec(check(), Action.REPLACE);
    }

    /**
     * The request to remove the first that all of this holds for.
     *
     * @throws IllegalStateException as {@link #build}
     */
    public RouteSpec buildRemoval() {
      return new RouteSpec(check(), Action.REMOVE);
    }

    private Builder check() {
      boolean leadsSomewhere = gateway != null || linkIndex != 0;
      if (routeType != rtnetlink.RTN_UNICAST() && leadsSomewhere) {
        throw new IllegalStateException("what can't be reached has no next hop and no link");
      }
      if (routeType == rtnetlink.RTN_UNICAST() && !leadsSomewhere) {
        throw new IllegalStateException("a route needs a next hop or a link");
      }
      if (onLink && (gateway == null || linkIndex == 0)) {
        throw new IllegalStateException("a next hop on the link needs both");
      }
      if (preferredSource != null && preferredSource.getAddress().length != octets()) {
        throw new IllegalStateException(
            "the preferred source is of another family than the destination");
      }
      if (gateway != null && gateway.getAddress().length != octets()) {
        throw new IllegalStateException("the next hop is of another family than the destination");
      }
      return this;
    }
  }
}
