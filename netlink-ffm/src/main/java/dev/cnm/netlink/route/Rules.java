package dev.cnm.netlink.route;

import dev.cnm.netlink.AddressFamily;
import dev.cnm.netlink.Errno;
import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.gen.rtnetlink;
import java.io.IOException;
import java.util.List;

/**
 * The rules of policy routing of the namespace that a route socket belongs to. Safe for use by
 * several threads.
 */
public final class Rules {

  private final NetlinkSocket socket;

  /** Works through {@code socket}, which stays the caller's. */
  public Rules(NetlinkSocket socket) {
    this.socket = socket;
  }

  /**
   * Adds or removes a rule.
   *
   * @throws dev.cnm.netlink.NetlinkException if the kernel refuses: {@code EEXIST} if there is the
   *     same one, {@code ENOENT} if one is to be removed that there isn't
   * @throws IOException if the socket fails
   */
  public void change(RuleSpec spec) throws IOException {
    socket.execute(spec);
  }

  /**
   * The rules of a family, in the order in which the kernel asks them; none if it has no policy
   * routing, or IPv6 is off altogether.
   */
  public List<Rule> list(AddressFamily family) throws IOException {
    try {
      return socket.dump(new Get(family), Rule::decode);
    } catch (NetlinkException e) {
      // What fib_nl_dumprule of net/core/fib_rules.c says without rules of that family.
      if (e.is(Errno.EAFNOSUPPORT)) {
        return List.of();
      }
      throw e;
    }
  }

  private record Get(AddressFamily family) implements Request {

    @Override
    public int type() {
      return rtnetlink.RTM_GETRULE();
    }

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter out) {
      out.int8(family.number());
      for (int i = 1; i < Rule.HEADER_LENGTH; i++) {
        out.int8(0);
      }
    }

    @Override
    public String describe() {
      return "list the rules of " + family;
    }
  }
}
