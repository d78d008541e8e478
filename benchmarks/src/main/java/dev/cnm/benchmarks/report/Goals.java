package dev.cnm.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What was set out to be reached, held against the results; at the median unless it says more. */
final class Goals {

  /** The callers of {@code ConcurrencyBenchmark}. */
  static final String OURS = "attachAndDetach";

  private Goals() {}

  /** One of them. */
  record Goal(String name, String wanted, String measured, boolean met) {}

  static List<Goal> of(Results results) {
    List<Goal> goals = new ArrayList<>();
    String empty = "0 present";
    ratio(
        goals,
        "cold attach over the floor in C",
        p50(results, "attach", Markdown.COLD, empty),
        p50(results, "attach", Markdown.FLOOR, empty),
        1.10);
    String port = empty + ", one port";
    ratio(
        goals,
        "cold attach with a published port over the floor in C",
        p50(results, "attach", Markdown.COLD, port),
        p50(results, "attach", Markdown.FLOOR, port),
        1.10);
    atLeast(
        goals,
        "step by step over cold attach",
        p50(results, "attach", Markdown.STEP, empty),
        p50(results, "attach", Markdown.COLD, empty),
        15);
    ratio(
        goals,
        "warm attach over cold attach",
        p50(results, "attach", Markdown.WARM, empty),
        p50(results, "attach", Markdown.COLD, empty),
        0.6);
    ratio(
        goals,
        "the same at p99",
        p99(results, "attach", Markdown.WARM, empty),
        p99(results, "attach", Markdown.COLD, empty),
        1);
    atMost(
        goals, "detach returns", p50(results, "removal", "the call", "200 sandboxes"), 100, "us");
    atMost(
        goals,
        "200 endpoints gone, each",
        p50(results, "removal", "until gone, each", "200 sandboxes"),
        600,
        "us");
    ratio(
        goals,
        "attach at 1,000 over attach at 10",
        p50(results, "growth", "attach", "present 1000"),
        p50(results, "growth", "attach", "present 10"),
        1.5);
    ratio(
        goals,
        "publishing with 1,000 published over the first",
        p50(results, "publish", "publishOneMore", "present 1000"),
        p50(results, "publish", "publishOneMore", "present 1"),
        1.2);
    concurrency(goals, results);
    round(goals, results);
    codec(goals, results);
    for (String query : List.of("list", "inspectAll")) {
      atMost(
          goals, query + " at 1,000 endpoints", p50(results, "queries", query, ""), 50_000, "us");
    }
    atMost(goals, StartUp.BRIDGE, p50(results, "start-up", StartUp.BRIDGE, ""), 250, "ms");
    for (String path : List.of("between containers", "to the host", "published port")) {
      atLeast(
          goals,
          "throughput over docker's, " + path,
          p50(results, "data path", "cnm", path),
          p50(results, "data path", "docker", path),
          0.98);
    }
    return goals;
  }

  private static void round(List<Goal> goals, Results results) {
    ratio(
        goals,
        "round trip over the same in C",
        p50(results, "round trip", "cnm", "change a link"),
        p50(results, "round trip", "C", "change a link"),
        1.2);
  }

  private static void codec(List<Goal> goals, Results results) {
    for (Measurement it : results.section("codec")) {
      if (it.subject().endsWith(", allocated")) {
        // JMH's own bookkeeping shows as a fraction of a byte.
        goals.add(
            new Goal(
                "encoding allocates",
                "0 B/op",
                Plot.number(it.values().p50()) + " B/op",
                it.values().p50() < 0.5));
      }
    }
  }

  private static void concurrency(List<Goal> goals, Results results) {
    Optional<Double> alone = throughput(results, 1);
    for (int callers : new int[] {4, 16, 64}) {
      Optional<Double> together = throughput(results, callers);
      atLeast(goals, "throughput of " + callers + " callers over one's", together, alone, 1);
      turn(results, 1).ifPresent(one -> slowest(goals, results, callers, "one", one));
      turn(results, callers).ifPresent(own -> slowest(goals, results, callers, "theirs", own));
    }
  }

