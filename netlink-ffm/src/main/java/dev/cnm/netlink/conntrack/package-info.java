/**
 * Connection tracking ({@code conntrack(8)}, net/netfilter/nf_conntrack_netlink.c): the flows that
 * the kernel knows, and having it forget some of them.
 *
 * <p>Rules for address translation are asked about the first packet of a connection only; the
 * others go where the first one went. So when a published port goes, moves to another container or
 * comes to cover a port that was in use before, datagrams of old flows go on to the old place until
 * those flows are deleted. First change the rules, then delete:
 *
 * {@snippet :
 * try (NetlinkSocket socket = host.openSocket(NetlinkFamily.NETFILTER)) {
 *   int udp = 17;
 *   new Conntrack(socket)
 *       .delete(
 *           AddressFamily.IPV4,
 *           flow -> flow.wasSentTo(udp, hostAddress, 53) && flow.isAnsweredBy(container));
 * }
 * }
 */
package dev.cnm.netlink.conntrack;
