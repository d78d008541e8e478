package dev.cnm.controller.dns;

import dev.cnm.netlink.namespace.NamespaceThread;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A thread that visits namespaces for others, one after another: to start one each time would take
 * longer than what is done there. It is started for the first task. Safe for use by several
 * threads.
 */
final class Visitor implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Visitor.class.getName());

  /** The last one is empty. */
  private final BlockingQueue<Optional<Runnable>> tasks = new LinkedBlockingQueue<>();

  private final ReentrantLock lock = new ReentrantLock();
  private boolean started;
  private boolean closed;

  /**
   * Has {@code task} run, which may visit namespaces and must not fail.
   *
   * @throws IOException if it is closed
   */
  void submit(Runnable task) throws IOException {
    lock.lock();
    try {
      if (closed) {
        throw new IOException("the resolvers are closed");
      }
      if (!started) {
        CompletableFuture<Boolean> _ = NamespaceThread.start("cnm-dns-visitor", this::work);
        started = true;
      }
      tasks.add(Optional.of(task));
    } finally {
      lock.unlock();
    }
  }

  private boolean work() throws InterruptedException {
    Optional<Runnable> next = tasks.take();
    while (next.isPresent()) {
      try {
        next.get().run();
      } catch (Throwable e) {
        LOG.log(Level.WARNING, "a namespace was not visited", e);
      }
      next = tasks.take();
    }
    return true;
  }

  /** Ends the thread after what has been submitted. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      tasks.add(Optional.empty());
    } finally {
      lock.unlock();
    }
  }
}
