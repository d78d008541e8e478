/**
 * Netlink sockets ({@code netlink(7)}): requests written into native memory in place, sent alone or
 * in batches, and what the kernel answers, with its errors turned into sentences.
 *
 * <p>A {@link dev.cnm.netlink.NetlinkSocket} belongs for ever to the network namespace of the
 * thread that opened it, and may be used from any thread. What is sent are {@link
 * dev.cnm.netlink.Request}s, which the packages {@code route}, {@code nft} and {@code conntrack}
 * make; a request of one's own needs nothing but a {@link dev.cnm.netlink.MessageWriter} and a
 * {@link dev.cnm.netlink.Message}:
 *
 * {@snippet :
 * try (NetlinkSocket socket = NetlinkSocket.open(NetlinkFamily.ROUTE)) {
 *   Links links = new Links(socket);
 *   links.create(LinkSpec.bridge("br0").up().build());
 *   for (Link link : links.list()) {
 *     System.out.println(link.name());
 *   }
 * }
 * }
 */
package dev.cnm.netlink;
