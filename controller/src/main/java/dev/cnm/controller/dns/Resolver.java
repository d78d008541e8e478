package dev.cnm.controller.dns;

import dev.cnm.DnsOptions;
import dev.cnm.IpPrefix;
import dev.cnm.netlink.NetlinkFamily;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.nft.Ruleset;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * The resolver of a sandbox, at {@link #ADDRESS} in it, UDP and TCP, port {@link #PORT}. The
 * sandbox may use that port on all its addresses itself: the resolver listens at others, and a
 * table of nftables in the sandbox leads there.
 *
 * <p>It answers for the names of a {@link Directory}, in A, AAAA and PTR, and to other types that
 * there is nothing; for other names it asks the sandbox's own servers from inside it, or the host's
 * servers from the host, if the sandbox has a way out. Where nobody has such a name, one of the
 * directory is also found below the search domains. Who asks too much is refused, and who sends
 * nonsense gets an error or nothing.
 *
 * {@snippet :
 * NetworkNames web = NetworkNames.of("web").endpoint(List.of("c1"), List.of(address)).build();
 * Directory directory = new Directory(List.of(web), true);
 * try (HostServers servers = new HostServers(Path.of("/etc/resolv.conf"), host);
 *     Resolver resolver = Resolver.start(sandbox, () -> directory, DnsOptions.defaults(), servers)) {
 *   resolver.awaitStart();
 *   // dig @127.0.0.11 c1
 * }
 * }
 */
public final class Resolver implements AutoCloseable {

  /** Docker's: an address of the loopback link, which every namespace has. */
  public static final InetAddress ADDRESS = IpPrefix.parseAddress("127.0.0.11");

  /** That of DNS. */
  public static final int PORT = 53;

  private final NetworkNamespace sandbox;
  private final CompletableFuture<Servers> started = new CompletableFuture<>();

  private Resolver(NetworkNamespace sandbox) {
    this.sandbox = sandbox;
  }

  /** What answers, once it has been started. */
  private record Servers(DatagramServer datagrams, StreamServer streams, Redirection redirection) {

    private void close() throws IOException {
      try (redirection;
          streams) {
        datagrams.close();
      }
    }
  }

  private record Sockets(
      DatagramChannel datagrams, ServerSocketChannel streams, NetlinkSocket netfilter) {}

  /**
   * Begins to start one; one that another process has left in the sandbox is replaced.
   *
   * @param sandbox to be kept open until the resolver is closed; its loopback link must be up
   * @param directories asked at each query, so it is to be quick; it must not fail
   * @param options the sandbox's own servers, and whether its options have {@code ndots}
   * @param host the host's servers, to be kept open until the resolver is closed
   * @throws IOException if they are closed
   */
  public static Resolver start(
      NetworkNamespace sandbox,
      Supplier<Directory> directories,
      DnsOptions options,
      HostServers host)
      throws IOException {
    Resolver resolver = new Resolver(sandbox);
    host.visitor().submit(() -> resolver.begin(directories, options, host));
    return resolver;
  }

  private void begin(Supplier<Directory> directories, DnsOptions options, HostServers host) {
    try {
      started.complete(open(directories, options, host));
    } catch (Throwable e) {
      started.completeExceptionally(e);
    }
  }

  private Servers open(Supplier<Directory> directories, DnsOptions options, HostServers host)
      throws Exception {
    Sockets sockets = sandbox.visit(Resolver::sockets);
    Redirection redirection;
    try {
      redirection =
          Redirection.establish(
              sockets.netfilter, ADDRESS, port(sockets.datagrams), port(sockets.streams));
    } catch (Throwable e) {
      sockets.netfilter.close();
      sockets.datagrams.close();
      sockets.streams.close();
      throw e;
    }
    Forwarder forwarder =
        new Forwarder(options.servers(), host, new SocketOpener(sandbox, host.visitor()));
    ResolvConf own = ResolvConf.EMPTY.with(options);
    Responder responder =
        new Responder(
            directories,
            own.ndots().orElse(0) > 0,
            () -> host.configuration().with(options).search(),
            forwarder,
            host.share());
    return new Servers(
        DatagramServer.start(sockets.datagrams, responder),
        StreamServer.start(sockets.streams, responder),
        redirection);
  }

  private static Sockets sockets() throws IOException {
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
  }

  private static int port(DatagramChannel channel) throws IOException {
    return ((InetSocketAddress) channel.getLocalAddress()).getPort();
  }

  private static int port(ServerSocketChannel channel) throws IOException {
    return ((InetSocketAddress) channel.getLocalAddress()).getPort();
  }

  /**
   * Waits until it answers.
   *
   * @throws IOException if the sandbox can't be entered, or the kernel refuses a socket or the
   *     table; there is nothing to close then
   */
  public void awaitStart() throws IOException {
    try {
      started.join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case IOException cause -> throw cause;
        case RuntimeException cause -> throw cause;
        case null, default -> throw e;
      }
    }
  }

  /**
   * Whether port {@link #PORT} at {@link #ADDRESS} in a sandbox leads to a resolver, as far as the
   * sandbox's table of nftables tells.
   *
   * @throws IOException if the kernel refuses to tell
   */
  public static boolean isRedirected(NetworkNamespace sandbox) throws IOException {
    try (NetlinkSocket netfilter = sandbox.openSocket(NetlinkFamily.NETFILTER)) {
      return Redirection.isWhole(new Ruleset(netfilter));
    }
  }

  /**
   * Puts back what leads to it, if somebody in the sandbox has taken it away. Cheap as long as
   * nobody has; does nothing as long as it hasn't started.
   *
   * @return whether something was missing
   * @throws IOException if the kernel refuses
   */
  public boolean restore() throws IOException {
    Optional<Servers> servers = started.isDone() ? servers() : Optional.empty();
    return servers.isPresent() && servers.get().redirection.restore();
  }

  /** Empty if it couldn't be started. */
  private Optional<Servers> servers() {
    return started.handle((made, failure) -> Optional.ofNullable(made)).join();
  }

  /**
   * Ends it and takes away its table: it has turned out not to be needed.
   *
   * @throws IOException if the kernel refuses that
   */
  public void abandon() throws IOException {
    Optional<Servers> servers = servers();
    if (servers.isPresent()) {
      try {
        servers.get().redirection.remove();
      } finally {
        servers.get().close();
      }
    }
  }

  /** Ends it; the table stays, with the namespace or until the next resolver replaces it. */
  @Override
  public void close() throws IOException {
    Optional<Servers> servers = servers();
    if (servers.isPresent()) {
      servers.get().close();
    }
  }
}
