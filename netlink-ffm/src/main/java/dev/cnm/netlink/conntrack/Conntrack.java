package dev.cnm.netlink.conntrack;

import dev.cnm.netlink.AddressFamily;
import dev.cnm.netlink.AttributeCursor;
import dev.cnm.netlink.Errno;
import dev.cnm.netlink.MalformedMessageException;
import dev.cnm.netlink.Message;
import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.NetlinkFamily;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.Outcome;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.gen.conntrack;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.nftables;
import java.io.IOException;
import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The connections that the kernel tracks in the namespace of a netfilter socket
 * (net/netfilter/nf_conntrack_netlink.c). Safe for use by several threads.
 */
public final class Conntrack {

  /**
   * How many deletions go into one send. Each refusal is a message of its own, for all of which the
   * socket's receive buffer must have room.
   */
  private static final int BATCH = 64;

  private final NetlinkSocket socket;
  private final int subsystem;

  /**
   * Works through {@code socket}, which stays the caller's.
   *
   * @throws IllegalArgumentException if it is not of the family {@code NETFILTER}
   */
  public Conntrack(NetlinkSocket socket) {
    this(socket, nftables.NFNL_SUBSYS_CTNETLINK());
  }

  /** For a test, which plays a kernel without conntrack by naming a subsystem that there isn't. */
  Conntrack(NetlinkSocket socket, int subsystem) {
    if (socket.family() != NetlinkFamily.NETFILTER) {
      throw new IllegalArgumentException(
          "connections are tracked by NETFILTER, not by " + socket.family());
    }
    this.socket = socket;
    this.subsystem = subsystem;
  }

  /**
   * Every tracked connection, of both families. One that comes or goes meanwhile may be missing.
   *
   * @throws IOException if the kernel refuses, without CAP_NET_ADMIN with {@code EPERM}, or lacks
   *     the module nf_conntrack_netlink; or if the socket fails
   */
  public List<Flow> list() throws IOException {
    return list(libc.AF_UNSPEC());
  }

  /**
   * The tracked connections of one family, which the kernel picks out.
   *
   * @throws IOException as {@link #list()}
   */
  public List<Flow> list(AddressFamily family) throws IOException {
    return list(family.number());
  }

  private List<Flow> list(int family) throws IOException {
    Request request = new Get(subsystem << 8 | conntrack.IPCTNL_MSG_CT_GET(), family);
    try {
      return socket.dump(request, Flow::decode);
    } catch (NetlinkException e) {
      throw explained(e);
    }
  }

  /**
   * How many connections are tracked in this namespace, of both families. Unlike a list, it takes
   * the kernel no time.
   *
   * @throws IOException as {@link #list()}
   */
  public long count() throws IOException {
    Request request = new Count(subsystem << 8 | conntrack.IPCTNL_MSG_CT_GET_STATS());
    try {
      return socket
          .get(request, Conntrack::decodeCount)
          .orElseThrow(() -> new MalformedMessageException("the kernel counts no connections"));
    } catch (NetlinkException e) {
      throw explained(e);
    }
  }

  private static @Nullable Long decodeCount(Message message) throws MalformedMessageException {
    AttributeCursor attributes = message.attributes(Flow.HEADER_LENGTH);
    while (attributes.next()) {
      if (attributes.type() == conntrack.CTA_STATS_GLOBAL_ENTRIES()) {
        return Integer.toUnsignedLong(attributes.u32Be());
      }
    }
    return null;
  }

  /**
   * Has the kernel forget this connection, and none of the same tuples with another number.
   *
   * @return false if it is gone already
   * @throws IOException as {@link #list()}
   */
  public boolean delete(Flow flow) throws IOException {
    return delete(List.of(deletion(flow))) == 1;
  }

  /**
   * Has the kernel forget the connection in zone 0 whose first packets look like this.
   *
   * @return false if there is none
   * @throws IOException as {@link #list()}
   */
  public boolean deleteByOriginal(FlowTuple original) throws IOException {
    return delete(List.of(deletion(conntrack.CTA_TUPLE_ORIG(), original, 0, null))) == 1;
  }

  /**
   * Has the kernel forget the connection in zone 0 whose answers look like this.
   *
   * @return false if there is none
   * @throws IOException as {@link #list()}
   */
  public boolean deleteByReply(FlowTuple reply) throws IOException {
    return delete(List.of(deletion(conntrack.CTA_TUPLE_REPLY(), reply, 0, null))) == 1;
  }

  /**
   * Has the kernel forget all connections of a family that {@code condition} holds for. What begins
   * meanwhile is not among them, so change the rules first.
   *
   * @return how many
   * @throws IOException as {@link #list()}
   */
  public int delete(AddressFamily family, Predicate<Flow> condition) throws IOException {
    if (count() == 0) {
      // A list takes 10 ms even then: the kernel locks each bucket of its table in turn.
      return 0;
    }
    return delete(list(family).stream().filter(condition).map(this::deletion).toList());
  }

