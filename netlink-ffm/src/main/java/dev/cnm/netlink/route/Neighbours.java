package dev.cnm.netlink.route;

import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.rtnetlink;
import java.io.IOException;
import java.util.List;

/**
 * The neighbours of the namespace that a route socket belongs to. Safe for use by several threads.
 */
public final class Neighbours {

  private final NetlinkSocket socket;

  /** Works through {@code socket}, which stays the caller's. */
  public Neighbours(NetlinkSocket socket) {
    this.socket = socket;
  }

  /**
   * Adds, replaces or removes a neighbour.
   *
   * @throws dev.cnm.netlink.NetlinkException if the kernel refuses: {@code EEXIST} if one is to be
   *     added that there is, {@code ENOENT} if one is to be removed that there isn't, {@code
   *     ENODEV} if there is no such link
   * @throws IOException if the socket fails
   */
  public void change(NeighbourSpec spec) throws IOException {
    socket.execute(spec);
  }

  /** Every neighbour of every link, of both families. */
  public List<Neighbour> list() throws IOException {
    return socket.dump(new Get(0), Neighbour::decode);
  }

  /**
   * The neighbours on one link, of both families.
   *
   * @throws IllegalArgumentException if the number is not positive
   */
  public List<Neighbour> list(int linkIndex) throws IOException {
    if (linkIndex <= 0) {
      throw new IllegalArgumentException("not the number of a link: " + linkIndex);
    }
    return socket.dump(new Get(linkIndex), Neighbour::decode);
  }

  private record Get(int linkIndex) implements Request {

    @Override
    public int type() {
      return rtnetlink.RTM_GETNEIGH();
    }

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter out) {
      out.int8(libc.AF_UNSPEC());
      for (int i = 1; i < Neighbour.HEADER_LENGTH; i++) {
        out.int8(0);
      }
      if (linkIndex != 0) {
        // The kernel picks them: neigh_valid_dump_req of net/core/neighbour.c.
        out.u32(rtnetlink.NDA_IFINDEX(), linkIndex);
      }
    }

    @Override
    public String describe() {
      return "list the neighbours" + (linkIndex == 0 ? "" : " on the link number " + linkIndex);
    }
  }
}
