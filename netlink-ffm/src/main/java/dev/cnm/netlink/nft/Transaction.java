package dev.cnm.netlink.nft;

import dev.cnm.netlink.BatchResult;
import dev.cnm.netlink.Errno;
import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.Outcome;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.gen.netlink;
import dev.cnm.netlink.gen.nftables;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Changes to nftables that the kernel carries out whole or not at all (net/netfilter/nfnetlink.c,
 * {@code nfnetlink_rcv_batch}). For use by one thread; it may be committed again.
 */
public final class Transaction {

  /** libnftnl's {@code enum nftnl_udata_set_types}. */
  private static final int SET_KEY_BYTE_ORDER = 0;

  private static final int SET_DATA_BYTE_ORDER = 1;
  private static final int SET_KEY_TYPEOF = 3;
  private static final int SET_COMMENT = 7;

  private final List<Request> requests = new ArrayList<>();

  /** Those of the requests that may find nothing. */
  private final Set<Request> optional = Collections.newSetFromMap(new IdentityHashMap<>());

  /** Begins with no change. */
  public Transaction() {
    requests.add(new Mark(nftables.NFNL_MSG_BATCH_BEGIN(), "begin a transaction"));
  }

  /** Creates a table; if there is one of that name, the transaction fails with {@code EEXIST}. */
  public void createTable(NftTable table) {
    change(
        nftables.NFT_MSG_NEWTABLE(),
        netlink.NLM_F_CREATE() | netlink.NLM_F_EXCL(),
        table,
        () -> "create the table " + table,
        out -> out.string(nftables.NFTA_TABLE_NAME(), table.name()));
  }

  /** Adds a table, if there is none of that name. */
  public void addTable(NftTable table) {
    change(
        nftables.NFT_MSG_NEWTABLE(),
        netlink.NLM_F_CREATE(),
        table,
        () -> "add the table " + table,
        out -> out.string(nftables.NFTA_TABLE_NAME(), table.name()));
  }

  /** Deletes a table with all that is in it. */
  public void deleteTable(NftTable table) {
    change(
        nftables.NFT_MSG_DELTABLE(),
        0,
        table,
        () -> "delete the table " + table,
        out -> out.string(nftables.NFTA_TABLE_NAME(), table.name()));
  }

  /** Adds a chain, if there is none of that name. */
  public void addChain(NftTable table, Chain chain) {
    change(
        nftables.NFT_MSG_NEWCHAIN(),
        netlink.NLM_F_CREATE(),
        table,
        () -> "add the chain " + chain.name() + " to the table " + table,
        out -> {
          out.string(nftables.NFTA_CHAIN_TABLE(), table.name());
          out.string(nftables.NFTA_CHAIN_NAME(), chain.name());
          chain
              .base()
              .ifPresent(base -> {
                int hook = out.nest(nftables.NFTA_CHAIN_HOOK());
                out.u32Be(nftables.NFTA_HOOK_HOOKNUM(), base.hook().number());
                out.u32Be(nftables.NFTA_HOOK_PRIORITY(), base.priority());
                out.endNest(hook);
                out.u32Be(
                    nftables.NFTA_CHAIN_POLICY(),
                    base.drop() ? nftables.NF_DROP() : nftables.NF_ACCEPT());
                out.string(nftables.NFTA_CHAIN_TYPE(), base.type().toString());
              });
          comment(out, nftables.NFTA_CHAIN_USERDATA(), chain.comment());
        });
  }

  /** Adds a set or map, if there is none of that name. */
  public void addSet(NftTable table, NftSet set) {
    int id = requests.size();
    change(
        nftables.NFT_MSG_NEWSET(),
        netlink.NLM_F_CREATE(),
        table,
        () -> "add the set " + set.name() + " to the table " + table,
        out -> encode(out, table, set, id));
  }

