package dev.cnm.netlink.route;

import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.rtnetlink;
import java.io.IOException;
import java.util.List;

/** The routes of the namespace that a route socket belongs to. Safe for use by several threads. */
public final class Routes {

  private final NetlinkSocket socket;

  /** Works through {@code socket}, which stays the caller's. */
  public Routes(NetlinkSocket socket) {
    this.socket = socket;
  }

  /**
   * Adds or removes a route.
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
