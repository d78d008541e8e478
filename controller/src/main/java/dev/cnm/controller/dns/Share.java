package dev.cnm.controller.dns;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many queries of one resolver may be on their way to other servers at once. All may together
 * have a fixed number, which is divided by those that have any: one that floods has its share and
 * leaves the others theirs. Safe for use by several threads.
 */
final class Share {

  private static final int LARGEST = 1024;
  private static final int SMALLEST = 16;

  /** Common to the resolvers of one controller. */
  static final class Whole {
    private final int size;
    private final AtomicInteger busy = new AtomicInteger();

    Whole(int size) {
      this.size = size;
    }
  }

  private final Whole whole;
  private final AtomicInteger taken = new AtomicInteger();

  Share(Whole whole) {
    this.whole = whole;
  }

  /** Takes one, to be given back, or returns false. */
  boolean take() {
    if (taken.getAndIncrement() == 0) {
      whole.busy.incrementAndGet();
    }
    int mine = Math.clamp(whole.size / Math.max(1, whole.busy.get()), SMALLEST, LARGEST);
    if (taken.get() > mine) {
      giveBack();
      return false;
    }
    return true;
  }

  void giveBack() {
    if (taken.decrementAndGet() == 0) {
      whole.busy.decrementAndGet();
    }
  }
}
