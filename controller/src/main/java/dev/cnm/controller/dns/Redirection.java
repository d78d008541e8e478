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
import dev.cnm.netlink.nft.Ruleset;
import dev.cnm.netlink.nft.Ruleset.BaseChain;
import dev.cnm.netlink.nft.Transaction;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The table {@code ip cnm-dns} in a sandbox's namespace: it leads port 53 of the resolver's address
 * to the ports that the resolver listens at, so that port 53 is the sandbox's own. Safe for use by
 * several threads.
 */
final class Redirection implements AutoCloseable {

  private static final NftTable TABLE = new NftTable(NftFamily.IP, "cnm-dns");
  private static final String CHAIN = "output";
  private static final int RULES = 2;

  /** {@code NF_IP_PRI_NAT_DST} of linux/netfilter_ipv4.h. */
  private static final int DESTINATION_NAT_PRIORITY = -100;

  /** Of linux/netfilter.h. */
  private static final int NFPROTO_IPV4 = 2;

  private static final int NETWORK_HEADER = 1;
  private static final int TRANSPORT_HEADER = 2;
  private static final int DESTINATION_ADDRESS = 16;
  private static final int DESTINATION_PORT = 2;
  private static final int TCP = 6;
  private static final int UDP = 17;

  private final NetlinkSocket socket;
  private final InetAddress address;
  private final int udpPort;
  private final int tcpPort;
  private final ReentrantLock lock = new ReentrantLock();

  /** {@link Ruleset#generation} when it was last seen whole. */
  private int seen;

  private Redirection(NetlinkSocket socket, InetAddress address, int udpPort, int tcpPort) {
    this.socket = socket;
    this.address = address;
    this.udpPort = udpPort;
    this.tcpPort = tcpPort;
  }

  /**
   * Puts it in place of the one that may be there from another resolver.
   *
   * @param socket closed with it
   */
  static Redirection establish(NetlinkSocket socket, InetAddress address, int udpPort, int tcpPort)
      throws IOException {
    Redirection made = new Redirection(socket, address, udpPort, tcpPort);
    try {
      Transaction first = new Transaction();
      made.addTo(first);
      first.commit(socket);
    } catch (NetlinkException e) {
      if (!e.is(Errno.EEXIST)) {
        throw e;
      }
      made.replace();
    }
    made.seen = new Ruleset(socket).generation();
    return made;
  }

  private void replace() throws IOException {
    Transaction next = new Transaction();
    // Whether it is there or not.
    next.addTable(TABLE);
    next.deleteTable(TABLE);
    addTo(next);
    next.commit(socket);
  }

  /**
   * Puts back what somebody inside has taken away, such as by {@code nft flush ruleset}. As long as
   * nobody has changed anything, one short question tells.
   *
   * @return whether something was missing
   * @throws IOException if the kernel refuses
   */
  boolean restore() throws IOException {
    lock.lock();
    try {
      Ruleset ruleset = new Ruleset(socket);
      int now = ruleset.generation();
      if (now == seen) {
        return false;
      }
      boolean missing = !isWhole(ruleset);
      if (missing) {
        replace();
        now = ruleset.generation();
      }
      seen = now;
      return missing;
    } finally {
      lock.unlock();
    }
  }

  /** Whether there is one in the namespace of {@code ruleset}, wherever it leads. */
  static boolean isWhole(Ruleset ruleset) throws IOException {
    return ruleset.baseChains().stream().anyMatch(Redirection::isOurs)
        && ruleset.rules(TABLE).stream().filter(it -> it.chain().equals(CHAIN)).count() == RULES;
  }

  private static boolean isOurs(BaseChain chain) {
    return chain.family() == NFPROTO_IPV4
        && chain.table().equals(TABLE.name())
        && chain.name().equals(CHAIN)
        && !chain.drop();
  }

  /** Takes it away, if it is there. */
  void remove() throws IOException {
    Transaction only = new Transaction();
    only.addTable(TABLE);
    only.deleteTable(TABLE);
    only.commit(socket);
  }

  /** Closes the socket; the table stays. */
  @Override
  public void close() {
    socket.close();
  }

  private void addTo(Transaction transaction) {
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
