package dev.cnm.controller.dns;

import dev.cnm.netlink.Errno;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.nft.Chain;
import dev.cnm.netlink.nft.Expression;
import dev.cnm.netlink.nft.Expression.Compare;
import dev.cnm.netlink.nft.Expression.Immediate;
import dev.cnm.netlink.nft.Expression.Meta;
import dev.cnm.netlink.nft.Expression.Nat;
import dev.cnm.netlink.nft.Expression.Payload;
import dev.cnm.netlink.nft.Field;
import dev.cnm.netlink.nft.NftFamily;
import dev.cnm.netlink.nft.NftTable;
import dev.cnm.netlink.nft.Transaction;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.OptionalInt;

/**
 * The table {@code ip cnm-dns} in a sandbox's namespace: it leads port 53 of the resolver's address
 * to the ports that the resolver listens at, so that port 53 is the sandbox's own.
 */
final class Redirection {

  private static final NftTable TABLE = new NftTable(NftFamily.IP, "cnm-dns");
  private static final String CHAIN = "output";

  /** {@code NF_IP_PRI_NAT_DST} of linux/netfilter_ipv4.h. */
  private static final int DESTINATION_NAT_PRIORITY = -100;

  private static final int NETWORK_HEADER = 1;
  private static final int TRANSPORT_HEADER = 2;
  private static final int DESTINATION_ADDRESS = 16;
  private static final int DESTINATION_PORT = 2;
  private static final int TCP = 6;
  private static final int UDP = 17;

  private Redirection() {}

  /** Puts it in place of the one that may be there from another resolver. */
  static void establish(NetlinkSocket socket, InetAddress address, int udpPort, int tcpPort)
      throws IOException {
    try {
      Transaction first = new Transaction();
      add(first, address, udpPort, tcpPort);
      first.commit(socket);
    } catch (NetlinkException e) {
      if (!e.is(Errno.EEXIST)) {
        throw e;
      }
      Transaction next = new Transaction();
      next.deleteTable(TABLE);
      add(next, address, udpPort, tcpPort);
      next.commit(socket);
    }
  }

  /** Takes it away, if it is there. */
  static void remove(NetlinkSocket socket) throws IOException {
    Transaction only = new Transaction();
    only.deleteTable(TABLE);
    try {
      only.commit(socket);
    } catch (NetlinkException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
  }

  private static void add(Transaction transaction, InetAddress address, int udpPort, int tcpPort) {
    transaction.createTable(TABLE);
    transaction.addChain(
        TABLE, Chain.base(CHAIN, Chain.Type.NAT, Chain.Hook.OUTPUT, DESTINATION_NAT_PRIORITY));
    transaction.addRule(TABLE, CHAIN, rule(address, UDP, udpPort), "to the resolver, by UDP");
    transaction.addRule(TABLE, CHAIN, rule(address, TCP, tcpPort), "to the resolver, by TCP");
  }

  private static List<Expression> rule(InetAddress address, int protocol, int port) {
    return List.of(
        new Payload(NETWORK_HEADER, DESTINATION_ADDRESS, 4, 0),
        new Compare(0, true, Field.address(address)),
        new Meta(Meta.L4PROTO, 0),
        new Compare(0, true, Field.protocol(protocol)),
        new Payload(TRANSPORT_HEADER, DESTINATION_PORT, 2, 0),
        new Compare(0, true, Field.port(Resolver.PORT)),
        new Immediate(0, Field.address(address)),
        new Immediate(1, Field.port(port)),
        new Nat(true, NftFamily.IP, 0, OptionalInt.of(1)));
  }
}