  /** The p99 of a turn against the p50 of the turn of one caller, or of as many. */
  private static void slowest(
      List<Goal> goals, Results results, int callers, String whose, Measurement turn) {
    atMost(
        goals,
        "p99 of %d callers against %d × p50 of %s".formatted(callers, callers, whose),
        turn(results, callers).map(it -> it.values().p99()),
        callers * turn.values().p50(),
        turn.unit());
  }

  /** How near the callers come to those of the floor in C, and those to the goal. */
  static List<String> besideTheFloor(Results results) {
    List<String> lines = new ArrayList<>();
    Optional<Measurement> alone = concurrent(results, Markdown.CROWD, 1, false);
    for (int callers : new int[] {1, 4, 16, 64}) {
      Optional<Double> ours = throughput(results, callers);
      Optional<Double> theirs =
          concurrent(results, Markdown.CROWD, callers, true).map(it -> it.values().p50());
      Optional<Double> our99 = turn(results, callers).map(it -> it.values().p99());
      Optional<Double> their99 =
          concurrent(results, Markdown.CROWD, callers, false).map(it -> it.values().p99());
      if (ours.isPresent() && theirs.isPresent() && our99.isPresent() && their99.isPresent()) {
        lines.add(
            "%d: %s of the floor's throughput, %s of its p99, which is %s times %d × its p50 of one"
                .formatted(
                    callers,
                    Markdown.ratio(ours.get() / theirs.get()),
                    Markdown.ratio(our99.get() / their99.get()),
                    Markdown.ratio(their99.get() / callers / alone.orElseThrow().values().p50()),
                    callers));
      }
    }
    return lines;
  }

  private static Optional<Double> throughput(Results results, int callers) {
    return concurrent(results, OURS, callers, true).map(it -> it.values().p50());
  }

  private static Optional<Measurement> turn(Results results, int callers) {
    return concurrent(results, OURS, callers, false);
  }

  private static Optional<Measurement> concurrent(
      Results results, String subject, int callers, boolean throughput) {
    String condition = Measurement.callers(callers);
    return results.section("concurrency").stream()
        .filter(it -> it.condition().equals(condition) && it.subject().equals(subject))
        .filter(it -> it.unit().startsWith("ops") == throughput)
        .findFirst();
  }

  /** Which stacks attach faster than ours, the floor aside. */
  static List<String> fasterThanUs(Results results) {
    List<String> faster = new ArrayList<>();
    for (Measurement it : results.section("attach")) {
      Optional<Double> ours = p50(results, "attach", Markdown.COLD, it.condition());
      if (!it.subject().startsWith("cnm") && ours.isPresent() && it.values().p50() < ours.get()) {
        faster.add(
            "%s, %s (%s to %s us)"
                .formatted(
                    it.subject(),
                    it.condition(),
                    Plot.number(it.values().p50()),
                    Plot.number(ours.get())));
      }
    }
    return faster;
  }

  private static Optional<Double> p50(
      Results results, String section, String subject, String condition) {
    return results.find(section, subject, condition).map(it -> it.values().p50());
  }

  private static Optional<Double> p99(
      Results results, String section, String subject, String condition) {
    return results.find(section, subject, condition).map(it -> it.values().p99());
  }

  private static void ratio(
      List<Goal> goals, String name, Optional<Double> ours, Optional<Double> theirs, double most) {
    if (ours.isPresent() && theirs.isPresent()) {
      double ratio = ours.get() / theirs.get();
      goals.add(
          new Goal(name, "at most " + Markdown.ratio(most), Markdown.ratio(ratio), ratio <= most));
    }
  }

  private static void atLeast(
      List<Goal> goals, String name, Optional<Double> ours, Optional<Double> theirs, double least) {
    if (ours.isPresent() && theirs.isPresent()) {
      double ratio = ours.get() / theirs.get();
      goals.add(
          new Goal(
              name, "at least " + Markdown.ratio(least), Markdown.ratio(ratio), ratio >= least));
    }
  }

  private static void atMost(
      List<Goal> goals, String name, Optional<Double> value, double most, String unit) {
    value.ifPresent(it ->
        goals.add(
            new Goal(
                name,
                "at most " + Plot.number(most) + " " + unit,
                Plot.number(it) + " " + unit,
                it <= most)));
  }
}
