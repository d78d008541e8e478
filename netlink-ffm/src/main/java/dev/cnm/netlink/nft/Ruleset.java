package dev.cnm.netlink.nft;

import dev.cnm.netlink.AttributeCursor;
import dev.cnm.netlink.Errno;
import dev.cnm.netlink.MalformedMessageException;
import dev.cnm.netlink.Message;
import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.gen.netlink;
import dev.cnm.netlink.gen.nftables;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What there is in the kernel, for looking after it: questions that list take the longer the more
 * there is. Safe for use by several threads.
 */
public final class Ruleset {

  /** {@code sizeof(struct nfgenmsg)}. */
  private static final int HEADER_LENGTH = 4;

  private final NetlinkSocket socket;

  /** Asks through {@code socket}, of the family {@code NETFILTER}, which stays the caller's. */
  public Ruleset(NetlinkSocket socket) {
    this.socket = socket;
  }

  /**
   * A chain that packets enter at a hook.
   *
   * @param family that of its table, {@code NFPROTO_} of linux/netfilter.h
   * @param table the name of its table
   * @param name its own
   * @param type such as {@code filter}
   * @param hook {@code NF_INET_} of linux/netfilter.h
   * @param priority the lower goes first
   * @param drop whether what no rule decides on is dropped
   */
  public record BaseChain(
      int family, String table, String name, String type, int hook, int priority, boolean drop) {

    /** Whether what passes through the host comes by. */
    public boolean forwards() {
      return hook == Chain.Hook.FORWARD.number();
    }
  }

  /**
   * The chains of all tables that packets enter at a hook.
   *
   * @throws IOException if the kernel refuses, or the socket fails
   */
  public List<BaseChain> baseChains() throws IOException {
    return socket.dump(
        new Get(nftables.NFT_MSG_GETCHAIN(), true, 0, "list the chains", out -> {}),
        Ruleset::baseChain);
  }

  /**
   * The chains of one table that packets enter at a hook.
   *
   * @return empty if there is no such table
   * @throws IOException if the kernel refuses, or the socket fails
   */
  public List<BaseChain> baseChains(NftTable table) throws IOException {
    return baseChains().stream()
        .filter(it -> it.family() == table.family().number() && it.table().equals(table.name()))
        .toList();
  }

  private static @Nullable BaseChain baseChain(Message message) throws MalformedMessageException {
    String table = "";
    String name = "";
    String type = "";
    int hook = -1;
    int priority = 0;
    int policy = nftables.NF_ACCEPT();
    AttributeCursor attributes = message.attributes(HEADER_LENGTH);
    while (attributes.next()) {
      int attribute = attributes.type();
      if (attribute == nftables.NFTA_CHAIN_TABLE()) {
        table = attributes.string();
      } else if (attribute == nftables.NFTA_CHAIN_NAME()) {
        name = attributes.string();
      } else if (attribute == nftables.NFTA_CHAIN_TYPE()) {
        type = attributes.string();
      } else if (attribute == nftables.NFTA_CHAIN_POLICY()) {
        policy = attributes.u32Be();
      } else if (attribute == nftables.NFTA_CHAIN_HOOK()) {
        AttributeCursor nested = attributes.nested();
        while (nested.next()) {
          if (nested.type() == nftables.NFTA_HOOK_HOOKNUM()) {
            hook = nested.u32Be();
          } else if (nested.type() == nftables.NFTA_HOOK_PRIORITY()) {
            priority = nested.u32Be();
          }
        }
      }
    }
    return hook < 0
        ? null
        : new BaseChain(
            message.u8(0), table, name, type, hook, priority, policy == nftables.NF_DROP());
  }

  /**
   * The number of the ruleset, which is another one after each change by anybody, also of what is
   * here unseen. Takes no longer when there is more.
   *
   * @throws IOException if the kernel refuses, or the socket fails
   */
  public int generation() throws IOException {
    return socket
        .get(
            new Get(nftables.NFT_MSG_GETGEN(), false, 0, "number the ruleset", out -> {}),
            message -> {
              AttributeCursor attributes = message.attributes(HEADER_LENGTH);
              while (attributes.next()) {
                if (attributes.type() == nftables.NFTA_GEN_ID()) {
                  return attributes.u32Be();
                }
              }
              return null;
            })
        .orElseThrow(() -> new MalformedMessageException("a ruleset without a number"));
  }

  /**
   * A rule. Two are equal if they say and do the same.
   *
   * @param chain the name of its chain
   * @param expressions what it does, as the kernel tells it
   * @param comment for who lists it; empty for none
   */
  public record PresentRule(String chain, Field expressions, String comment) {}

