package dev.cnm.netlink.route;

import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.rtnetlink;
import java.io.IOException;
import java.util.List;

/**
 * The addresses of the namespace that a route socket belongs to. Safe for use by several threads.
 */
public final class Addresses {

  private final NetlinkSocket socket;

  /** Works through {@code socket}, which stays the caller's. */
  public Addresses(NetlinkSocket socket) {
    this.socket = socket;
  }

  /**
   * Adds, replaces or removes an address.
   *
   * @throws dev.cnm.netlink.NetlinkException if the kernel refuses: {@code EEXIST} if the link has
   *     it already, {@code EADDRNOTAVAIL} if it is to be removed and the link hasn't
   * @throws IOException if the socket fails
   */
  public void change(AddressSpec spec) throws IOException {
    socket.execute(spec);
  }

  /** Every address, of both families. */
  public List<Address> list() throws IOException {
    return socket.dump(new Get(), Address::decode);
  }

  /** The addresses of one link, of both families. */
  public List<Address> list(int linkIndex) throws IOException {
    return list().stream().filter(address -> address.linkIndex() == linkIndex).toList();
  }

  private record Get() implements Request {

    @Override
    public int type() {
      return rtnetlink.RTM_GETADDR();
    }

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter out) {
      out.int8(libc.AF_UNSPEC());
      out.int8(0);
      out.int16(0);
      out.int32(0);
    }

    @Override
    public String describe() {
      return "list the addresses";
    }
  }
}
