package dev.cnm.benchmarks.report;

import dev.cnm.ControllerOptions;
import dev.cnm.ControllerOptions.AddressRange;
import dev.cnm.Endpoint;
import dev.cnm.IpPrefix;
import dev.cnm.Network;
import dev.cnm.NetworkController;
import dev.cnm.Sandbox;
import dev.cnm.benchmarks.stacks.Host;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.route.LinkChange;
import dev.cnm.netlink.route.Links;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * How near several callers come to what the kernel's lock of the network configuration ({@code
 * rtnl_mutex}) allows: while they attach and delete, somebody in a namespace of its own asks for
 * that lock at random times, by a change that changes nothing. How often it has to wait is how much
 * of the time the lock is held. What would make it lie: a wait for a processor, which looks the
 * same; so the lock is held for that much at most.
 */
final class LockWait {

  private static final long SECONDS = 5;

  /** The change alone takes 3 us. */
  private static final double WAITED_MICROS = 30;

  private final NetworkController controller;
  private final Network network;
  private final AtomicInteger made = new AtomicInteger();
  private volatile boolean over;

  private LockWait(NetworkController controller) {
    this.controller = controller;
    network = controller.network("bridge");
  }

  static List<Measurement> run() throws IOException {
    List<Measurement> all = new ArrayList<>();
    for (int callers : new int[] {1, 4, 16, 64}) {
      try (Host host = Host.create("bench-lock");
          NetworkController controller =
              NetworkController.create(
                  ControllerOptions.defaults()
                      .withHostNamespace(host.path())
                      .withAddressRanges(new AddressRange(IpPrefix.parse("10.99.0.0/16"), 16)))) {
        all.addAll(new LockWait(controller).measure(callers));
      }
    }
    return all;
  }

  private List<Measurement> measure(int callers) throws IOException {
    ExecutorService threads = Executors.newFixedThreadPool(callers + 1);
    try {
      List<Future<Integer>> turns = new ArrayList<>();
      for (int i = 0; i < callers; i++) {
        turns.add(threads.submit((Callable<Integer>) this::call));
      }
      LockSupport.parkNanos(1_000_000_000);
      double[] waits = threads.submit(LockWait::ask).get();
      over = true;
      for (Future<Integer> turn : turns) {
        turn.get();
      }
      long waited = Arrays.stream(waits).filter(it -> it > WAITED_MICROS).count();
      String condition = Measurement.callers(callers);
      return List.of(
          new Measurement("lock", "wait for it", condition, "us", Distribution.of(waits)),
          new Measurement(
              "lock",
              "held at most",
              condition,
              "%",
              Distribution.of(100.0 * waited / waits.length)));
    } catch (InterruptedException | ExecutionException e) {
      throw new IOException("the callers failed", e);
    } finally {
      over = true;
      threads.shutdown();
    }
  }

  private int call() throws IOException {
    int turns = 0;
    while (!over) {
      String name = "c" + made.incrementAndGet();
      Endpoint endpoint = network.createEndpoint(name);
      Sandbox sandbox = controller.newSandbox(name);
      endpoint.join(sandbox);
      sandbox.delete();
      turns++;
    }
    return turns;
  }

  private static double[] ask() throws IOException {
    LinkChange nothing = LinkChange.of(1).build();
    List<Double> waits = new ArrayList<>();
    try (NetworkNamespace apart = NetworkNamespace.create()) {
      Links links = new Links(apart.route());
      long end = System.nanoTime() + SECONDS * 1_000_000_000;
      while (System.nanoTime() < end) {
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(200_000, 800_000));
        long start = System.nanoTime();
        links.change(nothing);
        waits.add((System.nanoTime() - start) / 1e3);
      }
    }
    return waits.stream().mapToDouble(it -> it).toArray();
  }
}
