package dev.cnm.benchmarks.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The plots of a report, by their files' names. */
final class Plots {

  private Plots() {}

  static Map<String, String> of(Results results) {
    Map<String, String> plots = new LinkedHashMap<>();
    List<Plot.Bar> bars = new ArrayList<>();
    for (Measurement it : results.section("attach")) {
      if (it.condition().equals("0 present")) {
        bars.add(new Plot.Bar(it.subject(), it.values().p50(), it.values().p99()));
      }
    }
    if (!bars.isEmpty()) {
      plots.put("attach.svg", Plot.bars("Attach one container, by stack", "microseconds", bars));
    }
    List<Plot.Curve> growth = new ArrayList<>();
    growth.addAll(curves(results, "growth", ""));
    growth.addAll(curves(results, "publish", "publish: "));
    if (!growth.isEmpty()) {
      plots.put(
          "growth.svg",
          Plot.curves("With more and more present", "present", "microseconds", growth));
    }
    List<Plot.Curve> concurrency = concurrency(results);
    if (!concurrency.isEmpty()) {
      plots.put(
          "concurrency.svg",
          Plot.curves("Attach and delete by several callers", "callers", "ms", concurrency));
    }
    return plots;
  }

  private static List<Plot.Curve> curves(Results results, String section, String prefix) {
    Map<String, TreeMap<Double, Distribution>> series = new LinkedHashMap<>();
    for (Measurement it : results.section(section)) {
      String digits = it.condition().replaceAll("[^0-9]", "");
      if (!it.subject().endsWith("allocated") && !digits.isEmpty()) {
        series
            .computeIfAbsent(it.subject(), key -> new TreeMap<>())
            .put(Double.parseDouble(digits), it.values());
      }
    }
    List<Plot.Curve> curves = new ArrayList<>();
    series.forEach((subject, points) -> {
      if (points.size() > 1) {
        curves.add(curve(prefix + subject + ", p50", points, false));
        curves.add(curve(prefix + subject + ", p99", points, true));
      }
    });
    return curves;
  }

  private static List<Plot.Curve> concurrency(Results results) {
    TreeMap<Double, Distribution> turns = new TreeMap<>();
    for (Measurement it : results.section("concurrency")) {
      if (it.subject().equals(Goals.OURS) && !it.unit().startsWith("ops")) {
        turns.put(Double.parseDouble(it.condition().replaceAll("[^0-9]", "")), it.values());
      }
    }
    return turns.size() < 2
        ? List.of()
        : List.of(curve("p50", turns, false), curve("p99", turns, true));
  }

  private static Plot.Curve curve(String label, Map<Double, Distribution> points, boolean p99) {
    return new Plot.Curve(
        label,
        points.entrySet().stream()
            .map(it -> new Plot.Point(it.getKey(), p99 ? it.getValue().p99() : it.getValue().p50()))
            .toList());
  }
}
