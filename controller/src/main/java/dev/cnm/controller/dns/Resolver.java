package dev.cnm.controller.dns;

import dev.cnm.DnsOptions;
import dev.cnm.IpPrefix;
import dev.cnm.netlink.NetlinkFamily;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.util.function.Supplier;

/**
 * The resolver of a sandbox, at {@link #ADDRESS} in it, UDP and TCP, port {@link #PORT}. The
 * sandbox may use that port on all its addresses itself: the resolver listens at others, and a
 * table of nftables in the sandbox leads there.
 *
 * <p>It answers for the names of a {@link Directory}, in A, AAAA and PTR, and to other types that
 * there is nothing; for other names it asks the sandbox's own servers from inside it, or the host's
 * servers from the host, if the sandbox has a way out. Who asks too much is refused, and who sends
 * nonsense gets an error or nothing.
 *
 * {@snippet :
 * NetworkNames web = NetworkNames.of("web").endpoint(List.of("c1"), List.of(address)).build();
 * Directory directory = new Directory(List.of(web), true);
 * try (HostServers servers = new HostServers(Path.of("/etc/resolv.conf"), host);
 *     Resolver resolver = Resolver.start(sandbox, () -> directory, DnsOptions.defaults(), servers)) {
 *   // dig @127.0.0.11 c1
 * }
 * }
 */
public final class Resolver implements AutoCloseable {

  /** Docker's: an address of the loopback link, which every namespace has. */
  public static final InetAddress ADDRESS = IpPrefix.parseAddress("127.0.0.11");

  /** That of DNS. */
  public static final int PORT = 53;

  private final DatagramServer datagrams;
  private final StreamServer streams;
  private final Responder responder;

  private Resolver(DatagramServer datagrams, StreamServer streams, Responder responder) {
    this.datagrams = datagrams;
    this.streams = streams;
    this.responder = responder;
  }

  private record Sockets(
      DatagramChannel datagrams, ServerSocketChannel streams, NetlinkSocket netfilter) {}

  /**
   * Starts one; one that another process has left in the sandbox is replaced.
   *
   * @param sandbox to be kept open until the resolver is closed; its loopback link must be up
   * @param directories asked at each query, so it is to be quick; it must not fail
   * @param options the sandbox's own servers, and whether its options have {@code ndots}
   * @param host the host's servers, to be kept open until the resolver is closed
   * @throws IOException if the kernel refuses a socket or the table
   */
  public static Resolver start(
      NetworkNamespace sandbox,
      Supplier<Directory> directories,
      DnsOptions options,
      HostServers host)
      throws IOException {
    Sockets sockets = open(sandbox);
    try (NetlinkSocket netfilter = sockets.netfilter) {
      Redirection.establish(netfilter, ADDRESS, port(sockets.datagrams), port(sockets.streams));
    } catch (Throwable e) {
      sockets.datagrams.close();
      sockets.streams.close();
      throw e;
    }
    Forwarder forwarder = new Forwarder(options.servers(), host, new SocketOpener(sandbox));
    boolean ndots = host.configuration().with(options).ndots().orElse(0) > 0;
    Responder responder = new Responder(directories, ndots, forwarder, host.share());
    return new Resolver(
        DatagramServer.start(sockets.datagrams, responder),
        StreamServer.start(sockets.streams, responder),
        responder);
  }

  private static Sockets open(NetworkNamespace sandbox) throws IOException {
    try {
      return sandbox.call(() -> {
        DatagramChannel datagrams = DatagramChannel.open();
        try {
          datagrams.bind(new InetSocketAddress(ADDRESS, 0));
          ServerSocketChannel streams = ServerSocketChannel.open();
          try {
            streams.bind(new InetSocketAddress(ADDRESS, 0));
            return new Sockets(datagrams, streams, NetlinkSocket.open(NetlinkFamily.NETFILTER));
          } catch (Throwable e) {
            streams.close();
            throw e;
          }
        } catch (Throwable e) {
          datagrams.close();
          throw e;
        }
      });
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static int port(DatagramChannel channel) throws IOException {
    return ((InetSocketAddress) channel.getLocalAddress()).getPort();
  }

  private static int port(ServerSocketChannel channel) throws IOException {
    return ((InetSocketAddress) channel.getLocalAddress()).getPort();
  }

  /** Ends it; the table stays, with the namespace or until the next resolver replaces it. */
  @Override
  public void close() throws IOException {
    responder.close();
    try {
      datagrams.close();
    } finally {
      streams.close();
    }
  }
}
