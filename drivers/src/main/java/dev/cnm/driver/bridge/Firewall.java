package dev.cnm.driver.bridge;

import dev.cnm.netlink.Errno;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.nft.Chain;
import dev.cnm.netlink.nft.Element;
import dev.cnm.netlink.nft.Expression;
import dev.cnm.netlink.nft.Expression.Compare;
import dev.cnm.netlink.nft.Expression.Connection;
import dev.cnm.netlink.nft.Expression.Decide;
import dev.cnm.netlink.nft.Expression.Lookup;
import dev.cnm.netlink.nft.Expression.Masquerade;
import dev.cnm.netlink.nft.Expression.Meta;
import dev.cnm.netlink.nft.Field;
import dev.cnm.netlink.nft.FieldType;
import dev.cnm.netlink.nft.NftFamily;
import dev.cnm.netlink.nft.NftSet;
import dev.cnm.netlink.nft.NftTable;
import dev.cnm.netlink.nft.Transaction;
import dev.cnm.netlink.nft.Verdict;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The table {@code inet cnm} of one host. Its rules are the same whatever the number of networks; a
 * network is an element in some of its sets, with its name as comment. Safe for use by several
 * threads, and by several processes: each change is one transaction, and none depends on a list
 * that was read before.
 */
final class Firewall {

  private static final NftTable TABLE = new NftTable(NftFamily.INET, "cnm");

  private static final String BRIDGES = "bridges";
  private static final String WITHIN = "within";
  private static final String INTERNAL = "internal";
  private static final String MASQUERADED = "masqueraded";

  private static final int FILTER_PRIORITY = 0;
  private static final int SOURCE_NAT_PRIORITY = 100;

  /** Where a link's name is loaded to; the second one goes behind it. */
  private static final int FIRST = 0;

  private static final int SECOND = FieldType.IFNAME.length() / 4;

  private final NetlinkSocket socket;

  Firewall(NetlinkSocket socket) {
    this.socket = socket;
  }

  /**
   * Lets a network's traffic pass, or keeps it in.
   *
   * @param network the network's name
   */
  void add(String network, String bridge, boolean internal, boolean masquerade) throws IOException {
    Map<String, Element> elements = elements(network, bridge, internal, masquerade);
    Transaction joining = new Transaction();
    addElements(joining, elements);
    if (commitIfThere(joining)) {
      return;
    }
    Transaction founding = new Transaction();
    found(founding);
    addElements(founding, elements);
    try {
      founding.commit(socket);
    } catch (NetlinkException e) {
      if (!e.is(Errno.EEXIST)) {
        throw e;
      }
      // Another process was faster.
      joining.commit(socket);
    }
  }

  /** Removes what {@link #add} added; what is gone already is no error. */
  void remove(String network, String bridge) throws IOException {
    for (boolean internal : new boolean[] {false, true}) {
      for (Map.Entry<String, Element> element :
          elements(network, bridge, internal, true).entrySet()) {
        Transaction leaving = new Transaction();
        leaving.deleteElements(TABLE, element.getKey(), List.of(element.getValue()));
        commitIfThere(leaving);
      }
    }
  }

  private static Map<String, Element> elements(
      String network, String bridge, boolean internal, boolean masquerade) {
    Field name = Field.ifname(bridge);
    Map<String, Element> elements = new LinkedHashMap<>();
    elements.put(BRIDGES, Element.of(name, network));
    elements.put(WITHIN, Element.of(Field.join(name, name), network));
    if (internal) {
      elements.put(INTERNAL, Element.of(name, network));
    } else if (masquerade) {
      elements.put(MASQUERADED, Element.of(name, network));
    }
    return elements;
  }

  private static void addElements(Transaction transaction, Map<String, Element> elements) {
    elements.forEach((set, element) -> transaction.addElements(TABLE, set, List.of(element)));
  }

  /** Returns false if the table, the set or the element isn't there: nothing was changed. */
  private boolean commitIfThere(Transaction transaction) throws IOException {
    try {
      transaction.commit(socket);
      return true;
    } catch (NetlinkException e) {
      if (e.is(Errno.ENOENT)) {
        return false;
      }
      throw e;
    }
  }

  private static void found(Transaction transaction) {
    transaction.createTable(TABLE);
    transaction.addSet(TABLE, NftSet.of(BRIDGES, "the bridges of all networks", FieldType.IFNAME));
    transaction.addSet(
        TABLE, NftSet.of(WITHIN, "from a bridge to the same", FieldType.IFNAME, FieldType.IFNAME));
    transaction.addSet(
        TABLE, NftSet.of(INTERNAL, "networks that nothing leaves or enters", FieldType.IFNAME));
    transaction.addSet(
        TABLE,
        NftSet.of(MASQUERADED, "networks that leave with the host's address", FieldType.IFNAME));
    forward(transaction);
    postrouting(transaction);
  }

  private static void forward(Transaction transaction) {
    String chain = "forward";
    transaction.addChain(
        TABLE, Chain.base(chain, Chain.Type.FILTER, Chain.Hook.FORWARD, FILTER_PRIORITY));
    transaction.addRule(
        TABLE,
        chain,
        List.of(
            new Connection(Connection.STATE, FIRST),
            new Expression.Bitwise(
                FIRST, Field.int32(Connection.ESTABLISHED_OR_RELATED), Field.int32(0)),
            new Compare(FIRST, false, Field.int32(0)),
            new Decide(new Verdict.Accept())),
        "answers");
    transaction.addRule(
        TABLE,
        chain,
        List.of(
            new Meta(Meta.IIFNAME, FIRST),
            new Meta(Meta.OIFNAME, SECOND),
            new Lookup(WITHIN, FIRST, false, OptionalInt.empty()),
            new Decide(new Verdict.Accept())),
        "within one network");
    for (int direction : new int[] {Meta.IIFNAME, Meta.OIFNAME}) {
      transaction.addRule(
          TABLE,
          chain,
          List.of(
              new Meta(direction, FIRST),
              new Lookup(INTERNAL, FIRST, false, OptionalInt.empty()),
              new Decide(new Verdict.Drop())),
          direction == Meta.IIFNAME ? "no way out" : "no way in");
    }
    transaction.addRule(
        TABLE,
        chain,
        List.of(
            new Meta(Meta.IIFNAME, FIRST),
            new Lookup(BRIDGES, FIRST, false, OptionalInt.empty()),
            new Meta(Meta.OIFNAME, FIRST),
            new Lookup(BRIDGES, FIRST, false, OptionalInt.empty()),
            new Decide(new Verdict.Drop())),
        "networks are apart");
  }

  private static void postrouting(Transaction transaction) {
    String chain = "postrouting";
    transaction.addChain(
        TABLE, Chain.base(chain, Chain.Type.NAT, Chain.Hook.POSTROUTING, SOURCE_NAT_PRIORITY));
    transaction.addRule(
        TABLE,
        chain,
        List.of(
            new Meta(Meta.IIFNAME, FIRST),
            new Lookup(MASQUERADED, FIRST, false, OptionalInt.empty()),
            new Meta(Meta.OIFNAME, FIRST),
            new Lookup(BRIDGES, FIRST, true, OptionalInt.empty()),
            new Masquerade()),
        "to the outside");
  }
}
