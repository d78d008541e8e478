package dev.cnm.netlink;

import dev.cnm.netlink.gen.nftables;
import dev.cnm.netlink.gen.rtnetlink;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The names of attributes, for errors only: the kernel tells by offset which attribute of a request
 * it objects to, and the request itself is walked again to say which that is. The names are those
 * of the generated constants.
 *
 * @param constants the class of the constants; null if the types are no named constants
 * @param prefix what all names of this level begin with
 * @param header the length of the fixed header before the attributes
 * @param nested the levels below, by attribute name
 * @param variants the levels below the attribute whose meaning depends on a sibling's string, by
 *     that string
 */
record AttributeNames(
    @Nullable Class<?> constants,
    String prefix,
    int header,
    Map<String, AttributeNames> nested,
    Map<String, AttributeNames> variants) {

  private static final AttributeNames UNKNOWN = new AttributeNames(null, "", 0, Map.of(), Map.of());

  /** Prefixes that begin like another one: {@code IFLA_INFO_KIND} is no {@code IFLA_} attribute. */
  private static final List<String> LONGER_PREFIXES =
      List.of(
          "IFLA_INFO_",
          "IFLA_BR_",
          "IFLA_BRPORT_",
          "IFLA_VXLAN_",
          "IFLA_MACVLAN_",
          "IFLA_INET6_",
          "IFLA_BRIDGE_",
          "IFLA_INET_",
          "IFLA_STATS_",
          "IFA_F_",
          "NFTA_SET_ELEM_LIST_",
          "NFTA_SET_ELEM_",
          "NFTA_SET_DESC_",
          "NFTA_SET_FIELD_");

  private static AttributeNames level(Class<?> constants, String prefix) {
    return new AttributeNames(constants, prefix, 0, Map.of(), Map.of());
  }

  private AttributeNames header(int length) {
    return new AttributeNames(constants, prefix, length, nested, variants);
  }

  private AttributeNames with(Map<String, AttributeNames> below) {
    return new AttributeNames(constants, prefix, header, below, variants);
  }

  private AttributeNames withVariants(Map<String, AttributeNames> kinds) {
    return new AttributeNames(constants, prefix, header, nested, kinds);
  }

  private static AttributeNames links() {
    AttributeNames peer = level(rtnetlink.class, "IFLA_").header(16);
    AttributeNames info =
        level(rtnetlink.class, "IFLA_INFO_")
            .with(Map.of("IFLA_INFO_SLAVE_DATA", level(rtnetlink.class, "IFLA_BRPORT_")))
            .withVariants(
                Map.of(
                    "bridge", level(rtnetlink.class, "IFLA_BR_"),
                    "vxlan", level(rtnetlink.class, "IFLA_VXLAN_"),
                    "macvlan", level(rtnetlink.class, "IFLA_MACVLAN_"),
                    "veth",
                        level(rtnetlink.class, "VETH_INFO_").with(Map.of("VETH_INFO_PEER", peer))));
    AttributeNames families = UNKNOWN.with(Map.of("10", level(rtnetlink.class, "IFLA_INET6_")));
    return level(rtnetlink.class, "IFLA_")
        .header(16)
        .with(Map.of("IFLA_LINKINFO", info, "IFLA_AF_SPEC", families));
  }

  private static AttributeNames rules() {
    AttributeNames data =
        level(nftables.class, "NFTA_DATA_")
            .with(Map.of("NFTA_DATA_VERDICT", level(nftables.class, "NFTA_VERDICT_")));
    AttributeNames expression =
        level(nftables.class, "NFTA_EXPR_")
            .withVariants(
                Map.of(
                    "meta", level(nftables.class, "NFTA_META_"),
                    "cmp", level(nftables.class, "NFTA_CMP_").with(Map.of("NFTA_CMP_DATA", data)),
                    "payload", level(nftables.class, "NFTA_PAYLOAD_"),
                    "lookup", level(nftables.class, "NFTA_LOOKUP_"),
                    "immediate",
                        level(nftables.class, "NFTA_IMMEDIATE_")
                            .with(Map.of("NFTA_IMMEDIATE_DATA", data)),
                    "nat", level(nftables.class, "NFTA_NAT_"),
                    "masq", level(nftables.class, "NFTA_MASQ_"),
                    "ct", level(nftables.class, "NFTA_CT_"),
                    "fib", level(nftables.class, "NFTA_FIB_"),
                    "bitwise", level(nftables.class, "NFTA_BITWISE_")));
    AttributeNames expressions =
        level(nftables.class, "NFTA_LIST_").with(Map.of("NFTA_LIST_ELEM", expression));
    return level(nftables.class, "NFTA_RULE_")
        .header(4)
        .with(Map.of("NFTA_RULE_EXPRESSIONS", expressions));
  }

  private static AttributeNames elements() {
    AttributeNames data =
        level(nftables.class, "NFTA_DATA_")
            .with(Map.of("NFTA_DATA_VERDICT", level(nftables.class, "NFTA_VERDICT_")));
    AttributeNames element =
        level(nftables.class, "NFTA_SET_ELEM_")
            .with(Map.of("NFTA_SET_ELEM_KEY", data, "NFTA_SET_ELEM_DATA", data));
    return level(nftables.class, "NFTA_SET_ELEM_LIST_")
        .header(4)
        .with(
            Map.of(
                "NFTA_SET_ELEM_LIST_ELEMENTS",
                level(nftables.class, "NFTA_LIST_").with(Map.of("NFTA_LIST_ELEM", element))));
  }

  /** The attributes of messages of this type. */
  static AttributeNames of(NetlinkFamily family, int type) {
    if (family == NetlinkFamily.ROUTE) {
      // Types come in groups of four: new, del, get, set (linux/rtnetlink.h).
      int group = type & ~3;
      if (group == (rtnetlink.RTM_NEWLINK() & ~3)) {
        return links();
      }
      if (group == (rtnetlink.RTM_NEWADDR() & ~3)) {
        return level(rtnetlink.class, "IFA_").header(8);
      }
      if (group == (rtnetlink.RTM_NEWROUTE() & ~3)) {
        return level(rtnetlink.class, "RTA_").header(12);
      }
      return UNKNOWN.header(12);
    }
    int message = type & 0xff;
    if (message == nftables.NFT_MSG_NEWTABLE() || message == nftables.NFT_MSG_DELTABLE()) {
      return level(nftables.class, "NFTA_TABLE_").header(4);
    }
    if (message == nftables.NFT_MSG_NEWCHAIN() || message == nftables.NFT_MSG_DELCHAIN()) {
      return level(nftables.class, "NFTA_CHAIN_")
          .header(4)
          .with(Map.of("NFTA_CHAIN_HOOK", level(nftables.class, "NFTA_HOOK_")));
    }
    if (message == nftables.NFT_MSG_NEWRULE() || message == nftables.NFT_MSG_DELRULE()) {
      return rules();
    }
    if (message == nftables.NFT_MSG_NEWSET() || message == nftables.NFT_MSG_DELSET()) {
      return level(nftables.class, "NFTA_SET_").header(4);
    }
    return elements();
  }

  /**
   * The path to the attribute at {@code offset} of the message, or null if nothing begins there.
   *
   * @param offset from the beginning of the netlink header ({@code NLMSGERR_ATTR_OFFS})
   */
  @Nullable String path(Message message, int offset) {
    MemorySegment bytes = message.bytes();
    return path(bytes, MessageWriter.HEADER_LENGTH + header, (int) bytes.byteSize(), offset);
  }

  private @Nullable String path(MemorySegment bytes, int start, int end, int offset) {
    String kind = null;
    int at = start;
    while (at + 4 <= end) {
      int length = Short.toUnsignedInt(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
      int type = bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + 2) & 0x3fff;
      if (length < 4 || at + length > end) {
        return null;
      }
      String name = name(type);
      if (offset == at) {
        return name;
      }
      if (offset > at && offset < at + length) {
        AttributeNames below = below(name, kind);
        String rest = below.path(bytes, at + 4 + below.header, at + length, offset);
        return rest == null ? name : name + " > " + rest;
      }
      if (!variants.isEmpty() && type == 1) {
        kind = string(bytes, at + 4, at + length);
      }
      at += MessageWriter.align(length);
    }
    return null;
  }

  /**
   * The path of an attribute that is missing.
   *
   * @param nest the offset of the attribute that should hold it, or 0 ({@code
   *     NLMSGERR_ATTR_MISS_NEST})
   * @param type its type ({@code NLMSGERR_ATTR_MISS_TYPE})
   */
  String missing(Message message, int nest, int type) {
    String outer = nest == 0 ? null : path(message, nest);
    if (outer == null) {
      return name(type);
    }
    AttributeNames level = this;
    for (String step : outer.split(" > ")) {
      level = level.below(step, null);
    }
    return outer + " > " + level.name(type);
  }

  private AttributeNames below(String name, @Nullable String kind) {
    AttributeNames known = nested.get(name);
    if (known != null) {
      return known;
    }
    AttributeNames variant = kind == null ? null : variants.get(kind);
    return variant == null ? UNKNOWN : variant;
  }

  private String name(int type) {
    if (constants != null) {
      for (Method method : constants.getMethods()) {
        if (isOfThisLevel(method.getName()) && method.getParameterCount() == 0) {
          try {
            if (method.invoke(null) instanceof Integer value && value == type) {
              return method.getName();
            }
          } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
          }
        }
      }
    }
    return Integer.toString(type);
  }

  private boolean isOfThisLevel(String name) {
    return name.startsWith(prefix)
        && LONGER_PREFIXES.stream()
            .noneMatch(longer -> longer.length() > prefix.length() && name.startsWith(longer))
        && !name.endsWith("_UNSPEC")
        && !name.endsWith("_MAX");
  }

  private static String string(MemorySegment bytes, int start, int end) {
    StringBuilder text = new StringBuilder();
    for (int i = start; i < end && bytes.get(ValueLayout.JAVA_BYTE, i) != 0; i++) {
      text.append((char) bytes.get(ValueLayout.JAVA_BYTE, i));
    }
    return text.toString();
  }
}
