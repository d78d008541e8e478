package dev.cnm.netlink;

import dev.cnm.netlink.gen.conntrack;
import dev.cnm.netlink.gen.nftables;
import dev.cnm.netlink.gen.rtnetlink;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Which attributes the requests of this module have, by message type, for {@link NetlinkException}.
 */
final class MessageAttributes {

  private static final int NFGENMSG_LENGTH = 4;

  private MessageAttributes() {}

  /** The attributes of messages of this type. */
  static AttributeNames of(NetlinkFamily family, int type) {
    return switch (family) {
      case ROUTE -> route(type);
      case NETFILTER -> netfilter(type >> 8, type & 0xff).behind(NFGENMSG_LENGTH);
    };
  }

  private static AttributeNames route(int type) {
    // Types come in groups of four: new, del, get, set (linux/rtnetlink.h). The header lengths are
    // those of struct ifinfomsg, ifaddrmsg, rtmsg, ndmsg and fib_rule_hdr.
    int group = type & ~3;
    if (group == (rtnetlink.RTM_NEWLINK() & ~3)) {
      return links();
    }
    if (group == (rtnetlink.RTM_NEWADDR() & ~3)) {
      return level("IFA_").behind(8);
    }
    if (group == (rtnetlink.RTM_NEWROUTE() & ~3)) {
      return level("RTA_").with(Map.of("RTA_METRICS", level("RTAX_"))).behind(12);
    }
    if (group == (rtnetlink.RTM_NEWNEIGH() & ~3)) {
      return level("NDA_").behind(12);
    }
    if (group == (rtnetlink.RTM_NEWRULE() & ~3)) {
      return level("FRA_").behind(12);
    }
    return AttributeNames.UNKNOWN;
  }

  private static AttributeNames level(String prefix) {
    return AttributeNames.beginningWith(prefix, rtnetlink.class);
  }

  private static AttributeNames links() {
    AttributeNames peer = level("IFLA_").behind(16);
    AttributeNames info =
        level("IFLA_INFO_")
            .with(Map.of("IFLA_INFO_SLAVE_DATA", level("IFLA_BRPORT_")))
            .withVariants(
                Map.of(
                    "bridge", level("IFLA_BR_"),
                    "vxlan", level("IFLA_VXLAN_"),
                    "macvlan", level("IFLA_MACVLAN_"),
                    "veth", level("VETH_INFO_").with(Map.of("VETH_INFO_PEER", peer))));
    // By address family, AF_INET and AF_INET6.
    AttributeNames families =
        AttributeNames.UNKNOWN.with(Map.of("2", level("IFLA_INET_"), "10", level("IFLA_INET6_")));
    return level("IFLA_").behind(16).with(Map.of("IFLA_LINKINFO", info, "IFLA_AF_SPEC", families));
  }

  private static AttributeNames netfilter(int subsystem, int message) {
    if (subsystem == nftables.NFNL_SUBSYS_NFTABLES()) {
      return nft(message);
    }
    return subsystem == nftables.NFNL_SUBSYS_CTNETLINK() ? flows() : AttributeNames.UNKNOWN;
  }

  private static AttributeNames nft(int message) {
    // Numbers rise object by object (enum nf_tables_msg_types of linux/netfilter/nf_tables.h).
    if (message < nftables.NFT_MSG_NEWCHAIN()) {
      return nftLevel("NFTA_TABLE_");
    }
    if (message < nftables.NFT_MSG_NEWRULE()) {
      return nftLevel("NFTA_CHAIN_").with(Map.of("NFTA_CHAIN_HOOK", nftLevel("NFTA_HOOK_")));
    }
    if (message < nftables.NFT_MSG_NEWSET()) {
      AttributeNames list = nftLevel("NFTA_LIST_").with(Map.of("NFTA_LIST_ELEM", expression()));
      return nftLevel("NFTA_RULE_").with(Map.of("NFTA_RULE_EXPRESSIONS", list));
    }
    if (message < nftables.NFT_MSG_NEWSETELEM()) {
      return sets();
    }
    return message < nftables.NFT_MSG_NEWGEN() ? elements() : AttributeNames.UNKNOWN;
  }

