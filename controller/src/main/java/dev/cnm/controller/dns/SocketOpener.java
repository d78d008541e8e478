package dev.cnm.controller.dns;

import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.route.Link;
import dev.cnm.netlink.route.Links;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Opens sockets in a namespace. Safe for use by several threads. */
record SocketOpener(NetworkNamespace namespace, Visitor visitor) {

  DatagramChannel openDatagram() throws IOException {
    return open(DatagramChannel::open);
  }

  SocketChannel openStream() throws IOException {
    return open(SocketChannel::open);
  }

  /**
   * A server's address as a socket of this namespace is to be connected with: its zone is a link
   * there.
   *
   * @throws IOException if there is no such link
   */
  InetAddress scoped(NameServer server) throws IOException {
    if (server.zone().isEmpty() || !server.address().isLinkLocalAddress()) {
      return server.address();
    }
    Links links = new Links(namespace.route());
    Optional<Link> link = links.get(server.zone());
    if (link.isEmpty() && server.zone().matches("[1-9][0-9]{0,8}")) {
      link = links.get(Integer.parseInt(server.zone()));
    }
    int index =
        link.orElseThrow(() -> new IOException("no link " + server.zone() + " in " + namespace))
            .index();
    return Inet6Address.getByAddress(null, server.address().getAddress(), index);
  }

  private <T> T open(Callable<T> socket) throws IOException {
    CompletableFuture<T> opened = new CompletableFuture<>();
    visitor.submit(() -> {
      try {
        opened.complete(namespace.visit(socket));
      } catch (Throwable e) {
        opened.completeExceptionally(e);
      }
    });
    try {
      return opened.get();
    } catch (InterruptedException e) {
      // Nobody interrupts the resolver's threads, so nobody leaks the socket that is on its way.
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a socket was opened", e);
    } catch (ExecutionException e) {
      throw new IOException("cannot open a socket in " + namespace, e.getCause());
    }
  }
}
