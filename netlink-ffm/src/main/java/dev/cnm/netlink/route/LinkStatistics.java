package dev.cnm.netlink.route;

import dev.cnm.netlink.AttributeCursor;
import dev.cnm.netlink.MalformedMessageException;
import dev.cnm.netlink.Message;
import dev.cnm.netlink.gen.rtnetlink;
import dev.cnm.netlink.gen.rtnl_link_stats64;
import org.jspecify.annotations.Nullable;

/**
 * What has gone through a link since it was made ({@code struct rtnl_link_stats64} of
 * linux/if_link.h). Each number is unsigned and starts again at 0 after 2^64 - 1.
 *
 * @param receivedPackets packets that came in
 * @param receivedBytes octets that came in; of most links with link-layer headers, of the loopback
 *     link without
 * @param receiveErrors packets that came in damaged
 * @param receiveDropped packets that came in and had no room, or nobody to take them
 * @param sentPackets packets that went out
 * @param sentBytes octets that went out, likewise
 * @param sendErrors packets that could not be sent
 * @param sendDropped packets that had no room to wait to be sent
 */
public record LinkStatistics(
    long receivedPackets,
    long receivedBytes,
    long receiveErrors,
    long receiveDropped,
    long sentPackets,
    long sentBytes,
    long sendErrors,
    long sendDropped) {

  static @Nullable LinkStatistics decode(Message message) throws MalformedMessageException {
    if (message.type() != rtnetlink.RTM_NEWLINK()) {
      return null;
    }
    AttributeCursor attributes = message.attributes(Link.HEADER_LENGTH);
    while (attributes.next()) {
      if (attributes.type() == rtnetlink.IFLA_STATS64()) {
        return new LinkStatistics(
            attributes.u64((int) rtnl_link_stats64.rx_packets$offset()),
            attributes.u64((int) rtnl_link_stats64.rx_bytes$offset()),
            attributes.u64((int) rtnl_link_stats64.rx_errors$offset()),
            attributes.u64((int) rtnl_link_stats64.rx_dropped$offset()),
            attributes.u64((int) rtnl_link_stats64.tx_packets$offset()),
            attributes.u64((int) rtnl_link_stats64.tx_bytes$offset()),
            attributes.u64((int) rtnl_link_stats64.tx_errors$offset()),
            attributes.u64((int) rtnl_link_stats64.tx_dropped$offset()));
      }
    }
    return null;
  }
}
