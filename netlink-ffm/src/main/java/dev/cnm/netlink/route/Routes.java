package dev.cnm.netlink.route;

import dev.cnm.netlink.AddressFamily;
import dev.cnm.netlink.Errno;
import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.rtnetlink;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/** The routes of the namespace that a route socket belongs to. Safe for use by several threads. */
public final class Routes {

  private final NetlinkSocket socket;

  /** Works through {@code socket}, which stays the caller's. */
  public Routes(NetlinkSocket socket) {
    this.socket = socket;
  }

  /**
   * Adds, replaces or removes a route.
   *
   * @throws dev.cnm.netlink.NetlinkException if the kernel refuses: {@code EEXIST} if there is one,
   *     {@code ENETUNREACH} if the next hop can't be reached, {@code ESRCH} if one is to be removed
   *     that there isn't
   * @throws IOException if the socket fails
   */
  public void change(RouteSpec spec) throws IOException {
    socket.execute(spec);
  }

  /** Every route of every table, of both families. */
  public List<Route> list() throws IOException {
    return socket.dump(new Get(), Route::decode);
  }

  /**
   * The route that a packet to this address would take from here, as {@code ip route get} shows it:
   * its destination is the address alone.
   *
   * @return empty if there is none, or one that refuses
   * @throws IOException if the socket fails
   */
  public Optional<Route> lookUp(InetAddress destination) throws IOException {
    try {
      return socket.get(new LookUp(destination), Route::decode);
    } catch (NetlinkException e) {
      // The last three are what blackhole, unreachable and prohibited routes say (fib_props of
      // net/ipv4/fib_semantics.c), without a word.
      boolean refused = e.is(Errno.EINVAL) || e.is(Errno.EHOSTUNREACH) || e.is(Errno.EACCES);
      if (e.is(Errno.ENETUNREACH) || (refused && e.kernelMessage().isEmpty())) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * The request that {@link #lookUp} makes, to be sent together with others; answered by what
   * {@link Route#decode} reads, or refused if there is no route.
   */
  public static Request look(InetAddress destination) {
    return new LookUp(destination);
  }

  private record LookUp(InetAddress destination) implements Request {

    @Override
    public int type() {
      return rtnetlink.RTM_GETROUTE();
    }

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter out) {
      AddressFamily family = AddressFamily.of(destination);
      out.int8(family.number());
      out.int8(8 * family.octets());
      out.int16(0);
      out.int32(0);
      // The table that it was found in: IPv6 names it in any case, and refuses the flag.
      out.int32(family == AddressFamily.IPV4 ? rtnetlink.RTM_F_LOOKUP_TABLE() : 0);
      out.bytes(rtnetlink.RTA_DST(), destination.getAddress());
    }

    @Override
    public String describe() {
      return "look up the route to " + destination.getHostAddress();
    }
  }

  private record Get() implements Request {

    @Override
    public int type() {
      return rtnetlink.RTM_GETROUTE();
    }

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter out) {
      out.int8(libc.AF_UNSPEC());
      for (int i = 1; i < Route.HEADER_LENGTH; i++) {
        out.int8(0);
      }
    }

    @Override
    public String describe() {
      return "list the routes";
    }
  }
}
