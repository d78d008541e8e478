package dev.cnm.netlink.route;

import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.gen.netlink;
import dev.cnm.netlink.gen.rtnetlink;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.route.LinkKind.Macvlan;
import dev.cnm.netlink.route.LinkKind.MacvlanMode;
import dev.cnm.netlink.route.LinkKind.Vxlan;
import org.jspecify.annotations.Nullable;

/**
 * The request to create a link ({@code RTM_NEWLINK} with {@code NLM_F_CREATE | NLM_F_EXCL}). It
 * says only what the kernel carries out with the creation: the peer of a veth can't be up yet
 * (drivers/net/veth.c, {@code veth_open}), and settings of a bridge's port are ignored; both follow
 * as {@link LinkChange}. Immutable.
 */
public final class LinkSpec implements Request {

  /** The smallest MTU that IPv4 works with (RFC 791). */
  private static final int MIN_MTU = 68;

  private static final int MAX_MTU = 65_535;

  private final LinkKind kind;
  private final String name;
  private final boolean up;
  private final int mtu;
  private final int master;
  private final int parent;
  private final int queues;
  private final int group;
  private final int multicastSnooping;
  private final @Nullable HardwareAddress address;
  private final @Nullable String peerName;
  private final @Nullable HardwareAddress peerAddress;
  private final @Nullable NetworkNamespace peerNamespace;

  private LinkSpec(Builder builder) {
    kind = builder.kind;
    name = builder.name;
    up = builder.up;
    mtu = builder.mtu;
    master = builder.master;
    parent = builder.parent;
    queues = builder.queues;
    group = builder.group;
    multicastSnooping = builder.multicastSnooping;
    address = builder.address;
    peerName = builder.peerName;
    peerAddress = builder.peerAddress;
    peerNamespace = builder.peerNamespace;
  }

  /** A bridge. Give it its own address: otherwise it takes, and changes with, its ports'. */
  public static Builder bridge(String name) {
    return new Builder(new LinkKind.Bridge(false), name);
  }

  /** A pair; {@link Builder#peer} must be said. */
  public static Builder veth(String name) {
    return new Builder(new LinkKind.Veth(), name);
  }

  /** A link to nowhere. */
  public static Builder dummy(String name) {
    return new Builder(new LinkKind.Dummy(), name);
  }

  /**
   * A VXLAN tunnel on UDP port 4789 (RFC 7348).
   *
   * @param id the VNI, 0 to 2^24 - 1
   */
  public static Builder vxlan(String name, int id) {
    if (id < 0 || id >= 1 << 24) {
      throw new IllegalArgumentException("a VNI has 24 bits: " + id);
    }
    return new Builder(new Vxlan(id, 4789), name);
  }

  /** A further MAC address of the link of this number. */
  public static Builder macvlan(String name, int parent, MacvlanMode mode) {
    Builder builder = new Builder(new Macvlan(mode), name);
    builder.parent = Builder.requireIndex(parent);
    return builder;
  }

  /** A link of a kind that there is no method for, with the kernel's defaults. */
  public static Builder other(String name, String kind) {
    if (kind.equals("veth")) {
      throw new IllegalArgumentException("a veth needs its peer: use veth()");
    }
    return new Builder(new LinkKind.Other(kind), name);
  }

  /** The name it is to have. */
  public String name() {
    return name;
  }

  @Override
  public int type() {
    return rtnetlink.RTM_NEWLINK();
  }

  /** With {@code NLM_F_ECHO}: the kernel tells of the new link, before it acknowledges. */
  @Override
  public int flags() {
    return netlink.NLM_F_CREATE() | netlink.NLM_F_EXCL() | netlink.NLM_F_ECHO();
  }

