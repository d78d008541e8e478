package dev.cnm.netlink.route;

import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.rtnetlink;
import dev.cnm.netlink.namespace.NetworkNamespace;
import org.jspecify.annotations.Nullable;

/**
 * The request to change a link ({@code RTM_NEWLINK} without {@code NLM_F_CREATE}). The link is
 * named by name or number; by name, it may have been created in the same batch. Immutable.
 */
public final class LinkChange implements Request {

  /** {@code IFALIASZ} of linux/if.h is 256, and the NUL counts. */
  private static final int LONGEST_ALIAS = 254;

  private final int index;
  private final @Nullable String name;
  private final int flags;
  private final int flagsChanged;
  private final int master;
  private final int mtu;
  private final boolean noAutomaticAddress;
  private final int group;
  private final int arpNotify;
  private final long portSettings;
  private final long portValues;
  private final @Nullable String newName;
  private final @Nullable String alias;
  private final @Nullable HardwareAddress address;
  private final @Nullable NetworkNamespace namespace;

  private LinkChange(Builder builder) {
    index = builder.index;
    name = builder.name;
    flags = builder.flags;
    flagsChanged = builder.flagsChanged;
    master = builder.master;
    mtu = builder.mtu;
    noAutomaticAddress = builder.noAutomaticAddress;
    group = builder.group;
    arpNotify = builder.arpNotify;
    portSettings = builder.portSettings;
    portValues = builder.portValues;
    newName = builder.newName;
    alias = builder.alias;
    address = builder.address;
    namespace = builder.namespace;
  }

  /**
   * A change of the link of this name.
   *
   * @throws IllegalArgumentException if no link can be called that
   */
  public static Builder of(String name) {
    return new Builder(0, LinkNames.require(name));
  }

  /**
   * A change of the link of this number.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public static Builder of(int index) {
    if (index <= 0) {
      throw new IllegalArgumentException("not the number of a link: " + index);
    }
    return new Builder(index, null);
  }

  /** {@code struct ifinfomsg} of linux/rtnetlink.h. */
  static void header(MessageWriter out, int index, int flags, int changed) {
    out.int8(libc.AF_UNSPEC());
    out.int8(0);
    out.int16(0);
    out.int32(index);
    out.int32(flags);
    out.int32(changed);
  }

  @Override
  public int type() {
    return rtnetlink.RTM_NEWLINK();
  }

  @Override
  public int flags() {
    return 0;
  }

  @Override
  public void encode(MessageWriter out) {
    header(out, index, flags, flagsChanged);
    if (newName != null) {
      out.string(rtnetlink.IFLA_IFNAME(), newName);
    } else if (name != null) {
      out.string(rtnetlink.IFLA_IFNAME(), name);
    }
    if (alias != null) {
      out.string(rtnetlink.IFLA_IFALIAS(), alias);
    }
    if (address != null) {
      out.bytes(rtnetlink.IFLA_ADDRESS(), address.octets());
    }
    if (mtu != 0) {
      out.u32(rtnetlink.IFLA_MTU(), mtu);
    }
    if (group >= 0) {
      out.u32(rtnetlink.IFLA_GROUP(), group);
    }
    if (master >= 0) {
      out.u32(rtnetlink.IFLA_MASTER(), master);
    }
    if (namespace != null) {
      out.u32(rtnetlink.IFLA_NET_NS_FD(), namespace.descriptor());
    }
    if (noAutomaticAddress || arpNotify >= 0) {
      families(out);
    }
    if (portSettings != 0) {
      port(out);
    }
  }

  private void families(MessageWriter out) {
    int families = out.nest(rtnetlink.IFLA_AF_SPEC());
    if (arpNotify >= 0) {
      int inet = out.nest(libc.AF_INET());
      int settings = out.nest(rtnetlink.IFLA_INET_CONF());
      out.u32(rtnetlink.IPV4_DEVCONF_ARP_NOTIFY(), arpNotify);
      out.endNest(settings);
      out.endNest(inet);
    }
    if (noAutomaticAddress) {
      int inet6 = out.nest(libc.AF_INET6());
      out.u8(rtnetlink.IFLA_INET6_ADDR_GEN_MODE(), rtnetlink.IN6_ADDR_GEN_MODE_NONE());
      out.endNest(inet6);
    }
    out.endNest(families);
  }

  private void port(MessageWriter out) {
    int info = out.nest(rtnetlink.IFLA_LINKINFO());
    out.string(rtnetlink.IFLA_INFO_SLAVE_KIND(), "bridge");
    int port = out.nest(rtnetlink.IFLA_INFO_SLAVE_DATA());
    for (long left = portSettings; left != 0; left &= left - 1) {
      int setting = Long.numberOfTrailingZeros(left);
      out.u8(setting, (int) (portValues >> setting) & 1);
    }
    out.endNest(port);
    out.endNest(info);
  }

  @Override
  public String describe() {
    String link = name == null ? "number " + index : name;
    if (namespace != null) {
      return "move the link " + link + " into " + namespace;
    }
    if (newName != null) {
      return "rename the link " + link + " to " + newName;
    }
    boolean up = (flagsChanged & flags & rtnetlink.IFF_UP()) != 0;
    return (up ? "set up" : "change") + " the link " + link;
  }

  /** Collects changes. For use by one thread. */
  public static final class Builder {
    private final int index;
    private final @Nullable String name;
    private int flags;
    private int flagsChanged;
    private int master = -1;
    private int mtu;
    private int group = -1;
    private boolean noAutomaticAddress;
    private int arpNotify = -1;

    /** The settings of a bridge's port that are to change, bits by {@code IFLA_BRPORT_} number. */
    private long portSettings;

    /** What they are to be. */
    private long portValues;

