package dev.cnm.benchmarks.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** Compares the figures of two runs: {@code Compare A.json B.json}. */
public final class Compare {

  /** Below this, the median of two runs on one machine says nothing. */
  private static final double NOISE = 1.3;

  private Compare() {}

  /** Compares. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 2) {
      System.err.println("usage: benchmarks/compare A.json B.json");
      System.exit(2);
    }
    Results before = Results.read(Path.of(arguments[0]));
    Results after = Results.read(Path.of(arguments[1]));
    System.out.print(table(before, after));
  }

  static String table(Results before, Results after) {
    StringBuilder table = new StringBuilder();
    for (String fact : before.machine().keySet()) {
      String one = before.machine().get(fact);
      String other = after.machine().getOrDefault(fact, "unknown");
      if (!one.equals(other)) {
        table.append(fact + ": " + one + " / " + other + "\n");
      }
    }
    table.append(
        String.format(
            "%n%-64s %-8s %12s %12s %7s %7s%n",
            "", "unit", "p50 before", "p50 after", "p50 ×", "p99 ×"));
    for (Measurement old : before.measurements()) {
      after.measurements().stream()
          .filter(old::isSameAs)
          .filter(it -> it.unit().equals(old.unit()))
          .findFirst()
          .ifPresent(now -> table.append(row(old, now)));
    }
    table.append(
        String.format(
            Locale.ROOT, "%nMarked: p50 changed by more than %.0f %%.%n", (NOISE - 1) * 100));
    return table.toString();
  }

  private static String row(Measurement old, Measurement now) {
    String name = old.section() + ", " + old.subject() + ", " + old.condition();
    double p50 = now.values().p50() / old.values().p50();
    return String.format(
        Locale.ROOT,
        "%-64s %-8s %12s %12s %7.2f %7.2f%s%n",
        name,
        old.unit(),
        Plot.number(old.values().p50()),
        Plot.number(now.values().p50()),
        p50,
        now.values().p99() / old.values().p99(),
        p50 > NOISE || p50 < 1 / NOISE ? " *" : "");
  }
}