  @Override
  public void encode(MessageWriter out) {
    int flags = up ? rtnetlink.IFF_UP() : 0;
    LinkChange.header(out, 0, flags, flags);
    out.string(rtnetlink.IFLA_IFNAME(), name);
    common(out, address);
    if (master != 0) {
      out.u32(rtnetlink.IFLA_MASTER(), master);
    }
    if (parent != 0) {
      out.u32(rtnetlink.IFLA_LINK(), parent);
    }
    if (group != 0) {
      out.u32(rtnetlink.IFLA_GROUP(), group);
    }
    int info = out.nest(rtnetlink.IFLA_LINKINFO());
    out.string(rtnetlink.IFLA_INFO_KIND(), kind.name());
    switch (kind) {
      case LinkKind.Veth() -> peer(out);
      case Vxlan(int id, int port) -> {
        int data = out.nest(rtnetlink.IFLA_INFO_DATA());
        out.u32(rtnetlink.IFLA_VXLAN_ID(), id);
        out.u16Be(rtnetlink.IFLA_VXLAN_PORT(), port);
        out.endNest(data);
      }
      case Macvlan(MacvlanMode mode) -> {
        int data = out.nest(rtnetlink.IFLA_INFO_DATA());
        out.u32(rtnetlink.IFLA_MACVLAN_MODE(), mode.number());
        out.endNest(data);
      }
      case LinkKind.Bridge _ -> bridge(out);
      case LinkKind.Dummy _, LinkKind.Other _ -> {}
    }
    out.endNest(info);
  }

  private void common(MessageWriter out, @Nullable HardwareAddress linkAddress) {
    if (linkAddress != null) {
      out.bytes(rtnetlink.IFLA_ADDRESS(), linkAddress.octets());
    }
    if (mtu != 0) {
      out.u32(rtnetlink.IFLA_MTU(), mtu);
    }
    if (queues != 0) {
      out.u32(rtnetlink.IFLA_NUM_TX_QUEUES(), queues);
      out.u32(rtnetlink.IFLA_NUM_RX_QUEUES(), queues);
    }
  }

  private void bridge(MessageWriter out) {
    if (multicastSnooping >= 0) {
      int data = out.nest(rtnetlink.IFLA_INFO_DATA());
      out.u8(rtnetlink.IFLA_BR_MCAST_SNOOPING(), multicastSnooping);
      out.endNest(data);
    }
  }

  private void peer(MessageWriter out) {
    int data = out.nest(rtnetlink.IFLA_INFO_DATA());
    int peer = out.nest(rtnetlink.VETH_INFO_PEER());
    LinkChange.header(out, 0, 0, 0);
    if (peerName != null) {
      out.string(rtnetlink.IFLA_IFNAME(), peerName);
    }
    common(out, peerAddress);
    if (peerNamespace != null) {
      out.u32(rtnetlink.IFLA_NET_NS_FD(), peerNamespace.descriptor());
    }
    out.endNest(peer);
    out.endNest(data);
  }

  @Override
  public String describe() {
    return "create the "
        + (kind.name().isEmpty() ? "" : kind.name() + " ")
        + "link "
        + name
        + (peerName == null ? "" : " with the peer " + peerName)
        + (peerNamespace == null ? "" : " in " + peerNamespace);
  }

  /** Collects what a link is to be. For use by one thread. */
  public static final class Builder {
    private final LinkKind kind;
    private final String name;
    private boolean up;
    private int mtu;
    private int master;
    private int parent;
    private int queues;
    private int group;
    private int multicastSnooping = -1;
    private @Nullable HardwareAddress address;
    private @Nullable String peerName;
    private @Nullable HardwareAddress peerAddress;
    private @Nullable NetworkNamespace peerNamespace;

    private Builder(LinkKind kind, String name) {
      this.kind = kind;
      this.name = LinkNames.require(name);
    }

    private static int requireIndex(int index) {
      if (index <= 0) {
        throw new IllegalArgumentException("not the number of a link: " + index);
      }
      return index;
    }

    /** It is to be up; of a pair, this end. */
    public Builder up() {
      up = true;
      return this;
    }