    private @Nullable String newName;
    private @Nullable String alias;
    private @Nullable HardwareAddress address;
    private @Nullable NetworkNamespace namespace;

    private Builder(int index, @Nullable String name) {
      this.index = index;
      this.name = name;
    }

    /** Sets it up. */
    public Builder up() {
      flags |= rtnetlink.IFF_UP();
      flagsChanged |= rtnetlink.IFF_UP();
      return this;
    }

    /** Sets it down. */
    public Builder down() {
      flags &= ~rtnetlink.IFF_UP();
      flagsChanged |= rtnetlink.IFF_UP();
      return this;
    }

    /**
     * Makes it a port of the link of this number; 0: of none.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public Builder master(int masterIndex) {
      if (masterIndex < 0) {
        throw new IllegalArgumentException("not the number of a link: " + masterIndex);
      }
      master = masterIndex;
      return this;
    }

    /**
     * Its MTU; what is allowed depends on the link.
     *
     * @param octets positive
     */
    public Builder mtu(int octets) {
      if (octets <= 0) {
        throw new IllegalArgumentException("an MTU is positive: " + octets);
      }
      mtu = octets;
      return this;
    }

    /** Its link-layer address. */
    public Builder address(HardwareAddress linkAddress) {
      address = linkAddress;
      return this;
    }

    /**
     * Gives it another name; it must have been named by number.
     *
     * @throws IllegalStateException if it was named by name, which the message has one place for
     */
    public Builder rename(String to) {
      if (name != null) {
        throw new IllegalStateException("a link is renamed by number");
      }
      newName = LinkNames.require(to);
      return this;
    }

    /**
     * Says what it is for ({@code ip link set alias}); the kernel takes that of a link that is
     * there only ({@code do_setlink} of net/core/rtnetlink.c), and keeps it until the link goes.
     *
     * @param text up to 254 ASCII characters; empty for none
     * @throws IllegalArgumentException if it is another one
     */
    public Builder alias(String text) {
      if (text.length() > LONGEST_ALIAS || !text.chars().allMatch(it -> it > 0 && it < 0x80)) {
        throw new IllegalArgumentException(
            "not up to " + LONGEST_ALIAS + " ASCII characters: " + text);
      }
      alias = text;
      return this;
    }

    /**
     * Moves it into another namespace. Slow: the kernel waits for grace periods ({@code
     * __dev_change_net_namespace} of net/core/dev.c).
     */
    public Builder moveTo(NetworkNamespace target) {
      namespace = target;
      return this;
    }

    /**
     * Keeps the kernel from giving it an IPv6 link-local address ({@code IFLA_INET6_ADDR_GEN_MODE}
     * none).
     */
    public Builder noAutomaticAddress() {
      noAutomaticAddress = true;
      return this;
    }

    /**
     * Whether it tells its neighbours of an IPv4 address that it is given and when it comes up, by
     * ARP without being asked ({@code arp_notify} of Documentation/networking/ip-sysctl.rst).
     */
    public Builder arpNotify(boolean on) {
      arpNotify = on ? 1 : 0;
      return this;
    }

    /**
     * The group that it is in, for {@link Links#deleteGroup}; all are in 0 at first.
     *
     * @throws IllegalArgumentException if the number is negative
     */
    public Builder group(int number) {
      if (number < 0) {
        throw new IllegalArgumentException("not the number of a group: " + number);
      }
      group = number;
      return this;
    }

    /** Of a bridge's port: whether a packet may leave by the port that it came in by. */
    public Builder hairpin(boolean on) {
      return port(rtnetlink.IFLA_BRPORT_MODE(), on);
    }

    /** Of a bridge's port: whether it is kept from reaching other isolated ports. */
    public Builder isolated(boolean on) {
      return port(rtnetlink.IFLA_BRPORT_ISOLATED(), on);
    }

    /** Of a bridge's port: whether the bridge learns which addresses are behind it. */
    public Builder learning(boolean on) {
      return port(rtnetlink.IFLA_BRPORT_LEARNING(), on);
    }

    /** Of a bridge's port: whether packets to unknown addresses leave by it too. */
    public Builder unicastFlood(boolean on) {
      return port(rtnetlink.IFLA_BRPORT_UNICAST_FLOOD(), on);
    }

    /** Of a bridge's port: whether multicast that nobody behind it joined leaves by it too. */
    public Builder multicastFlood(boolean on) {
      return port(rtnetlink.IFLA_BRPORT_MCAST_FLOOD(), on);
    }

    /** Of a bridge's port: whether broadcasts leave by it. */
    public Builder broadcastFlood(boolean on) {
      return port(rtnetlink.IFLA_BRPORT_BCAST_FLOOD(), on);
    }

    /**
     * Of a bridge's port: whether the bridge answers ARP and neighbour solicitations itself where
     * it knows the answer, instead of sending them out by it.
     */
    public Builder neighbourSuppression(boolean on) {
      return port(rtnetlink.IFLA_BRPORT_NEIGH_SUPPRESS(), on);
    }

    private Builder port(int setting, boolean on) {
      long bit = 1L << setting;
      portSettings |= bit;
      portValues = on ? portValues | bit : portValues & ~bit;
      return this;
    }

    /**
     * The request.
     *
     * @throws IllegalStateException if it is to go up without an automatic address at once: the
     *     kernel sets it up first ({@code do_setlink} of net/core/rtnetlink.c); send two
     */
    public LinkChange build() {
      if (noAutomaticAddress && (flags & rtnetlink.IFF_UP()) != 0) {
        throw new IllegalStateException(
            "the kernel sets a link up before it looks at its address mode: send two changes");
      }
      return new LinkChange(this);
    }
  }
}
