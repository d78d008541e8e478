package dev.cnm.benchmarks.report;

import dev.cnm.benchmarks.stacks.FloorStack;
import dev.cnm.benchmarks.stacks.Host;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.route.Links;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * The floor in C for several callers, beside {@code ConcurrencyBenchmark}: processes that share
 * nothing but the kernel attach and let go, and it removes that meanwhile. What would make it lie:
 * a kernel that still removes when the next is measured, so this ends when the last link is gone.
 */
final class Crowd {

  private static final int SECONDS = 9;

  private Crowd() {}

  static List<Measurement> run(int callers) throws IOException {
    FloorStack floor = FloorStack.inPlace();
    if (floor.missing().isPresent()) {
      return List.of();
    }
    double[] turns;
    try (Host host = Host.create("bench-crowd")) {
      turns = floor.crowd(host, callers, SECONDS);
      awaitRemoval(host);
    }
    double[] millis = Arrays.stream(turns).map(it -> it / 1e6).toArray();
    String condition = Measurement.callers(callers);
    return List.of(
        new Measurement(
            "concurrency",
            Markdown.CROWD,
            condition,
            "ops/ms",
            Distribution.of(turns.length / 1e3 / SECONDS)),
        new Measurement(
            "concurrency", Markdown.CROWD, condition, "ms/op", Distribution.of(millis)));
  }

  private static void awaitRemoval(Host host) throws IOException {
    try (NetworkNamespace namespace = NetworkNamespace.open(host.path())) {
      Links links = new Links(namespace.route());
      while (links.list().stream().anyMatch(it -> it.name().matches("fl\\d+"))) {
        LockSupport.parkNanos(10_000_000);
      }
    }
  }
}
