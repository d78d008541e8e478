package dev.cnm.benchmarks.report;

import dev.cnm.benchmarks.stacks.FloorStack;
import dev.cnm.benchmarks.stacks.Host;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.route.LinkChange;
import dev.cnm.netlink.route.Links;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * One exchange with the kernel, from Java and from C in turn: a request that is acknowledged, and
 * one that is answered. What would make it lie: cold code, so the first rounds don't count, and
 * code that is compiled for all that this JVM has done before, so this comes first; and that ours
 * makes a record of an answer, which C throws away, so the goal is held against the first. What it
 * leaves in C's favour: a process of one thread is spared what others pay for a call, the count of
 * references to the file ({@code fdget} of fs/file.c) and the marks of a cancellation point ({@code
 * pthreads(7)}), 100 ns of an exchange.
 */
final class RoundTrip {

  private static final int TIMES = 2_000;
  private static final int ROUNDS = 60;
  private static final int WARM_UP = 20;

  private RoundTrip() {}

  @FunctionalInterface
  private interface Exchange {
    void run(Links links) throws IOException;
  }

  static List<Measurement> run() throws IOException {
    List<Measurement> all = new ArrayList<>();
    LinkChange nothing = LinkChange.of(1).build();
    all.addAll(run("change a link", "change", links -> links.change(nothing)));
    all.addAll(run("get a link", "get", RoundTrip::get));
    return all;
  }

  private static void get(Links links) throws IOException {
    if (links.get(1).orElseThrow().index() != 1) {
      throw new IOException("the loopback is number 1");
    }
  }

  private static List<Measurement> run(String condition, String command, Exchange exchange)
      throws IOException {
    double[] java = new double[ROUNDS];
    double[] c = new double[ROUNDS];
    FloorStack floor = FloorStack.inPlace();
    boolean compare = floor.missing().isEmpty();
    try (Host host = Host.create("bench-round-trip");
        NetworkNamespace namespace = NetworkNamespace.open(host.path())) {
      Links links = new Links(namespace.route());
      if (compare) {
        floor.open(host, 0, false);
      }
      try {
        for (int round = -WARM_UP; round < ROUNDS; round++) {
          double ours = ours(links, exchange);
          double theirs = compare ? floor.roundTrip(command, TIMES) : 0;
          if (round >= 0) {
            java[round] = ours;
            c[round] = theirs;
          }
        }
      } finally {
        floor.close();
      }
    }
    List<Measurement> both = new ArrayList<>();
    both.add(new Measurement("round trip", "cnm", condition, "ns", Distribution.of(java)));
    if (compare) {
      both.add(new Measurement("round trip", "C", condition, "ns", Distribution.of(c)));
    }
    return both;
  }

  private static double ours(Links links, Exchange exchange) throws IOException {
    long start = System.nanoTime();
    for (int i = 0; i < TIMES; i++) {
      exchange.run(links);
    }
    return (System.nanoTime() - start) / (double) TIMES;
  }
}