  /**
   * The rules of a table, in their order.
   *
   * @return empty if there is no such table
   * @throws IOException if the kernel refuses, or the socket fails
   */
  public List<PresentRule> rules(NftTable table) throws IOException {
    return dump(
        new Get(
            nftables.NFT_MSG_GETRULE(),
            true,
            table.family().number(),
            "list the rules of the table " + table,
            out -> out.string(nftables.NFTA_RULE_TABLE(), table.name())),
        message -> {
          AttributeCursor attributes = message.attributes(HEADER_LENGTH);
          String of = "";
          String chain = "";
          String comment = "";
          Field expressions = Field.of();
          while (attributes.next()) {
            int attribute = attributes.type();
            if (attribute == nftables.NFTA_RULE_TABLE()) {
              of = attributes.string();
            } else if (attribute == nftables.NFTA_RULE_CHAIN()) {
              chain = attributes.string();
            } else if (attribute == nftables.NFTA_RULE_EXPRESSIONS()) {
              expressions = Field.of(attributes.bytes());
            } else if (attribute == nftables.NFTA_RULE_USERDATA()) {
              comment = UserData.comment(attributes.bytes(), UserData.COMMENT);
            }
          }
          return of.equals(table.name()) ? new PresentRule(chain, expressions, comment) : null;
        });
  }

  /**
   * The elements of a set or map; of a map without what they lead to if that is a verdict.
   *
   * @return empty if there is no such set
   * @throws IOException if the kernel refuses, or the socket fails
   */
  public List<Element> elements(NftTable table, String set) throws IOException {
    List<Element> elements = new ArrayList<>();
    dump(
        new Get(
            nftables.NFT_MSG_GETSETELEM(),
            true,
            table.family().number(),
            "list the elements of " + set + " of the table " + table,
            out -> {
              out.string(nftables.NFTA_SET_ELEM_LIST_TABLE(), table.name());
              out.string(nftables.NFTA_SET_ELEM_LIST_SET(), set);
            }),
        message -> {
          elements.addAll(elements(message));
          return null;
        });
    return elements;
  }

  /**
   * The element of a set or map that has this key; as fast however many there are.
   *
   * @return empty if there is no such element, set or table
   * @throws IOException if the kernel refuses, or the socket fails
   */
  public Optional<Element> element(NftTable table, String set, Field key) throws IOException {
    Get request =
        new Get(
            nftables.NFT_MSG_GETSETELEM(),
            false,
            table.family().number(),
            "look for the element " + key + " of " + set + " of the table " + table,
            out -> {
              out.string(nftables.NFTA_SET_ELEM_LIST_TABLE(), table.name());
              out.string(nftables.NFTA_SET_ELEM_LIST_SET(), set);
              int list = out.nest(nftables.NFTA_SET_ELEM_LIST_ELEMENTS());
              int element = out.nest(nftables.NFTA_LIST_ELEM());
              key.encode(out, nftables.NFTA_SET_ELEM_KEY());
              out.endNest(element);
              out.endNest(list);
            });
    try {
      return socket.get(request, message -> elements(message).stream().findFirst().orElse(null));
    } catch (NetlinkException e) {
      if (e.is(Errno.ENOENT)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static List<Element> elements(Message message) throws MalformedMessageException {
    List<Element> elements = new ArrayList<>();
    AttributeCursor attributes = message.attributes(HEADER_LENGTH);
    while (attributes.next()) {
      if (attributes.type() == nftables.NFTA_SET_ELEM_LIST_ELEMENTS()) {
        AttributeCursor list = attributes.nested();
        while (list.next()) {
          elements.add(element(list.nested()));
        }
      }
    }
    return elements;
  }

  private static Element element(AttributeCursor attributes) throws MalformedMessageException {
    Field key = Field.of();
    Optional<Field> last = Optional.empty();
    Optional<Element.Value> value = Optional.empty();
    String comment = "";
    while (attributes.next()) {
      if (attributes.type() == nftables.NFTA_SET_ELEM_KEY()) {
        key = data(attributes.nested()).orElse(key);
      } else if (attributes.type() == nftables.NFTA_SET_ELEM_KEY_END()) {
        last = data(attributes.nested());
      } else if (attributes.type() == nftables.NFTA_SET_ELEM_DATA()) {
        value = data(attributes.nested()).map(Element.Value.Fields::new);
      } else if (attributes.type() == nftables.NFTA_SET_ELEM_USERDATA()) {
        comment = UserData.comment(attributes.bytes(), UserData.COMMENT);
      }
    }
    return new Element(key, last, value, comment);
  }

  private static Optional<Field> data(AttributeCursor data) throws MalformedMessageException {
    while (data.next()) {
      if (data.type() == nftables.NFTA_DATA_VALUE()) {
        return Optional.of(Field.of(data.bytes()));
      }
    }
    return Optional.empty();
  }

  private <T> List<T> dump(Request request, NetlinkSocket.Decoder<T> decoder) throws IOException {
    try {
      return socket.dump(request, decoder);
    } catch (NetlinkException e) {
      if (e.is(Errno.ENOENT)) {
        return List.of();
      }
      throw e;
    }
  }

  private record Get(
      int message, boolean all, int family, String describe, Consumer<MessageWriter> body)
      implements Request {

    @Override
    public int type() {
      return nftables.NFNL_SUBSYS_NFTABLES() << 8 | message;
    }

    @Override
    public int flags() {
      return all ? netlink.NLM_F_DUMP() : 0;
    }

    @Override
    public void encode(MessageWriter out) {
      out.int8(family);
      out.int8(nftables.NFNETLINK_V0());
      out.int16Be(0);
      body.accept(out);
    }
  }
}