  /**
   * Has the kernel forget all connections in zone 0 that begin or are answered at one of these
   * addresses. It walks through its table twice for each, which takes a hundredth of the time that
   * a list takes. Not for IPv6: there the kernel takes those for meant that differ ({@code
   * ctnetlink_filter_match_tuple} of net/netfilter/nf_conntrack_netlink.c, seen in 6.18).
   *
   * @throws NetlinkException with {@code EINVAL} if this kernel can't: {@code CTA_FILTER} holds for
   *     deletions since Linux 6.9
   * @throws IOException if the socket fails
   */
  public void deleteOf(Collection<Inet4Address> addresses) throws IOException {
    int type = subsystem << 8 | conntrack.IPCTNL_MSG_CT_DELETE();
    List<Request> deletions = new ArrayList<>(2 * addresses.size());
    for (Inet4Address address : addresses) {
      deletions.add(new DeleteFrom(type, conntrack.CTA_TUPLE_ORIG(), address));
      deletions.add(new DeleteFrom(type, conntrack.CTA_TUPLE_REPLY(), address));
    }
    socket.submit(deletions).orElseThrow();
  }

  private Request deletion(Flow flow) {
    return deletion(conntrack.CTA_TUPLE_ORIG(), flow.original(), flow.zone(), flow.id());
  }

  private Request deletion(int direction, FlowTuple tuple, int zone, @Nullable Integer id) {
    int type = subsystem << 8 | conntrack.IPCTNL_MSG_CT_DELETE();
    return new Delete(type, direction, tuple, zone, id);
  }

  private int delete(List<Request> deletions) throws IOException {
    int deleted = 0;
    for (int from = 0; from < deletions.size(); from += BATCH) {
      int to = Math.min(from + BATCH, deletions.size());
      for (Outcome outcome : socket.submit(deletions.subList(from, to)).outcomes()) {
        if (outcome instanceof Outcome.Failed(NetlinkException reason)) {
          // It has timed out or ended: nobody needs to delete it any more.
          if (!reason.is(Errno.ENOENT)) {
            throw explained(reason);
          }
        } else {
          deleted++;
        }
      }
    }
    return deleted;
  }

  /**
   * A subsystem that isn't there is an invalid argument to nfnetlink_rcv_msg of
   * net/netfilter/nfnetlink.c, which has first tried to load its module; our messages are valid.
   */
  private static IOException explained(NetlinkException e) {
    return e.is(Errno.EINVAL) && e.kernelMessage().isEmpty()
        ? new IOException(
            e.getMessage() + "; this kernel seems to lack nf_conntrack_netlink (load that module)",
            e)
        : e;
  }

  /** {@code struct nfgenmsg} of linux/netfilter/nfnetlink.h. */
  private static void header(MessageWriter out, int family) {
    out.int8(family);
    out.int8(nftables.NFNETLINK_V0());
    out.int16Be(0);
  }

  private record Get(int type, int family) implements Request {

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter out) {
      header(out, family);
    }

    @Override
    public String describe() {
      return "list the tracked connections";
    }
  }

  private record Count(int type) implements Request {

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter out) {
      header(out, libc.AF_UNSPEC());
    }

    @Override
    public String describe() {
      return "count the tracked connections";
    }
  }

  private record Delete(int type, int direction, FlowTuple tuple, int zone, @Nullable Integer id)
      implements Request {

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter out) {
      header(out, tuple.family().number());
      tuple.encode(out, direction);
      if (zone != 0) {
        out.u16Be(conntrack.CTA_ZONE(), zone);
      }
      if (id != null) {
        out.u32Be(conntrack.CTA_ID(), id);
      }
    }

    @Override
    public String describe() {
      return "delete the tracked connection " + tuple;
    }
  }

  /** All connections of which the packets in one direction come from an address. */
  private record DeleteFrom(int type, int direction, Inet4Address source) implements Request {

    /** {@code CTA_FILTER_F_CTA_IP_SRC} of net/netfilter/nf_conntrack_netlink.c. */
    private static final int SOURCE = 1;

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter out) {
      boolean original = direction == conntrack.CTA_TUPLE_ORIG();
      header(out, libc.AF_INET());
      int filter = out.nest(conntrack.CTA_FILTER());
      out.u32(conntrack.CTA_FILTER_ORIG_FLAGS(), original ? SOURCE : 0);
      out.u32(conntrack.CTA_FILTER_REPLY_FLAGS(), original ? 0 : SOURCE);
      out.endNest(filter);
      int tuple = out.nest(direction);
      int addresses = out.nest(conntrack.CTA_TUPLE_IP());
      out.bytes(conntrack.CTA_IP_V4_SRC(), source.getAddress());
      out.endNest(addresses);
      out.endNest(tuple);
    }

    @Override
    public String describe() {
      return "delete the tracked connections of " + source.getHostAddress();
    }
  }
}
