package dev.cnm.netlink.route;

import dev.cnm.netlink.Errno;
import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.Outcome;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.gen.rtnetlink;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The links of the namespace that a route socket belongs to. Safe for use by several threads. */
public final class Links {

  /** The group of links that are about to be deleted: no number that a person would choose. */
  private static final int DOOMED = 0x636e6d00;

  private static final int DELETED_TOGETHER = 256;

  private final NetlinkSocket socket;

  /** Works through {@code socket}, which stays the caller's. */
  public Links(NetlinkSocket socket) {
    this.socket = socket;
  }

  /**
   * Creates a link and tells of it.
   *
   * @throws NetlinkException if the kernel refuses: {@code EEXIST} if the name is taken, {@code
   *     EOPNOTSUPP} if it doesn't know the kind
   * @throws IOException if the socket fails
   */
  public Link create(LinkSpec spec) throws IOException {
    return create(spec, List.of());
  }

  /**
   * Creates a link and changes it, in one batch. If a change is refused, the link is deleted again.
   *
   * @throws NetlinkException if the kernel refuses
   * @throws IOException if the socket fails
   */
  public Link create(LinkSpec spec, List<LinkChange> changes) throws IOException {
    List<Request> requests = new ArrayList<>(1 + changes.size());
    requests.add(spec);
    requests.addAll(changes);
    Link[] created = new Link[1];
    var result =
        socket.submit(
            requests,
            (index, message) -> {
              if (index == 0) {
                created[0] = Link.decode(message);
              }
            });
    try {
      result.orElseThrow();
    } catch (NetlinkException e) {
      if (result.outcomes().getFirst() instanceof Outcome.Done) {
        delete(spec.name());
      }
      throw e;
    }
    // A kernel that doesn't echo (before 6.2) is asked.
    Link link = created[0];
    return link != null ? link : get(spec.name()).orElseThrow();
  }

  /** The link of this name. */
  public Optional<Link> get(String name) throws IOException {
    return find(new Get(0, LinkNames.require(name), false), Link::decode);
  }

  /** The link of this number. */
  public Optional<Link> get(int index) throws IOException {
    return find(new Get(index, null, false), Link::decode);
  }

