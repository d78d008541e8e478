package dev.cnm.netlink.route;

import dev.cnm.netlink.AddressFamily;
import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.gen.netlink;
import dev.cnm.netlink.gen.rtnetlink;
import dev.cnm.netlink.route.Rule.Prefix;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * The request to add a rule of policy routing ({@code RTM_NEWRULE} with {@code NLM_F_CREATE |
 * NLM_F_EXCL}) or to remove one. Immutable.
 */
public final class RuleSpec implements Request {

  private final AddressFamily family;
  private final int priority;
  private final int sourceLength;
  private final byte @Nullable [] source;
  private final int destinationLength;
  private final byte @Nullable [] destination;
  private final @Nullable String inputLink;
  private final @Nullable String outputLink;
  private final int mark;
  private final int markMask;
  private final boolean inverted;
  private final int action;
  private final int table;
  private final int suppressedPrefixLength;
  private final String description;
  private final boolean delete;

  private RuleSpec(Builder builder, boolean delete) {
    family = builder.family;
    priority = builder.priority;
    sourceLength = builder.source == null ? 0 : builder.source.length();
    source = builder.source == null ? null : builder.source.address().getAddress();
    destinationLength = builder.destination == null ? 0 : builder.destination.length();
    destination = builder.destination == null ? null : builder.destination.address().getAddress();
    inputLink = builder.inputLink;
    outputLink = builder.outputLink;
    mark = builder.mark;
    markMask = builder.markMask;
    inverted = builder.inverted;
    action = builder.action;
    table = builder.table;
    suppressedPrefixLength = builder.suppressedPrefixLength;
    description = builder.describe();
    this.delete = delete;
  }

  /** A rule for packets of a family; one of {@link Builder}'s actions must be said. */
  public static Builder of(AddressFamily family) {
    return new Builder(family);
  }

  @Override
  public int type() {
    return delete ? rtnetlink.RTM_DELRULE() : rtnetlink.RTM_NEWRULE();
  }

  @Override
  public int flags() {
    return delete ? 0 : netlink.NLM_F_CREATE() | netlink.NLM_F_EXCL();
  }

  @Override
  public void encode(MessageWriter out) {
    // struct fib_rule_hdr of linux/fib_rules.h; a table above 255 has room in the attribute only.
    out.int8(family.number());
    out.int8(destinationLength);
    out.int8(sourceLength);
    out.int8(0);
    out.int8(0);
    out.int8(0);
    out.int8(0);
    out.int8(action);
    out.int32(inverted ? rtnetlink.FIB_RULE_INVERT() : 0);
    if (priority >= 0) {
      out.u32(rtnetlink.FRA_PRIORITY(), priority);
    }
    if (source != null) {
      out.bytes(rtnetlink.FRA_SRC(), source);
    }
    if (destination != null) {
      out.bytes(rtnetlink.FRA_DST(), destination);
    }
    if (inputLink != null) {
      out.string(rtnetlink.FRA_IIFNAME(), inputLink);
    }
    if (outputLink != null) {
      out.string(rtnetlink.FRA_OIFNAME(), outputLink);
    }
    if (markMask != 0) {
      out.u32(rtnetlink.FRA_FWMARK(), mark);
      out.u32(rtnetlink.FRA_FWMASK(), markMask);
    }
    if (table != 0) {
      out.u32(rtnetlink.FRA_TABLE(), table);
    }
    if (suppressedPrefixLength >= 0) {
      out.u32(rtnetlink.FRA_SUPPRESS_PREFIXLEN(), suppressedPrefixLength);
    }
  }

  @Override
  public String describe() {
    return (delete ? "remove " : "add ") + description;
  }

  /** Collects what a rule is to be. For use by one thread. */
  public static final class Builder {
    private final AddressFamily family;
    private int priority = -1;
    private @Nullable Prefix source;
    private @Nullable Prefix destination;
    private @Nullable String inputLink;
    private @Nullable String outputLink;
    private int mark;
    private int markMask;
    private boolean inverted;
    private int action;
    private int table;
    private int suppressedPrefixLength = -1;

    private Builder(AddressFamily family) {
      this.family = family;
    }

    /**
     * Its place: the lower goes first. By default the kernel puts it before the first that was not
     * there from the beginning.
     *
     * @param number 0 to 2^31 - 1
     */
    public Builder priority(int number) {
      if (number < 0) {
        throw new IllegalArgumentException("a priority is not negative: " + number);
      }
      priority = number;
      return this;
    }

