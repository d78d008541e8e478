package dev.cnm.driver.bridge;

import dev.cnm.netlink.namespace.HeldName;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets one at a time, of all processes and stores, make a bridge on a host: from the look at which
 * subnets and names are free until these are taken. A name that is held is the lock, which goes
 * with the process that has it. Safe for use by several threads.
 */
final class Arbitration {

  private static final String NAME = "cnm-subnets";
  private static final long LONGEST_PAUSE_MILLIS = 20;

  private final NetworkNamespace host;
  private final Duration patience;

  /** Fair, and so that the threads of one driver don't have to look again and again. */
  private final ReentrantLock ours = new ReentrantLock(true);

  /**
   * For a host.
   *
   * @param patience how long to wait for others at most
   */
  Arbitration(NetworkNamespace host, Duration patience) {
    this.host = host;
    this.patience = patience;
  }

  @FunctionalInterface
  interface Task<T> {
    T run() throws IOException;
  }

  /**
   * Runs a task while nobody else on the host runs one; at once within another one.
   *
   * @throws IOException if the task throws it, or if another process doesn't come to an end
   */
  <T> T alone(Task<T> task) throws IOException {
    if (ours.isHeldByCurrentThread()) {
      return task.run();
    }
    ours.lock();
    try {
      HeldName held = take();
      try {
        return task.run();
      } finally {
        held.close();
      }
    } finally {
      ours.unlock();
    }
  }

  private HeldName take() throws IOException {
    long deadline = System.nanoTime() + patience.toNanos();
    for (long pause = 1; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS)) {
      Optional<HeldName> held = HeldName.take(host, NAME);
      if (held.isPresent()) {
        return held.get();
      }
      if (System.nanoTime() > deadline) {
        OptionalLong holder = HeldName.holder(host, NAME);
        throw new IOException(
            "cannot make a bridge: "
                + (holder.orElse(0) > 0
                    ? "process " + holder.getAsLong()
                    : "a process of another PID namespace")
                + " has been making one on this host for more than "
                + patience.toSeconds()
                + " s (it holds the socket @"
                + NAME
                + "): try again, or end it");
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while another process made a bridge");
      }
    }
  }
}
