package dev.cnm.controller.dns;

import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
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
