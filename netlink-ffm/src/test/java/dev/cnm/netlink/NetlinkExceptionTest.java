package dev.cnm.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.cnm.netlink.gen.conntrack;
import dev.cnm.netlink.gen.netlink;
import dev.cnm.netlink.gen.nftables;
import dev.cnm.netlink.gen.rtnetlink;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.nft.NftFamily;
import dev.cnm.netlink.nft.NftTable;
import dev.cnm.netlink.nft.Transaction;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** That a refusal names what the kernel objects to, in every family. */
final class NetlinkExceptionTest {

  private NetworkNamespace namespace;
  private NetlinkSocket netfilter;

  @BeforeEach
  void makeNamespace() throws IOException {
    namespace = NetworkNamespace.create();
    netfilter = namespace.openSocket(NetlinkFamily.NETFILTER);
  }

  @AfterEach
  void removeNamespace() {
    netfilter.close();
    namespace.close();
  }

  private static NetlinkException refusal(NetlinkSocket socket, Request... requests) {
    return catchThrowableOfType(
        NetlinkException.class, () -> socket.submit(List.of(requests)).orElseThrow());
  }

  private NetlinkException route(int type, Consumer<MessageWriter> body) {
    int flags = netlink.NLM_F_CREATE() | netlink.NLM_F_EXCL();
    try {
      return refusal(namespace.route(), Requests.of(type, flags, body));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void zeros(MessageWriter out, int octets) {
    for (int i = 0; i < octets; i++) {
      out.int8(0);
    }
  }

  @Test
  void ofALinksPeer() {
    NetlinkException e =
        route(
            rtnetlink.RTM_NEWLINK(),
            out -> {
              zeros(out, 16);
              int info = out.nest(rtnetlink.IFLA_LINKINFO());
              out.string(rtnetlink.IFLA_INFO_KIND(), "veth");
              int data = out.nest(rtnetlink.IFLA_INFO_DATA());
              int peer = out.nest(rtnetlink.VETH_INFO_PEER());
              zeros(out, 16);
              out.string(rtnetlink.IFLA_IFNAME(), "a-name-that-is-too-long");
              out.endNest(peer);
              out.endNest(data);
              out.endNest(info);
            });

    assertThat(e.attribute())
        .contains("IFLA_LINKINFO > IFLA_INFO_DATA > VETH_INFO_PEER > IFLA_IFNAME");
    assertThat(e)
        .hasMessageStartingWith("cannot try something in " + namespace + ": ERANGE")
        .hasMessageEndingWith("at IFLA_LINKINFO > IFLA_INFO_DATA > VETH_INFO_PEER > IFLA_IFNAME");
  }

  @Test
  void ofALinksAddressFamilies() {
    NetlinkException e =
        route(
            rtnetlink.RTM_NEWLINK(),
            out -> {
              out.int32(0);
              out.int32(1);
              zeros(out, 8);
              int families = out.nest(rtnetlink.IFLA_AF_SPEC());
              int inet6 = out.nest(10);
              out.u8(rtnetlink.IFLA_INET6_ADDR_GEN_MODE(), 99);
              out.endNest(inet6);
              out.endNest(families);
            });

    // Whether this kernel names the attribute or not, it is no other one.
    assertThat(e.attribute().orElse("IFLA_AF_SPEC > 10 > IFLA_INET6_ADDR_GEN_MODE"))
        .startsWith("IFLA_AF_SPEC");
  }

  @Test
  void ofAnAddressARouteANeighbourAndARule() {
    assertThat(
            route(
                    rtnetlink.RTM_NEWADDR(),
                    out -> {
                      out.int8(2);
                      zeros(out, 7);
                      out.u8(rtnetlink.IFA_FLAGS(), 1);
                    })
                .attribute())
        .contains("IFA_FLAGS");
    assertThat(
            route(
                    rtnetlink.RTM_NEWROUTE(),
                    out -> {
                      out.int8(2);
                      zeros(out, 11);
                      out.u8(rtnetlink.RTA_OIF(), 1);
                    })
                .attribute())
        .contains("RTA_OIF");
    assertThat(
            route(
                    rtnetlink.RTM_NEWNEIGH(),
                    out -> {
                      out.int8(2);
                      zeros(out, 11);
                      out.u8(rtnetlink.NDA_PROBES(), 1);
                    })
                .attribute())
        .contains("NDA_PROBES");
    assertThat(
            route(
                    rtnetlink.RTM_NEWRULE(),
                    out -> {
                      out.int8(2);
                      zeros(out, 11);
                      out.u8(rtnetlink.FRA_PRIORITY(), 1);
                    })
                .attribute())
        .contains("FRA_PRIORITY");
  }

  @Test
  void ofATransaction() {
    NftTable table = new NftTable(NftFamily.INET, "nosuch");
    Transaction transaction = new Transaction();
    transaction.deleteTable(table);

    assertThatThrownBy(() -> transaction.commit(netfilter))
        .isInstanceOfSatisfying(
            NetlinkException.class,
            e -> {
              assertThat(e.is(Errno.ENOENT)).isTrue();
              assertThat(e.attribute()).contains("NFTA_TABLE_NAME");
              assertThat(e.request()).isEqualTo("delete the table inet nosuch");
            });
  }

  @Test
  void ofAnExpressionInARule() throws IOException {
    Tools.run(namespace, "nft", "add table inet t; add chain inet t c");
    Consumer<MessageWriter> rule =
        out -> {
          out.int8(nftables.NFPROTO_INET());
          zeros(out, 3);
          out.string(nftables.NFTA_RULE_TABLE(), "t");
          out.string(nftables.NFTA_RULE_CHAIN(), "c");
          int list = out.nest(nftables.NFTA_RULE_EXPRESSIONS());
          int element = out.nest(nftables.NFTA_LIST_ELEM());
          out.string(nftables.NFTA_EXPR_NAME(), "meta");
          int data = out.nest(nftables.NFTA_EXPR_DATA());
          out.u8(nftables.NFTA_META_KEY(), 1);
          out.endNest(data);
          out.endNest(element);
          out.endNest(list);
        };
    int subsystem = nftables.NFNL_SUBSYS_NFTABLES();

    NetlinkException e =
        refusal(
            netfilter,
            mark(nftables.NFNL_MSG_BATCH_BEGIN()),
            Requests.of(subsystem << 8 | nftables.NFT_MSG_NEWRULE(), netlink.NLM_F_CREATE(), rule),
            mark(nftables.NFNL_MSG_BATCH_END()));

    // The kernel looks at the length of a meta key without naming the attribute; the walk must not
    // name another one.
    assertThat(e.attribute().orElse("NFTA_RULE_EXPRESSIONS")).startsWith("NFTA_RULE_EXPRESSIONS");
    MessageWriter writer = new MessageWriter();
    writer.begin(subsystem << 8 | nftables.NFT_MSG_NEWRULE(), 0, 1);
    rule.accept(writer);
    writer.end();
    assertThat(paths(NetlinkFamily.NETFILTER, writer))
        .contains(
            "NFTA_RULE_TABLE",
            "NFTA_RULE_EXPRESSIONS > NFTA_LIST_ELEM > NFTA_EXPR_NAME",
            "NFTA_RULE_EXPRESSIONS > NFTA_LIST_ELEM > NFTA_EXPR_DATA > NFTA_META_KEY");
  }

  private static Request mark(int type) {
    Request mark =
        Requests.of(
            type,
            0,
            out -> {
              out.int16(0);
              out.int16Be(nftables.NFNL_SUBSYS_NFTABLES());
            });
    return new Request() {
      @Override
      public int type() {
        return mark.type();
      }

      @Override
      public int flags() {
        return 0;
      }

      @Override
      public void encode(MessageWriter out) {
        mark.encode(out);
      }

      @Override
      public boolean acknowledged() {
        return false;
      }

      @Override
      public String describe() {
        return "mark a transaction";
      }
    };
  }

  @Test
  void ofATrackedConnection() throws IOException {
    int type = nftables.NFNL_SUBSYS_CTNETLINK() << 8 | conntrack.IPCTNL_MSG_CT_DELETE();
    NetlinkException e =
        refusal(
            netfilter,
            Requests.of(
                type,
                0,
                out -> {
                  out.int8(2);
                  zeros(out, 3);
                  out.u8(conntrack.CTA_MARK(), 1);
                }));
    assertThat(e.attribute()).contains("CTA_MARK");

    MessageWriter writer = new MessageWriter();
    writer.begin(type, 0, 1);
    zeros(writer, 4);
    for (int direction : new int[] {conntrack.CTA_TUPLE_ORIG(), conntrack.CTA_TUPLE_REPLY()}) {
      int tuple = writer.nest(direction);
      int addresses = writer.nest(conntrack.CTA_TUPLE_IP());
      writer.u32(conntrack.CTA_IP_V4_SRC(), 1);
      writer.endNest(addresses);
      int protocol = writer.nest(conntrack.CTA_TUPLE_PROTO());
      writer.u8(conntrack.CTA_PROTO_NUM(), 17);
      writer.endNest(protocol);
      writer.endNest(tuple);
    }
    writer.end();
    assertThat(paths(NetlinkFamily.NETFILTER, writer))
        .containsExactly(
            "CTA_TUPLE_ORIG",
            "CTA_TUPLE_ORIG > CTA_TUPLE_IP",
            "CTA_TUPLE_ORIG > CTA_TUPLE_IP > CTA_IP_V4_SRC",
            "CTA_TUPLE_ORIG > CTA_TUPLE_PROTO",
            "CTA_TUPLE_ORIG > CTA_TUPLE_PROTO > CTA_PROTO_NUM",
            "CTA_TUPLE_REPLY",
            "CTA_TUPLE_REPLY > CTA_TUPLE_IP",
            "CTA_TUPLE_REPLY > CTA_TUPLE_IP > CTA_IP_V4_SRC",
            "CTA_TUPLE_REPLY > CTA_TUPLE_PROTO",
            "CTA_TUPLE_REPLY > CTA_TUPLE_PROTO > CTA_PROTO_NUM");
  }

  @Test
  void ofWhatIsMissing() throws IOException {
    MessageWriter writer = new MessageWriter();
    writer.begin(rtnetlink.RTM_NEWLINK(), 0, 1);
    zeros(writer, 16);
    int info = writer.nest(rtnetlink.IFLA_LINKINFO());
    writer.string(rtnetlink.IFLA_INFO_KIND(), "vxlan");
    int data = writer.nest(rtnetlink.IFLA_INFO_DATA());
    writer.endNest(data);
    writer.endNest(info);
    writer.end();
    Message message = Message.of(writer.written());
    AttributeNames names = MessageAttributes.of(NetlinkFamily.ROUTE, message.type());

    // 36 and 4 + 8: behind the two headers and the kind, where IFLA_INFO_DATA begins.
    assertThat(names.path(message, 48)).isEqualTo("IFLA_LINKINFO > IFLA_INFO_DATA");
    assertThat(names.missing(message, 48, rtnetlink.IFLA_VXLAN_ID()))
        .isEqualTo("IFLA_LINKINFO > IFLA_INFO_DATA > IFLA_VXLAN_ID");
    assertThat(names.missing(message, 0, rtnetlink.IFLA_MTU())).isEqualTo("IFLA_MTU");
  }

  /** The paths of all attributes of a message, by asking about each offset. */
  private static List<String> paths(NetlinkFamily family, MessageWriter writer)
      throws MalformedMessageException {
    Message message = Message.of(writer.written());
    AttributeNames names = MessageAttributes.of(family, message.type());
    return IntStream.iterate(0, at -> at < message.length(), at -> at + 4)
        .mapToObj(at -> names.path(message, at))
        .filter(Objects::nonNull)
        .distinct()
        .toList();
  }
}
