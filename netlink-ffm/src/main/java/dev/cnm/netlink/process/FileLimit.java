package dev.cnm.netlink.process;

import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.rlimit;
import dev.cnm.netlink.internal.Linux;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How many files this process may have open ({@code RLIMIT_NOFILE} of getrlimit(2)): as many as it
 * is ever allowed, whereas what it starts has the limit that it was given itself. The JVM raises
 * the limit on its own, and forgets what it was, unless it is told {@code -XX:-MaxFDLimit}. Safe
 * for use by several threads.
 */
public final class FileLimit {

  /**
   * How many descriptors are set aside. The limit is one of their numbers, so to start a process
   * under a low one takes some low numbers that are free, the JDK up to ten; and so does cleaning
   * up when none are left.
   */
  private static final int SET_ASIDE = 16;

  private static final long UNKNOWN = -1;

  private static final ReentrantLock LOCK = new ReentrantLock();
  private static final List<Integer> ASIDE = new ArrayList<>(SET_ASIDE);
  private static long given = UNKNOWN;

  private FileLimit() {}

  /** Raises it as far as it goes, and sets some descriptors aside; a second time does nothing. */
  public static void raise() {
    LOCK.lock();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment limit = arena.allocate(rlimit.layout());
      if (given == UNKNOWN && Linux.prlimit(libc.RLIMIT_NOFILE(), null, limit) == 0) {
        given = rlimit.rlim_cur(limit);
        set(rlimit.rlim_max(limit));
      }
      while (ASIDE.size() < SET_ASIDE) {
        int descriptor = Linux.open("/", libc.O_PATH() | libc.O_CLOEXEC());
        if (descriptor < 0) {
          break;
        }
        ASIDE.add(descriptor);
      }
    } finally {
      LOCK.unlock();
    }
  }

  /** Frees the descriptors that were set aside, for cleaning up even if there are no others. */
  public static void freeSetAside() {
    LOCK.lock();
    try {
      ASIDE.forEach(Linux::close);
      ASIDE.clear();
    } finally {
      LOCK.unlock();
    }
  }

  /**
   * Starts a process with the limit that this one was given. Meanwhile the others of this process
   * have it, too.
   *
   * @throws IOException if it can't be started
   */
  public static Process start(ProcessBuilder process) throws IOException {
    LOCK.lock();
    try {
      restore();
      try {
        return process.start();
      } finally {
        raise();
      }
    } finally {
      LOCK.unlock();
    }
  }

  /** Makes it what it was. */
  static void restore() {
    LOCK.lock();
    try {
      freeSetAside();
      if (given != UNKNOWN) {
        set(given);
        given = UNKNOWN;
      }
    } finally {
      LOCK.unlock();
    }
  }

  private static void set(long soft) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment limit = arena.allocate(rlimit.layout());
      if (Linux.prlimit(libc.RLIMIT_NOFILE(), null, limit) == 0 && rlimit.rlim_cur(limit) != soft) {
        rlimit.rlim_cur(limit, soft);
        int _ = Linux.prlimit(libc.RLIMIT_NOFILE(), limit, null);
      }
    }
  }
}