  private static void encode(MessageWriter out, NftTable table, NftSet set, int id) {
    out.string(nftables.NFTA_SET_TABLE(), table.name());
    out.string(nftables.NFTA_SET_NAME(), set.name());
    int flags = set.interval() ? nftables.NFT_SET_INTERVAL() : 0;
    if (set.data().isPresent()) {
      flags |= nftables.NFT_SET_MAP();
    }
    // As nft has it: of joined fields only where each has a range of its own. A set that nft has
    // loaded again is to be the same one (nft_set_is_same of net/netfilter/nf_tables_api.c).
    boolean described = set.interval() && set.key().size() > 1;
    if (described) {
      flags |= nftables.NFT_SET_CONCAT();
    }
    out.u32Be(nftables.NFTA_SET_FLAGS(), flags);
    out.u32Be(nftables.NFTA_SET_KEY_TYPE(), NftSet.typeNumber(set.key()));
    out.u32Be(nftables.NFTA_SET_KEY_LEN(), NftSet.length(set.key()));
    set.data()
        .ifPresent(data -> {
          switch (data) {
            case NftSet.Data.Fields(List<FieldType> types) -> {
              out.u32Be(nftables.NFTA_SET_DATA_TYPE(), NftSet.typeNumber(types));
              out.u32Be(nftables.NFTA_SET_DATA_LEN(), NftSet.length(types));
            }
            case NftSet.Data.Verdicts() ->
                out.u32Be(nftables.NFTA_SET_DATA_TYPE(), nftables.NFT_DATA_VERDICT());
          }
        });
    out.u32Be(nftables.NFTA_SET_ID(), id);
    if (described) {
      int description = out.nest(nftables.NFTA_SET_DESC());
      int fields = out.nest(nftables.NFTA_SET_DESC_CONCAT());
      for (FieldType field : set.key()) {
        int element = out.nest(nftables.NFTA_LIST_ELEM());
        out.u32Be(nftables.NFTA_SET_FIELD_LEN(), field.length());
        out.endNest(element);
      }
      out.endNest(fields);
      out.endNest(description);
    }
    userData(out, set);
  }

  /** What {@code nft} needs to print the elements: in which order their octets stand, and why. */
  private static void userData(MessageWriter out, NftSet set) {
    ByteBuffer data = ByteBuffer.allocate(UserData.LENGTH).order(ByteOrder.nativeOrder());
    byteOrder(data, SET_KEY_BYTE_ORDER, set.key());
    if (set.data().isPresent()
        && set.data().get() instanceof NftSet.Data.Fields(List<FieldType> types)) {
      byteOrder(data, SET_DATA_BYTE_ORDER, types);
    }
    if (set.key().contains(FieldType.ND_TARGET)) {
      KeySource.write(data, SET_KEY_TYPEOF, set.key());
    }
    UserData.comment(data, SET_COMMENT, set.comment());
    if (data.position() > 0) {
      out.bytes(nftables.NFTA_SET_USERDATA(), Arrays.copyOf(data.array(), data.position()));
    }
  }

  /** Fields that stand together are in network order; nft knows that without being told. */
  private static void byteOrder(ByteBuffer data, int type, List<FieldType> fields) {
    if (fields.size() == 1) {
      data.put((byte) type).put((byte) Integer.BYTES).putInt(fields.getFirst().byteOrder());
    }
  }

  /**
   * Adds elements to a set or map. One that is there already is left as it is; if it leads to
   * something else, the transaction fails with {@code EEXIST}.
   */
  public void addElements(NftTable table, String set, List<Element> elements) {
    for (Element element : elements) {
      element(nftables.NFT_MSG_NEWSETELEM(), netlink.NLM_F_CREATE(), "add", table, set, element);
    }
  }

  /**
   * Adds elements to a set or map; if one of the same key is there already, the transaction fails
   * with {@code EEXIST}.
   */
  public void createElements(NftTable table, String set, List<Element> elements) {
    for (Element element : elements) {
      element(
          nftables.NFT_MSG_NEWSETELEM(),
          netlink.NLM_F_CREATE() | netlink.NLM_F_EXCL(),
          "create",
          table,
          set,
          element);
    }
  }

  /** Deletes elements of a set or map; if one is missing, the transaction fails. */
  public void deleteElements(NftTable table, String set, List<Element> elements) {
    for (Element element : elements) {
      element(nftables.NFT_MSG_DELSETELEM(), 0, "delete", table, set, element);
    }
  }

  /** Deletes elements of a set or map; what is missing, be it the table itself, is no error. */
  public void deleteElementsIfThere(NftTable table, String set, List<Element> elements) {
    int first = requests.size();
    deleteElements(table, set, elements);
    optional.addAll(requests.subList(first, requests.size()));
  }

  /** A message for each element, so that the kernel's refusal names it. */
  private void element(
      int message, int flags, String verb, NftTable table, String set, Element element) {
    change(
        message,
        flags,
        table,
        () -> verb + " the element " + element.describe() + " of " + set + " of the table " + table,
        out -> {
          out.string(nftables.NFTA_SET_ELEM_LIST_TABLE(), table.name());
          out.string(nftables.NFTA_SET_ELEM_LIST_SET(), set);
          int list = out.nest(nftables.NFTA_SET_ELEM_LIST_ELEMENTS());
          encode(out, element);
          out.endNest(list);
        });
  }

