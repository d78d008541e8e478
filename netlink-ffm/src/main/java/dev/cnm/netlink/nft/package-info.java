/**
 * nftables ({@code nft(8)}, linux/netfilter/nf_tables.h): tables, chains, sets, maps and rules,
 * changed in transactions that the kernel carries out whole or not at all.
 *
 * {@snippet :
 * NftTable table = new NftTable(NftFamily.INET, "example");
 * Transaction transaction = new Transaction();
 * transaction.createTable(table);
 * transaction.addChain(table, Chain.base("out", Chain.Type.NAT, Chain.Hook.POSTROUTING, 100));
 * transaction.addRule(table, "out", List.of(new Expression.Masquerade()), "all of it");
 * try (NetlinkSocket socket = NetlinkSocket.open(NetlinkFamily.NETFILTER)) {
 *   transaction.commit(socket);
 * }
 * }
 *
 * <p>Keep the socket: closing one after a transaction that deletes something waits for a grace
 * period.
 */
package dev.cnm.netlink.nft;
