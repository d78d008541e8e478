package dev.cnm.controller;

import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.NetworkDriver;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Removes in the background what sandboxes leave behind, many at a time. Removing one link makes
 * the kernel wait for all processors ({@code netdev_run_todo} of net/core/dev.c), and removing
 * several in one request makes it wait once. The namespaces follow their links, so that the kernel
 * finds them empty and has less to do while it holds the lock that those who attach need.
 *
 * <p>What comes here is cut off from its network and in no record any more: what takes its place
 * has other ids and other links. One thread, started when it is first needed. Safe for use by
 * several threads.
 */
final class Reaper {

  private static final System.Logger LOG = System.getLogger(Reaper.class.getName());

  /** Begins when nothing more has come for so long: who deletes one may be about to attach, */
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /** or the first has waited for so long, lest the kernel holds its lock for a long batch, */
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

  /** or so many have come that nobody seems to attach between them. */
  private static final int MANY = 32;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private List<Remains> waiting = new ArrayList<>();
  private long first;
  private long last;

  /** All that has come and is not gone yet. */
  private final Set<Remains> pending = Collections.newSetFromMap(new IdentityHashMap<>());

  /** Whether somebody waits for what is waiting. */
  private boolean awaited;

  private boolean closed;
  private @Nullable Thread thread;
  private Failures failures = new Failures();

  /**
   * What is left of a sandbox.
   *
   * @param endpoints those that were cut off
   * @param namespace still to be closed, if this process holds it
   */
  record Remains(List<CutOff> endpoints, @Nullable NetworkNamespace namespace) {

    private boolean isOf(String networkId) {
      return endpoints.stream().anyMatch(it -> it.endpoint.network().id().equals(networkId));
    }
  }

  /** An endpoint that has been cut off. */
  record CutOff(NetworkDriver driver, EndpointContext endpoint) {}

  /** Takes what is left of a sandbox. */
  void take(Remains remains) {
    lock.lock();
    try {
      last = System.nanoTime();
      if (waiting.isEmpty()) {
        first = last;
      }
      waiting.add(remains);
      if (waiting.size() == 1 || waiting.size() == MANY) {
        changed.signalAll();
      }
      pending.add(remains);
      if (thread == null) {
        thread = Thread.ofPlatform().name("cnm-reaper").daemon().start(this::work);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether something that has come is not gone yet. */
  boolean isBusy() {
    lock.lock();
    try {
      return !pending.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until everything that came before this is gone.
   *
   * @throws IOException if something could not be removed since this was last called
   */
  void await() throws IOException {
    settle();
    Failures found;
    lock.lock();
    try {
      found = failures;
      failures = new Failures();
    } finally {
      lock.unlock();
    }
    found.orElseThrow();
  }

  /** The same, but leaves the failures to {@link #await}. */
  void settle() {
    lock.lock();
    try {
      List<Remains> wanted = List.copyOf(pending);
      awaited = true;
      changed.signalAll();
      while (wanted.stream().anyMatch(pending::contains)) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Removes what has come of one network, on the calling thread, and waits only for what the reaper
   * is at already; leaves the failures to {@link #await}.
   */
  void settle(String networkId) {
    List<Remains> its = new ArrayList<>();
    lock.lock();
    try {
      waiting.removeIf(it -> it.isOf(networkId) && its.add(it));
    } finally {
      lock.unlock();
    }
    if (!its.isEmpty()) {
      finish(its);
    }
    lock.lock();
    try {
      List<Remains> begun = pending.stream().filter(it -> it.isOf(networkId)).toList();
      while (begun.stream().anyMatch(pending::contains)) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  private void finish(List<Remains> batch) {
    Failures failed = new Failures();
    remove(batch, failed);
    lock.lock();
    try {
      batch.forEach(pending::remove);
      failures.attempt(failed::orElseThrow);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Removes what is left, and ends. Nothing may come afterwards. */
  void close() {
    settle();
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void work() {
    for (List<Remains> batch = next(); !batch.isEmpty(); batch = next()) {
      finish(batch);
    }
  }

  /** Waits for something to do, and until it pays to begin; nothing is left when it is empty. */
  private List<Remains> next() {
    lock.lock();
    try {
      while (waiting.isEmpty() && !closed) {
        changed.awaitUninterruptibly();
      }
      while (!awaited && !waiting.isEmpty() && waiting.size() < MANY) {
        if (!pause(Math.min(last + QUIET_NANOS, first + PATIENCE_NANOS))) {
          break;
        }
      }
      List<Remains> batch = waiting;
      waiting = new ArrayList<>();
      awaited = false;
      return batch;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until a time has come or something has changed; false if it has come already. */
  @SuppressWarnings("WaitNotInLoop") // The callers loop.
  private boolean pause(long until) {
    try {
      return changed.awaitNanos(until - System.nanoTime()) > 0;
    } catch (InterruptedException e) {
      // Nobody has this thread to interrupt it.
      return false;
    }
  }

  private void remove(List<Remains> batch, Failures failed) {
    Map<NetworkDriver, List<EndpointContext>> endpoints = new LinkedHashMap<>();
    for (Remains remains : batch) {
      for (CutOff it : remains.endpoints) {
        endpoints.computeIfAbsent(it.driver, driver -> new ArrayList<>()).add(it.endpoint);
      }
    }
    endpoints.forEach((driver, its) -> {
      failed.attempt(() -> driver.leaveAll(its));
      its.forEach(endpoint -> failed.attempt(() -> driver.deleteEndpoint(endpoint)));
    });
    for (Remains remains : batch) {
      if (remains.namespace != null) {
        remains.namespace.close();
      }
    }
    try {
      failed.orElseThrow();
    } catch (IOException | RuntimeException e) {
      LOG.log(Level.WARNING, "what was deleted is cut off but not gone", e);
    }
  }
}