  private static void encode(MessageWriter out, Element element) {
    int nest = out.nest(nftables.NFTA_LIST_ELEM());
    element.key().encode(out, nftables.NFTA_SET_ELEM_KEY());
    element.last().ifPresent(last -> last.encode(out, nftables.NFTA_SET_ELEM_KEY_END()));
    element
        .value()
        .ifPresent(value -> {
          switch (value) {
            case Element.Value.Fields(Field field) ->
                field.encode(out, nftables.NFTA_SET_ELEM_DATA());
            case Element.Value.Decision(Verdict verdict) ->
                verdict.encode(out, nftables.NFTA_SET_ELEM_DATA());
          }
        });
    comment(out, nftables.NFTA_SET_ELEM_USERDATA(), element.comment());
    out.endNest(nest);
  }

  /** Deletes the rules of a chain; the chain stays. */
  public void deleteRules(NftTable table, String chain) {
    change(
        nftables.NFT_MSG_DELRULE(),
        0,
        table,
        () -> "delete the rules of the chain " + chain + " of the table " + table,
        out -> {
          out.string(nftables.NFTA_RULE_TABLE(), table.name());
          out.string(nftables.NFTA_RULE_CHAIN(), chain);
        });
  }

  /**
   * Adds a rule behind the others of its chain.
   *
   * @param comment for who lists it; empty for none
   */
  public void addRule(NftTable table, String chain, List<Expression> expressions, String comment) {
    change(
        nftables.NFT_MSG_NEWRULE(),
        netlink.NLM_F_CREATE() | netlink.NLM_F_APPEND(),
        table,
        () -> "add a rule to the chain " + chain + " of the table " + table,
        out -> {
          out.string(nftables.NFTA_RULE_TABLE(), table.name());
          out.string(nftables.NFTA_RULE_CHAIN(), chain);
          int list = out.nest(nftables.NFTA_RULE_EXPRESSIONS());
          for (Expression expression : expressions) {
            expression.encode(out);
          }
          out.endNest(list);
          comment(out, nftables.NFTA_RULE_USERDATA(), comment);
        });
  }

  private static void comment(MessageWriter out, int attribute, String text) {
    if (!text.isEmpty()) {
      ByteBuffer data = ByteBuffer.allocate(UserData.LENGTH);
      UserData.comment(data, UserData.COMMENT, text);
      out.bytes(attribute, Arrays.copyOf(data.array(), data.position()));
    }
  }

  private void change(
      int message,
      int flags,
      NftTable table,
      Supplier<String> description,
      Consumer<MessageWriter> body) {
    requests.add(
        new Change(
            nftables.NFNL_SUBSYS_NFTABLES() << 8 | message,
            flags,
            table.family().number(),
            description,
            body));
  }

  /**
   * Has the kernel carry out the changes.
   *
   * @param socket of the family {@code NETFILTER}
   * @throws dev.cnm.netlink.NetlinkException if the kernel refuses one: nothing was changed; the
   *     message names it
   * @throws IOException if the socket fails
   */
  public void commit(NetlinkSocket socket) throws IOException {
    List<Request> changes = requests;
    while (changes.size() > 1) {
      List<Request> batch = new ArrayList<>(changes);
      batch.add(new Mark(nftables.NFNL_MSG_BATCH_END(), "end a transaction"));
      BatchResult result = socket.submit(batch);
      List<Request> left = withoutMissing(changes, result);
      if (left.size() == changes.size()) {
        result.orElseThrow();
        return;
      }
      changes = left;
    }
  }

  /** The requests without the optional ones that found nothing to delete. */
  private List<Request> withoutMissing(List<Request> changes, BatchResult result) {
    if (optional.isEmpty()) {
      return changes;
    }
    List<Request> left = new ArrayList<>(changes.size());
    for (int i = 0; i < changes.size(); i++) {
      boolean missing =
          optional.contains(changes.get(i))
              && result.outcomes().get(i) instanceof Outcome.Failed failed
              && failed.reason().is(Errno.ENOENT);
      if (!missing) {
        left.add(changes.get(i));
      }
    }
    return left;
  }

  /** {@code struct nfgenmsg} of linux/netfilter/nfnetlink.h. */
  private static void header(MessageWriter out, int family, int resource) {
    out.int8(family);
    out.int8(nftables.NFNETLINK_V0());
    out.int16Be(resource);
  }

  private record Mark(int type, String describe) implements Request {

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public boolean acknowledged() {
      return false;
    }

    @Override
    public void encode(MessageWriter out) {
      header(out, 0, nftables.NFNL_SUBSYS_NFTABLES());
    }
  }

  /** A change; what it does is put into words only if the kernel refuses it. */
  private record Change(
      int type, int flags, int family, Supplier<String> description, Consumer<MessageWriter> body)
      implements Request {

    @Override
    public String describe() {
      return description.get();
    }

    @Override
    public void encode(MessageWriter out) {
      header(out, family, 0);
      body.accept(out);
    }
  }
}
