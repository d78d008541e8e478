package dev.cnm.netlink.route;

import dev.cnm.netlink.AddressFamily;
import dev.cnm.netlink.Errno;
import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.netlink;
import dev.cnm.netlink.gen.rtnetlink;
import java.io.IOException;
import java.net.InetAddress;
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

  /**
   * Has the kernel ask on a link who has an address, as if there were a packet for it ({@code ip
   * neigh add … use}). What is answered is in {@link #list(int)} a moment later; without an answer
   * it gives up after some seconds. Who answered before is asked again.
   *
   * @throws dev.cnm.netlink.NetlinkException if the kernel refuses: {@code ENODEV} if there is no
   *     such link
   * @throws IOException if the socket fails
   */
  public void seek(int linkIndex, InetAddress address) throws IOException {
    forget(linkIndex, address);
    socket.execute(new Named(linkIndex, address, true));
  }

  /**
   * Forgets who has an address on a link; whoever it was that entered that.
   *
   * @return false if there was nothing to forget
   * @throws dev.cnm.netlink.NetlinkException if the kernel refuses
   * @throws IOException if the socket fails
   */
  public boolean forget(int linkIndex, InetAddress address) throws IOException {
    try {
      socket.execute(new Named(linkIndex, address, false));
      return true;
    } catch (NetlinkException e) {
      if (e.is(Errno.ENOENT)) {
        return false;
      }
      throw e;
    }
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

  private record Named(int linkIndex, InetAddress address, boolean sought) implements Request {

    @Override
    public int type() {
      return sought ? rtnetlink.RTM_NEWNEIGH() : rtnetlink.RTM_DELNEIGH();
    }

    @Override
    public int flags() {
      return sought ? netlink.NLM_F_CREATE() : 0;
    }

    @Override
    public void encode(MessageWriter out) {
      // struct ndmsg of linux/neighbour.h
      out.int8(AddressFamily.of(address).number());
      out.int8(0);
      out.int16(0);
      out.int32(linkIndex);
      out.int16(0);
      out.int8(sought ? rtnetlink.NTF_USE() : 0);
      out.int8(0);
      out.bytes(rtnetlink.NDA_DST(), address.getAddress());
    }

    @Override
    public String describe() {
      return (sought ? "seek" : "forget")
          + " the neighbour "
          + address.getHostAddress()
          + " on the link number "
          + linkIndex;
    }
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
