package dev.cnm.controller.dns;

import dev.cnm.IpPrefix;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The servers that the host itself asks, and the way to them, for all resolvers of a controller.
 * Safe for use by several threads.
 */
public final class HostServers implements AutoCloseable {

  /** How many queries may be on their way at once. Each holds a socket. */
  private static final int QUERIES = 8192;

  /** systemd-resolved.service(8): where it listens, and the file that names whom it asks. */
  private static final NameServer STUB = NameServer.of(IpPrefix.parseAddress("127.0.0.53"));

  private static final Path BEHIND_STUB = Path.of("/run/systemd/resolve/resolv.conf");

  private final Path file;
  private final Visitor visitor = new Visitor();
  private final SocketOpener sockets;
  private final Share.Whole queries = new Share.Whole(QUERIES);
  private volatile @Nullable Reading last;

  private record Reading(Map<String, Object> state, ResolvConf configuration) {}

  /**
   * Opens nothing yet.
   *
   * @param file the host's resolv.conf; it may be missing, and may change at any time
   * @param host the namespace from which its servers are asked
   */
  public HostServers(Path file, NetworkNamespace host) {
    this.file = file;
    sockets = new SocketOpener(host, visitor);
  }

  /** What the file says now. If there is none, or it can't be read, nothing. */
  public ResolvConf configuration() {
    try {
      // A file that is written anew has another inode, one that is written to another time.
      Map<String, Object> state = Files.readAttributes(file, "unix:ino,size,ctime");
      Reading known = last;
      if (known == null || !known.state.equals(state)) {
        known = new Reading(state, ResolvConf.read(file));
        last = known;
      }
      return known.configuration;
    } catch (IOException e) {
      return ResolvConf.EMPTY;
    }
  }

  /**
   * What a sandbox is to be told that asks the servers itself: the servers behind systemd-resolved,
   * where the host asks nobody else.
   */
  public ResolvConf direct() {
    ResolvConf all = configuration();
    ResolvConf behind =
        all.servers().equals(List.of(STUB)) ? ResolvConf.read(BEHIND_STUB) : ResolvConf.EMPTY;
    return behind.servers().isEmpty() ? all : behind;
  }

  SocketOpener sockets() {
    return sockets;
  }

  /** Who goes into the sandboxes for all resolvers. */
  Visitor visitor() {
    return visitor;
  }

  Share share() {
    return new Share(queries);
  }

  @Override
  public void close() {
    visitor.close();
  }
}
