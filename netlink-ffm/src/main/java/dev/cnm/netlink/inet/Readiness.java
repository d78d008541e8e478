package dev.cnm.netlink.inet;

import dev.cnm.netlink.Errno;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.pollfd;
import dev.cnm.netlink.internal.Linux;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets threads wait until a socket is ready: they park, and one platform thread polls for all of
 * them. A thread that waited in a foreign call would hold the carrier of all virtual threads. Where
 * nothing may come for long, no thread has to wait.
 */
final class Readiness {

  private static final class Holder {
    static final Readiness INSTANCE = new Readiness();
  }

  private final Queue<Waiter> arriving = new ConcurrentLinkedQueue<>();
  private final int bell;
  private final int rope;

  /** What to do once a socket is ready; {@code over} when there is no more to wait for. */
  private static final class Waiter {
    private final InetSocket socket;
    private final int events;
    private final Runnable then;
    private volatile boolean over;

    private Waiter(InetSocket socket, int events, Runnable then) {
      this.socket = socket;
      this.events = events;
      this.then = then;
    }

    private void end() {
      over = true;
      then.run();
    }
  }

  private Readiness() {
    int[] pipe = new int[2];
    int result = Linux.pipe2(pipe, libc.O_CLOEXEC() | libc.O_NONBLOCK());
    if (result < 0) {
      throw new IllegalStateException("cannot make a pipe: " + Errno.describe(-result));
    }
    bell = pipe[0];
    rope = pipe[1];
    Thread.ofPlatform().name("cnm-readiness").daemon().start(this::poll);
  }

  /**
   * Waits until a socket is ready or closed.
   *
   * @param events {@code POLLIN} or {@code POLLOUT}
   * @param nanos how long at most; 0 for ever
   * @return false if the time is over, the socket was closed or the thread interrupted
   */
  static boolean await(InetSocket socket, int events, long nanos) {
    Readiness readiness = Holder.INSTANCE;
    long deadline = System.nanoTime() + nanos;
    Thread thread = Thread.currentThread();
    Waiter waiter = new Waiter(socket, events, () -> LockSupport.unpark(thread));
    readiness.add(waiter);
    try {
      while (!waiter.over) {
        long left = deadline - System.nanoTime();
        if ((nanos != 0 && left <= 0) || Thread.currentThread().isInterrupted()) {
          return false;
        }
        if (nanos == 0) {
          LockSupport.park(readiness);
        } else {
          LockSupport.parkNanos(readiness, left);
        }
      }
      return !socket.isClosed();
    } finally {
      waiter.over = true;
    }
  }

  /**
   * Has {@code then} run, once, when a socket is ready or closed.
   *
   * @param events {@code POLLIN} or {@code POLLOUT}
   * @param then runs on the thread that polls, which waits for it: short, and throws nothing
   */
  static void watch(InetSocket socket, int events, Runnable then) {
    Holder.INSTANCE.add(new Waiter(socket, events, then));
  }

  private void add(Waiter waiter) {
    arriving.add(waiter);
    ring();
  }

  /** Ends the wait of those whose socket has been closed. */
  static void wake() {
    Holder.INSTANCE.ring();
  }

  /** A pipe that is full already rings all the same. */
  private void ring() {
    Linux.write(rope, new byte[1]);
  }

  private void poll() {
    Arena arena = Arena.ofAuto();
    MemorySegment callState = Linux.newCallState(arena);
    MemorySegment rings = arena.allocate(4096);
    MemorySegment polled = pollfd.allocateArray(64, arena);
    List<Waiter> waiters = new ArrayList<>();
    while (true) {
      for (Waiter waiter = arriving.poll(); waiter != null; waiter = arriving.poll()) {
        waiters.add(waiter);
      }
      waiters.removeIf(waiter -> {
        if (!waiter.over && waiter.socket.isClosed()) {
          waiter.end();
        }
        return waiter.over;
      });
      int count = waiters.size() + 1;
      if (polled.byteSize() < count * pollfd.sizeof()) {
        polled = pollfd.allocateArray(2L * count, arena);
      }
      set(polled, 0, bell, libc.POLLIN());
      for (int i = 1; i < count; i++) {
        set(polled, i, waiters.get(i - 1).socket.descriptor(), waiters.get(i - 1).events);
      }
      Linux.poll(polled, count, -1);
      if (pollfd.revents(pollfd.asSlice(polled, 0)) != 0) {
        Linux.read(callState, bell, rings, rings.byteSize());
      }
      for (int i = 1; i < count; i++) {
        if (pollfd.revents(pollfd.asSlice(polled, i)) != 0) {
          waiters.get(i - 1).end();
        }
      }
    }
  }

  private static void set(MemorySegment polled, int index, int fd, int events) {
    MemorySegment one = pollfd.asSlice(polled, index);
    pollfd.fd(one, fd);
    pollfd.events(one, (short) events);
    pollfd.revents(one, (short) 0);
  }
}
