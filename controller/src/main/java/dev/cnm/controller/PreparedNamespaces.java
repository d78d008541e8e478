package dev.cnm.controller;

import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Network namespaces made ahead, as new sandboxes want them: with the loopback up and their route
 * socket open. Each is given away once and never comes back, so that no tenant finds traces of
 * another. A thread makes new ones when no more are being taken, since both need the lock of the
 * kernel's network configuration, or when half of them are gone. Safe for use by several threads.
 */
final class PreparedNamespaces {

  private static final System.Logger LOG = System.getLogger(PreparedNamespaces.class.getName());
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<NetworkNamespace> ready = new ArrayDeque<>();
  private final int wanted;
  private final Maker maker;
  private long lastTaken;
  private boolean taken;
  private long takes;
  private boolean failing;
  private boolean closed;

  /** Makes a namespace. */
  @FunctionalInterface
  interface Maker {
    NetworkNamespace make() throws IOException;
  }

  /** Keeps so many of them, and no thread if that is 0. */
  PreparedNamespaces(int wanted, Maker maker) {
    this.wanted = wanted;
    this.maker = maker;
    if (wanted > 0) {
      Thread.ofPlatform().name("cnm-prepares").daemon().start(this::fill);
    }
  }

  /**
   * One that nobody has had: a prepared one or, if there is none, one made now.
   *
   * @throws IOException if the kernel refuses
   */
  NetworkNamespace take() throws IOException {
    lock.lock();
    try {
      NetworkNamespace prepared = ready.poll();
      failing = false;
      taken = true;
      takes++;
      lastTaken = System.nanoTime();
      changed.signalAll();
      if (prepared != null) {
        return prepared;
      }
    } finally {
      lock.unlock();
    }
    return maker.make();
  }

  /** How many are ready now. */
  int ready() {
    lock.lock();
    try {
      return ready.size();
    } finally {
      lock.unlock();
    }
  }

  private void fill() {
    while (awaitNeed()) {
      long before = takes();
      try {
        NetworkNamespace made = maker.make();
        if (!keep(made)) {
          made.close();
        }
      } catch (IOException | RuntimeException e) {
        LOG.log(Level.WARNING, "cannot prepare a network namespace; the next sandbox tries", e);
        lock.lock();
        try {
          // Who took one meanwhile is the next sandbox already.
          failing = takes == before;
        } finally {
          lock.unlock();
        }
      }
    }
  }

  private long takes() {
    lock.lock();
    try {
      return takes;
    } finally {
      lock.unlock();
    }
  }

  private boolean keep(NetworkNamespace made) {
    lock.lock();
    try {
      return !closed && ready.add(made);
    } finally {
      lock.unlock();
    }
  }

  /** Waits until one is to be made; false if no more are. */
  private boolean awaitNeed() {
    lock.lock();
    try {
      while (!closed) {
        if (failing || ready.size() >= wanted) {
          changed.awaitUninterruptibly();
          continue;
        }
        long pause = lastTaken + QUIET_NANOS - System.nanoTime();
        if (!taken || pause <= 0 || ready.size() < (wanted + 1) / 2) {
          return true;
        }
        taken = changed.awaitNanos(pause) > 0;
      }
      return false;
    } catch (InterruptedException e) {
      // Whoever interrupts this thread wants it to end.
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Lets go of those that are ready. */
  void close() {
    lock.lock();
    try {
      closed = true;
      ready.forEach(NetworkNamespace::close);
      ready.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
