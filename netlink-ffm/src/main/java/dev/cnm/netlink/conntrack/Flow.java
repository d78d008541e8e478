package dev.cnm.netlink.conntrack;

import dev.cnm.netlink.AttributeCursor;
import dev.cnm.netlink.MalformedMessageException;
import dev.cnm.netlink.Message;
import dev.cnm.netlink.gen.conntrack;
import dev.cnm.netlink.gen.nftables;
import java.net.InetAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A tracked connection as it was when the kernel told of it ({@code IPCTNL_MSG_CT_NEW}): two
 * tuples, which mirror each other unless addresses or ports are translated in between.
 *
 * @param original what the packets of who began it look like, before any translation
 * @param reply what the packets of the answer look like, before it is translated back: its source
 *     is who really answers
 * @param zone the conntrack zone that it is tracked in, 0 to 65535; 0 unless a rule says otherwise
 * @param status the {@code IPS_} bits of linux/netfilter/nf_conntrack_common.h
 * @param mark the connection's mark; 0 if it has none
 * @param id a number that a later flow with the same tuples hardly ever has too ({@code CTA_ID};
 *     {@code nf_ct_get_id} of net/netfilter/nf_conntrack_core.c)
 * @param timeout how long from then on the kernel would remember it without another packet
 */
public record Flow(
    FlowTuple original, FlowTuple reply, int zone, int status, int mark, int id, Duration timeout) {

  /** {@code sizeof(struct nfgenmsg)}. */
  static final int HEADER_LENGTH = 4;

  /** Whether it was answered ({@code IPS_SEEN_REPLY}). */
  public boolean isAnswered() {
    return (status & nftables.IPS_SEEN_REPLY()) != 0;
  }

  /** Whether the source of its packets is translated, as by masquerading ({@code IPS_SRC_NAT}). */
  public boolean isSourceTranslated() {
    return (status & nftables.IPS_SRC_NAT()) != 0;
  }

  /** Whether their destination is, as by publishing a port ({@code IPS_DST_NAT}). */
  public boolean isDestinationTranslated() {
    return (status & nftables.IPS_DST_NAT()) != 0;
  }

  /**
   * Whether its first packet was sent to this port of this address, whoever got it in the end.
   *
   * @param protocol the number of a protocol with ports, such as 17 for UDP
   * @param address the address; an unspecified one (0.0.0.0, ::) stands for any of its family
   * @param port the port, 0 to 65535
   */
  public boolean wasSentTo(int protocol, InetAddress address, int port) {
    return original.transport() instanceof FlowTuple.Transport.Ports ports
        && ports.protocol() == protocol
        && ports.destination() == port
        && (address.isAnyLocalAddress()
            ? address.getAddress().length == original.destination().getAddress().length
            : address.equals(original.destination()));
  }

  /** Whether this address is the one that answers: behind a published port, the container's. */
  public boolean isAnsweredBy(InetAddress address) {
    return reply.source().equals(address);
  }

  /** Decodes a message; null if it tells of no flow. */
  static @Nullable Flow decode(Message message) throws MalformedMessageException {
    // Listing answers with "new", there is no other type for it (ctnetlink_fill_info).
    if (message.type() != (nftables.NFNL_SUBSYS_CTNETLINK() << 8 | conntrack.IPCTNL_MSG_CT_NEW())) {
      return null;
    }
    FlowTuple original = null;
    FlowTuple reply = null;
    int zone = 0;
    int status = 0;
    int mark = 0;
    int id = 0;
    Duration timeout = Duration.ZERO;
    AttributeCursor attributes = message.attributes(HEADER_LENGTH);
    while (attributes.next()) {
      int type = attributes.type();
      if (type == conntrack.CTA_TUPLE_ORIG()) {
        original = FlowTuple.decode(attributes.nested());
      } else if (type == conntrack.CTA_TUPLE_REPLY()) {
        reply = FlowTuple.decode(attributes.nested());
      } else if (type == conntrack.CTA_ZONE()) {
        zone = attributes.u16Be();
      } else if (type == conntrack.CTA_STATUS()) {
        status = attributes.u32Be();
      } else if (type == conntrack.CTA_MARK()) {
        mark = attributes.u32Be();
      } else if (type == conntrack.CTA_ID()) {
        id = attributes.u32Be();
      } else if (type == conntrack.CTA_TIMEOUT()) {
        timeout = Duration.ofSeconds(Integer.toUnsignedLong(attributes.u32Be()));
      }
    }
    if (original == null || reply == null) {
      throw new MalformedMessageException("a flow without its two tuples");
    }
    return new Flow(original, reply, zone, status, mark, id, timeout);
  }
}
