package dev.cnm.netlink.inet;

import dev.cnm.netlink.gen.libc;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets threads wait until one socket is ready: they park, and {@link Poller} looks for all sockets.
 * A thread that waited in a foreign call would hold the carrier of all virtual threads. Where
 * nothing may come for long, no thread has to wait. Safe for use by several threads.
 */
final class Readiness {

  private final int fd;
  private final ReentrantLock lock = new ReentrantLock();
  private final List<Waiter> waiters = new ArrayList<>(1);

  /** Of the socket among those that the poller knows; 0 before anybody has waited for it. */
  private int number;

  private boolean closed;

  /** What to do once the socket is ready; {@code over} when there is no more to wait for. */
  private static final class Waiter {
    private final int events;
    private final Runnable then;
    private volatile boolean over;

    private Waiter(int events, Runnable then) {
      this.events = events;
      this.then = then;
    }

    private void end() {
      over = true;
      then.run();
    }
  }

  /** Of the socket with this descriptor. */
  Readiness(int fd) {
    this.fd = fd;
  }

  /**
   * Waits until the socket is ready or closed.
   *
   * @param events {@code EPOLLIN} or {@code EPOLLOUT}
   * @param nanos how long at most; 0 for ever
   * @return false if the time is over, the socket was closed or the thread interrupted
   * @throws SocketError if the kernel refuses to look for it
   */
  boolean await(int events, long nanos) throws SocketError {
    long deadline = System.nanoTime() + nanos;
    Thread thread = Thread.currentThread();
    Waiter waiter = new Waiter(events, () -> LockSupport.unpark(thread));
    add(waiter);
    while (!waiter.over) {
      long left = deadline - System.nanoTime();
      if ((nanos != 0 && left <= 0) || Thread.currentThread().isInterrupted()) {
        remove(waiter);
        return false;
      }
      if (nanos == 0) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, left);
      }
    }
    return !isClosed();
  }

  /**
   * Has {@code then} run, once, when the socket is ready or closed.
   *
   * @param events {@code EPOLLIN} or {@code EPOLLOUT}
   * @param then runs on the thread that polls, or on the one that closes the socket, which wait for
   *     it: short, and throws nothing
   * @throws SocketError if the kernel refuses to look for it
   */
  void watch(int events, Runnable then) throws SocketError {
    add(new Waiter(events, then));
  }

  private void add(Waiter waiter) throws SocketError {
    lock.lock();
    try {
      if (!closed) {
        if (number == 0) {
          number = Poller.instance().add(this, fd, waiter.events);
          waiters.add(waiter);
        } else {
          waiters.add(waiter);
          lookAgain();
        }
        return;
      }
    } finally {
      lock.unlock();
    }
    waiter.end();
  }

  /** Has the poller look once for what anybody waits for. */
  private void lookAgain() {
    int events = 0;
    for (Waiter waiter : waiters) {
      events |= waiter.events;
    }
    Poller.instance().lookAgain(number, fd, events);
  }

  private void remove(Waiter waiter) {
    lock.lock();
    try {
      waiters.remove(waiter);
    } finally {
      lock.unlock();
    }
  }

  /** Ends the wait of those who wait for one of these events. */
  void happened(int events) {
    List<Waiter> ready = new ArrayList<>(1);
    lock.lock();
    try {
      for (Iterator<Waiter> all = waiters.iterator(); all.hasNext(); ) {
        Waiter waiter = all.next();
        // An error or a hang-up comes unasked (epoll_ctl(2)), and concerns everybody.
        if ((events & (waiter.events | ~(libc.EPOLLIN() | libc.EPOLLOUT()))) != 0) {
          ready.add(waiter);
          all.remove();
        }
      }
      if (!waiters.isEmpty() && !closed) {
        lookAgain();
      }
    } finally {
      lock.unlock();
    }
    ready.forEach(Waiter::end);
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Ends everybody's wait; to be called while the descriptor is still open. */
  void close() {
    List<Waiter> left;
    lock.lock();
    try {
      closed = true;
      if (number != 0) {
        Poller.instance().remove(number);
      }
      left = List.copyOf(waiters);
      waiters.clear();
    } finally {
      lock.unlock();
    }
    left.forEach(Waiter::end);
  }
}
