package dev.cnm.controller.dns;

import dev.cnm.netlink.namespace.NamespaceThread;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Opens sockets in a namespace, one after another, on a thread that is started for the first one: a
 * thread for each would cost more than the rest of a query. Safe for use by several threads.
 */
final class SocketOpener implements AutoCloseable {

  private record Order(Callable<?> task, CompletableFuture<Object> result) {
    static Order of(Callable<?> task) {
      return new Order(task, new CompletableFuture<>());
    }
  }

  private final NetworkNamespace namespace;

  /** The last one is empty. */
  private final BlockingQueue<Optional<Order>> orders = new LinkedBlockingQueue<>();

  private final ReentrantLock lock = new ReentrantLock();
  private boolean started;
  private boolean closed;

  /** Opens nothing yet. */
  SocketOpener(NetworkNamespace namespace) {
    this.namespace = namespace;
  }

  DatagramChannel openDatagram() throws IOException {
    return open(DatagramChannel.class, DatagramChannel::open);
  }

  SocketChannel openStream() throws IOException {
    return open(SocketChannel.class, SocketChannel::open);
  }

  private <T> T open(Class<T> type, Callable<T> task) throws IOException {
    Order order = Order.of(task);
    place(order);
    try {
      return type.cast(order.result.get());
    } catch (InterruptedException e) {
      // Nobody interrupts the resolver's threads, so nobody leaks the socket that is on its way.
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a socket was opened", e);
    } catch (ExecutionException e) {
      throw new IOException("cannot open a socket in " + namespace, e.getCause());
    }
  }

  private void place(Order order) throws IOException {
    lock.lock();
    try {
      if (closed) {
        throw new IOException("the resolver is closed");
      }
      orders.add(Optional.of(order));
      if (!started) {
        started = true;
        CompletableFuture<Boolean> _ = NamespaceThread.start("cnm-dns-opener", this::work);
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean work() throws InterruptedException {
    Optional<Order> next = orders.take();
    while (next.isPresent()) {
      carryOut(next.get());
      next = orders.take();
    }
    return true;
  }

  private void carryOut(Order order) {
    try {
      order.result.complete(namespace.visit(order.task));
    } catch (Exception e) {
      order.result.completeExceptionally(e);
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      orders.add(Optional.empty());
    } finally {
      lock.unlock();
    }
  }
}