  private <T> Optional<T> find(Get request, NetlinkSocket.Decoder<T> decoder) throws IOException {
    try {
      return socket.get(request, decoder);
    } catch (NetlinkException e) {
      if (e.is(Errno.ENODEV)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Looks at links in this order and thereby has the kernel act on changes of their carrier, which
   * it otherwise does a moment later: a bridge lets nothing through a port before, and the first
   * packet, most often an ARP request that is sent again after a second only, would be lost. Since
   * Linux 6.8 ({@code linkwatch_sync_dev} in {@code rtnl_getlink} of net/core/rtnetlink.c); older
   * kernels just answer.
   *
   * @throws NetlinkException if there is no such link
   * @throws IOException if the socket fails
   */
  public void settle(int... indexes) throws IOException {
    socket
        .submit(Arrays.stream(indexes).mapToObj(index -> new Get(index, null, false)).toList())
        .orElseThrow();
  }

  /**
   * The request that {@link #settle} makes for one link, to be sent together with others; answered
   * by what {@link Link#decode} reads.
   *
   * @param index the number of the link
   */
  public static Request look(int index) {
    return new Get(index, null, false);
  }

  /**
   * What has gone through the link of this number so far; empty if there is none.
   *
   * @throws NetlinkException if the kernel refuses
   * @throws IOException if the socket fails
   */
  public Optional<LinkStatistics> statistics(int index) throws IOException {
    return find(new Get(index, null, true), LinkStatistics::decode);
  }

  /** Every link. */
  public List<Link> list() throws IOException {
    return socket.dump(new Get(0, null, false), Link::decode);
  }

  /**
   * Changes a link.
   *
   * @throws NetlinkException if the kernel refuses: {@code ENODEV} if there is no such link
   * @throws IOException if the socket fails
   */
  public void change(LinkChange change) throws IOException {
    socket.execute(change);
  }

  /**
   * Deletes a link; of a pair, both ends.
   *
   * @return false if there is none of that name
   * @throws NetlinkException if the kernel refuses
   * @throws IOException if the socket fails
   */
  public boolean delete(String name) throws IOException {
    return delete(new Delete(0, LinkNames.require(name), 0));
  }

  /**
   * Deletes a link; of a pair, both ends.
   *
   * @return false if there is none of that number
   * @throws NetlinkException if the kernel refuses
   * @throws IOException if the socket fails
   */
  public boolean delete(int index) throws IOException {
    if (index <= 0) {
      throw new IllegalArgumentException("not the number of a link: " + index);
    }
    return delete(new Delete(index, null, 0));
  }

  /**
   * Deletes all links of a group. The kernel waits for its grace periods once instead of once a
   * link ({@code rtnl_group_dellink} of net/core/rtnetlink.c).
   *
   * @param group positive
   * @return false if there is none in it
   * @throws NetlinkException if the kernel refuses: {@code EOPNOTSUPP} if one is a device that
   *     can't be deleted; then none is
   * @throws IOException if the socket fails
   */
  public boolean deleteGroup(int group) throws IOException {
    return delete(new Delete(0, null, requireGroup(group)));
  }

  static int requireGroup(int number) {
    if (number <= 0) {
      throw new IllegalArgumentException("not the number of a group: " + number);
    }
    return number;
  }

  private boolean delete(Delete request) throws IOException {
    try {
      socket.execute(request);
      return true;
    } catch (NetlinkException e) {
      if (e.is(Errno.ENODEV)) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Deletes several links together, for which the kernel waits once instead of for each: they are
   * put into a group, and the group is deleted ({@code rtnl_group_dellink} of
   * net/core/rtnetlink.c). Those that are gone are skipped. The lock of the kernel's network
   * configuration is let go of after every few of them.
   *
   * @throws NetlinkException if the kernel refuses; as many as can be are deleted
   * @throws IOException if the socket fails
   */
  public void deleteAll(List<String> names) throws IOException {
    NetlinkException failure = null;
    for (int from = 0; from < names.size(); from += DELETED_TOGETHER) {
      List<Request> requests = new ArrayList<>();
      for (String name : names.subList(from, Math.min(from + DELETED_TOGETHER, names.size()))) {
        requests.add(LinkChange.of(name).group(DOOMED).build());
      }
      requests.add(new Delete(0, null, DOOMED));
      for (Outcome outcome : socket.submit(requests).outcomes()) {
        if (outcome instanceof Outcome.Failed failed && !failed.reason().is(Errno.ENODEV)) {
          if (failure == null) {
            failure = failed.reason();
          } else {
            failure.addSuppressed(failed.reason());
          }
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private record Get(int index, @Nullable String name, boolean statistics) implements Request {

    @Override
    public int type() {
      return rtnetlink.RTM_GETLINK();
    }

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter out) {
      LinkChange.header(out, index, 0, 0);
      if (name != null) {
        out.string(rtnetlink.IFLA_IFNAME(), name);
      }
      if (!statistics) {
        out.u32(rtnetlink.IFLA_EXT_MASK(), rtnetlink.RTEXT_FILTER_SKIP_STATS());
      }
    }

    @Override
    public String describe() {
      if (name != null) {
        return "look for the link " + name;
      }
      return index == 0 ? "list the links" : "look for the link number " + index;
    }
  }

  private record Delete(int index, @Nullable String name, int group) implements Request {

    @Override
    public int type() {
      return rtnetlink.RTM_DELLINK();
    }

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter out) {
      LinkChange.header(out, index, 0, 0);
      if (name != null) {
        out.string(rtnetlink.IFLA_IFNAME(), name);
      }
      if (group != 0) {
        out.u32(rtnetlink.IFLA_GROUP(), group);
      }
    }

    @Override
    public String describe() {
      if (group != 0) {
        return "delete the links of the group " + group;
      }
      return "delete the link " + (name == null ? "number " + index : name);
    }
  }
}
