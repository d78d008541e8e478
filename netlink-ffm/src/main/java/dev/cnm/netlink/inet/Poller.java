package dev.cnm.netlink.inet;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.cnm.netlink.Errno;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.internal.Linux;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One platform thread that waits for all sockets at once ({@code epoll(7)}): however many there
 * are, what it does is for those only that something happens to. Each is looked for once ({@code
 * EPOLLONESHOT}) and forgotten by the kernel when it is closed.
 */
final class Poller {

  private static final class Holder {
    static final Poller INSTANCE = new Poller();
  }

  private final int epoll;
  private final AtomicInteger numbers = new AtomicInteger();
  private final Map<Integer, Readiness> sockets = new ConcurrentHashMap<>();

  private Poller() {
    epoll = Linux.epollCreate1(libc.EPOLL_CLOEXEC());
    if (epoll < 0) {
      throw new IllegalStateException("cannot poll: " + Errno.describe(-epoll));
    }
    Thread.ofPlatform().name("cnm-poller").daemon().start(this::poll);
  }

  static Poller instance() {
    return Holder.INSTANCE;
  }

  /**
   * Looks for events of a socket that it doesn't know yet, and returns its number.
   *
   * @throws SocketError if the kernel refuses: {@code ENOSPC} beyond {@code max_user_watches} of
   *     {@code epoll(7)}
   */
  int add(Readiness socket, int fd, int events) throws SocketError {
    int number = numbers.incrementAndGet();
    sockets.put(number, socket);
    int result = control(libc.EPOLL_CTL_ADD(), fd, events, number);
    if (result < 0) {
      sockets.remove(number);
      throw new SocketError("poll", -result);
    }
    return number;
  }

  /** Looks for events of a socket again. */
  void lookAgain(int number, int fd, int events) {
    int result = control(libc.EPOLL_CTL_MOD(), fd, events, number);
    if (result < 0) {
      throw new IllegalStateException("cannot poll a socket again: " + Errno.describe(-result));
    }
  }

  /** Knows a socket no more; the kernel does so itself when it is closed. */
  void remove(int number) {
    sockets.remove(number);
  }

  private int control(int operation, int fd, int events, int number) {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment event = Event.allocate(call);
      Event.set(event, events | libc.EPOLLONESHOT(), number);
      return Linux.epollCtl(epoll, operation, fd, event);
    }
  }

  private void poll() {
    MemorySegment event = Event.allocate(Arena.ofAuto());
    while (true) {
      int count = Linux.epollWait(epoll, event, 1, -1);
      if (count == 1) {
        Readiness socket = sockets.get(Event.number(event));
        if (socket != null) {
          socket.happened(Event.events(event));
        }
      } else if (count != -Errno.EINTR.number()) {
        throw new IllegalStateException("cannot poll: " + Errno.describe(-count));
      }
    }
  }

  /**
   * One {@code struct epoll_event}: 32 bits of events and 64 of the caller's, which follow at once
   * on x86-64 and are aligned elsewhere (linux/eventpoll.h), as a layout made on one machine can't
   * say. So both halves of what would follow at once, and the first of what would be aligned, have
   * the number; it is read where all have it.
   */
  private static final class Event {

    private static final int LENGTH = 16;

    private static MemorySegment allocate(Arena arena) {
      return arena.allocate(LENGTH, 8);
    }

    private static void set(MemorySegment event, int events, int number) {
      event.set(JAVA_INT, 0, events);
      event.set(JAVA_INT, 4, number);
      event.set(JAVA_INT, 8, number);
    }

    private static int events(MemorySegment event) {
      return event.get(JAVA_INT, 0);
    }

    private static int number(MemorySegment event) {
      return event.get(JAVA_INT, 8);
    }
  }
}