  private static AttributeNames nftLevel(String prefix) {
    return AttributeNames.beginningWith(prefix, nftables.class);
  }

  private static AttributeNames data() {
    return nftLevel("NFTA_DATA_").with(Map.of("NFTA_DATA_VERDICT", nftLevel("NFTA_VERDICT_")));
  }

  private static AttributeNames expression() {
    AttributeNames data = data();
    Map<String, AttributeNames> kinds = new HashMap<>();
    for (String kind :
        new String[] {
          "meta", "payload", "lookup", "nat", "masq", "redir", "ct", "fib", "counter", "limit",
          "reject", "log"
        }) {
      kinds.put(kind, nftLevel("NFTA_" + kind.toUpperCase(java.util.Locale.ROOT) + "_"));
    }
    kinds.put("cmp", nftLevel("NFTA_CMP_").with(Map.of("NFTA_CMP_DATA", data)));
    kinds.put("immediate", nftLevel("NFTA_IMMEDIATE_").with(Map.of("NFTA_IMMEDIATE_DATA", data)));
    kinds.put(
        "bitwise",
        nftLevel("NFTA_BITWISE_")
            .with(
                Map.of(
                    "NFTA_BITWISE_MASK", data,
                    "NFTA_BITWISE_XOR", data,
                    "NFTA_BITWISE_DATA", data)));
    kinds.put(
        "range",
        nftLevel("NFTA_RANGE_")
            .with(Map.of("NFTA_RANGE_FROM_DATA", data, "NFTA_RANGE_TO_DATA", data)));
    return nftLevel("NFTA_EXPR_").withVariants(kinds);
  }

  private static AttributeNames sets() {
    AttributeNames fields =
        nftLevel("NFTA_LIST_").with(Map.of("NFTA_LIST_ELEM", nftLevel("NFTA_SET_FIELD_")));
    AttributeNames description =
        nftLevel("NFTA_SET_DESC_").with(Map.of("NFTA_SET_DESC_CONCAT", fields));
    return nftLevel("NFTA_SET_").with(Map.of("NFTA_SET_DESC", description));
  }

  private static AttributeNames elements() {
    AttributeNames data = data();
    AttributeNames element =
        nftLevel("NFTA_SET_ELEM_")
            .with(
                Map.of(
                    "NFTA_SET_ELEM_KEY", data,
                    "NFTA_SET_ELEM_KEY_END", data,
                    "NFTA_SET_ELEM_DATA", data));
    AttributeNames list = nftLevel("NFTA_LIST_").with(Map.of("NFTA_LIST_ELEM", element));
    return nftLevel("NFTA_SET_ELEM_LIST_").with(Map.of("NFTA_SET_ELEM_LIST_ELEMENTS", list));
  }

  private static AttributeNames flows() {
    // The names of this family tell no levels apart: CTA_TUPLE_ORIG and CTA_TUPLE_IP are both 1.
    AttributeNames addresses =
        AttributeNames.called(
            Set.of("CTA_IP_V4_SRC", "CTA_IP_V4_DST", "CTA_IP_V6_SRC", "CTA_IP_V6_DST"),
            conntrack.class);
    AttributeNames protocol = AttributeNames.beginningWith("CTA_PROTO_", conntrack.class);
    AttributeNames tuple =
        AttributeNames.called(Set.of("CTA_TUPLE_IP", "CTA_TUPLE_PROTO"), conntrack.class)
            .with(Map.of("CTA_TUPLE_IP", addresses, "CTA_TUPLE_PROTO", protocol));
    return AttributeNames.called(
            Set.of(
                "CTA_TUPLE_ORIG",
                "CTA_TUPLE_REPLY",
                "CTA_STATUS",
                "CTA_TIMEOUT",
                "CTA_MARK",
                "CTA_ID",
                "CTA_ZONE"),
            conntrack.class)
        .with(Map.of("CTA_TUPLE_ORIG", tuple, "CTA_TUPLE_REPLY", tuple));
  }
}