    /** For packets that come from this subnet. */
    public Builder from(InetAddress address, int prefixLength) {
      source = ofFamily(new Prefix(address, prefixLength));
      return this;
    }

    /** For packets that go to this subnet. */
    public Builder to(InetAddress address, int prefixLength) {
      destination = ofFamily(new Prefix(address, prefixLength));
      return this;
    }

    private Prefix ofFamily(Prefix prefix) {
      if (AddressFamily.of(prefix.address()) != family) {
        throw new IllegalArgumentException(prefix + " is not of " + family);
      }
      return prefix;
    }

    /** For packets that came in by the link of this name, which needs not exist yet. */
    public Builder inputLink(String name) {
      inputLink = LinkNames.require(name);
      return this;
    }

    /** For packets of sockets that are bound to the link of this name. */
    public Builder outputLink(String name) {
      outputLink = LinkNames.require(name);
      return this;
    }

    /**
     * For packets with this mark ({@code SO_MARK}, nftables' {@code meta mark}).
     *
     * @param mask the bits that count; not 0
     */
    public Builder mark(int value, int mask) {
      if (mask == 0 || (value & ~mask) != 0) {
        throw new IllegalArgumentException(
            "no packet has the mark 0x%x among the bits 0x%x".formatted(value, mask));
      }
      mark = value;
      markMask = mask;
      return this;
    }

    /** For the packets that all of what is said otherwise does not hold for. */
    public Builder inverted() {
      inverted = true;
      return this;
    }

    /**
     * They are routed by this table; if it says nothing, the next rule is asked.
     *
     * @param number positive; 254 is {@code main}
     */
    public Builder table(int number) {
      if (number <= 0) {
        throw new IllegalArgumentException("not the number of a table: " + number);
      }
      table = number;
      action = rtnetlink.FR_ACT_TO_TBL();
      return this;
    }

    /**
     * What the table says is passed over if its prefix is no longer than that; 0 passes over its
     * default route.
     *
     * @param length 0 to 32 or 128
     */
    public Builder suppressPrefixLength(int length) {
      if (length < 0 || length > 8 * family.octets()) {
        throw new IllegalArgumentException("no prefix length of " + family + ": " + length);
      }
      suppressedPrefixLength = length;
      return this;
    }

    /** They are dropped silently. */
    public Builder blackhole() {
      action = rtnetlink.FR_ACT_BLACKHOLE();
      return this;
    }

    /** They are refused: the destination is unreachable. */
    public Builder unreachable() {
      action = rtnetlink.FR_ACT_UNREACHABLE();
      return this;
    }

    /** They are refused: it is prohibited. */
    public Builder prohibit() {
      action = rtnetlink.FR_ACT_PROHIBIT();
      return this;
    }

    private String describe() {
      StringBuilder text = new StringBuilder("the ").append(family).append(" rule");
      append(text, " ", priority < 0 ? null : priority);
      append(text, " from ", source);
      append(text, " to ", destination);
      append(text, " that came in by ", inputLink);
      append(text, " that goes out by ", outputLink);
      append(text, " for the table ", table == 0 ? null : table);
      return text.toString();
    }

    private static void append(StringBuilder text, String before, @Nullable Object part) {
      if (part != null) {
        text.append(before).append(part);
      }
    }

    /**
     * The request to add it.
     *
     * @throws IllegalStateException if no action was said, or a table and another action, or a
     *     prefix length without a table
     */
    public RuleSpec build() {
      return new RuleSpec(check(), false);
    }

    /**
     * The request to remove the first rule that all of this holds for.
     *
     * @throws IllegalStateException as {@link #build}
     */
    public RuleSpec buildRemoval() {
      return new RuleSpec(check(), true);
    }

    private Builder check() {
      if (action == 0) {
        throw new IllegalStateException("a rule needs a table or another action");
      }
      boolean looks = action == rtnetlink.FR_ACT_TO_TBL();
      if (looks != (table != 0)) {
        throw new IllegalStateException("a rule has a table or another action, not both");
      }
      if (suppressedPrefixLength >= 0 && !looks) {
        throw new IllegalStateException("a prefix length is suppressed in a table");
      }
      return this;
    }
  }
}