    /**
     * The MTU, of a pair for both ends.
     *
     * @param octets 68 to 65535
     */
    public Builder mtu(int octets) {
      if (octets < MIN_MTU || octets > MAX_MTU) {
        throw new IllegalArgumentException(
            "an MTU is " + MIN_MTU + " to " + MAX_MTU + ": " + octets);
      }
      mtu = octets;
      return this;
    }

    /**
     * Its link-layer address; of a pair, this end's. By default the kernel draws one.
     *
     * @throws IllegalArgumentException if no link of this kind can have it ({@link
     *     HardwareAddress#isUnicastEthernet})
     */
    public Builder address(HardwareAddress linkAddress) {
      address = requireOwn(linkAddress);
      return this;
    }

    /**
     * Of what kinds we know, each is Ethernet ({@code eth_validate_addr} of net/ethernet/eth.c).
     */
    private HardwareAddress requireOwn(HardwareAddress linkAddress) {
      if (!(kind instanceof LinkKind.Other) && !linkAddress.isUnicastEthernet()) {
        throw new IllegalArgumentException(
            "not the address of a single Ethernet device: " + linkAddress);
      }
      return linkAddress;
    }

    /**
     * The group it belongs to, of a pair this end, for {@link Links#deleteGroup}.
     *
     * @param number positive; 0, the default, is the group of all links that are in no other
     */
    public Builder group(int number) {
      group = Links.requireGroup(number);
      return this;
    }

    /**
     * Whether a bridge looks for where multicast is wanted, instead of sending it everywhere. The
     * kernel's default is yes.
     *
     * @throws IllegalStateException if the link is no bridge
     */
    public Builder multicastSnooping(boolean on) {
      if (!(kind instanceof LinkKind.Bridge)) {
        throw new IllegalStateException("a " + kind.name() + " link has no ports");
      }
      multicastSnooping = on ? 1 : 0;
      return this;
    }

    /** It is to be a port of the link of this number. */
    public Builder master(int index) {
      master = requireIndex(index);
      return this;
    }

    /**
     * The number of queues for each direction, of a pair for both ends. The kernel's default is one
     * a processor, and making them takes time.
     *
     * @param count 1 to 4096
     */
    public Builder queues(int count) {
      if (count < 1 || count > 4096) {
        throw new IllegalArgumentException("1 to 4096 queues: " + count);
      }
      queues = count;
      return this;
    }

    /**
     * The other end of the pair, created in {@code namespace} under its name. The namespace must
     * stay open until the request is sent.
     *
     * @throws IllegalStateException if the link is no pair
     */
    public Builder peer(String peer, NetworkNamespace namespace) {
      peerName = LinkNames.require(peer);
      peerNamespace = namespace;
      return requirePair();
    }

    /**
     * The other end of the pair, created in the same namespace.
     *
     * @throws IllegalStateException if the link is no pair
     */
    public Builder peer(String peer) {
      peerName = LinkNames.require(peer);
      return requirePair();
    }

    /**
     * The link-layer address of the other end.
     *
     * @throws IllegalStateException if the link is no pair
     * @throws IllegalArgumentException if no link of this kind can have it
     */
    public Builder peerAddress(HardwareAddress linkAddress) {
      peerAddress = requireOwn(linkAddress);
      return requirePair();
    }

    private Builder requirePair() {
      if (!(kind instanceof LinkKind.Veth)) {
        throw new IllegalStateException("a " + kind.name() + " link has no peer");
      }
      return this;
    }

    /**
     * The request.
     *
     * @throws IllegalStateException if it is a pair and the other end has no name, or the same one
     *     in the same namespace
     */
    public LinkSpec build() {
      if (kind instanceof LinkKind.Veth) {
        if (peerName == null) {
          throw new IllegalStateException("a veth needs a name for its peer");
        }
        if (peerNamespace == null && peerName.equals(name)) {
          throw new IllegalStateException("both ends of a pair can't be called " + name);
        }
      }
      return new LinkSpec(this);
    }
  }
}
