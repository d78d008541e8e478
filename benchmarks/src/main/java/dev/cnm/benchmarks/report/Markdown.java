package dev.cnm.benchmarks.report;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The report as a page, and its tables as text. */
final class Markdown {

  static final String COLD = "cnm";
  static final String WARM = "cnm, prepared namespaces";
  static final String FLOOR = "C, in place (floor)";
  static final String STEP = "C, step by step";
  static final String CROWD = "C, in place, and let go";

  private final Results results;
  private final StringBuilder page = new StringBuilder();

  private Markdown(Results results) {
    this.results = results;
  }

  static String page(Results results) {
    Markdown markdown = new Markdown(results);
    markdown.write();
    return markdown.page.toString();
  }

  private void write() {
    page.append("# What an attachment costs\n\n");
    page.append(
        "Written by `benchmarks/report`; `benchmarks/compare` compares two of its JSON files. All"
            + " figures of a table were taken in turns in one run, each stack on a host of its"
            + " own.\n\n");
    page.append("| | |\n|---|---|\n");
    results.machine().forEach((key, value) -> page.append("| " + key + " | " + value + " |\n"));
    page.append('\n');
    goals();
    attachments();
    section("removal", "Removal", "Sandboxes deleted one after another.");
    section("modes", "Set-up and tear-down in each mode", "Through the whole library, by JMH.");
    section("growth", "Growth", "One more attachment with many present, over ten bridges.");
    image("growth.svg", "growth");
    section("publish", "Publishing", "One more published port with many present.");
    section("concurrency", "Concurrency", "Attach and delete, by several callers at once.");
    besideTheFloor();
    image("concurrency.svg", "concurrency");
    section(
        "lock",
        "The kernel's lock",
        "What is left of rtnl_mutex while callers attach and delete: how long somebody else"
            + " waits.");
    section("codec", "Encoding", "The six messages of an attachment.");
    section("round trip", "One exchange with the kernel", "A request, its answer, its end.");
    section("queries", "Queries", "Of ten networks with 1,000 endpoints, in process.");
    section("memory", "Memory", "What one more endpoint takes.");
    section("start-up", "Start-up", "Whole commands, from their start to their end.");
    section("data path", "Data path", "iperf3, one TCP stream.");
    if (!results.notes().isEmpty()) {
      page.append("## Notes\n\n");
      results.notes().forEach(note -> page.append("- " + note + "\n"));
    }
  }

  private void attachments() {
    Set<String> conditions = new LinkedHashSet<>();
    results.section("attach").forEach(it -> conditions.add(it.condition()));
    if (conditions.isEmpty()) {
      return;
    }
    page.append("## Attach and detach, side by side\n\n");
    page.append(
        "From nothing to a container with an address and a default route on a bridge; for docker, a"
            + " running container that is connected. Stacks that are programs include their start,"
            + " as their users do.\n\n");
    image("attach.svg", "attach by stack");
    for (String condition : conditions) {
      page.append("### " + condition + "\n\n");
      page.append(
          """
          | stack | attach p50 | p90 | p99 | × cnm | detach p50 | p90 | p99 | samples |
          |---|--:|--:|--:|--:|--:|--:|--:|--:|
          """);
      Optional<Measurement> ours = results.find("attach", COLD, condition);
      for (Measurement it : results.section("attach")) {
        if (it.condition().equals(condition)) {
          row(it, ours);
        }
      }
      page.append("\nMicroseconds.\n\n");
    }
  }

  private void row(Measurement attach, Optional<Measurement> ours) {
    Distribution detach =
        results
            .find("detach", attach.subject(), attach.condition())
            .map(Measurement::values)
            .orElse(attach.values());
    double ratio = ours.map(it -> attach.values().p50() / it.values().p50()).orElse(Double.NaN);
    page.append(
        "| %s | %s | %s | %s | %d |%n"
            .formatted(
                attach.subject(),
                cells(attach.values()),
                ratio(ratio),
                cells(detach),
                attach.values().count()));
  }

  private static String cells(Distribution values) {
    return Plot.number(values.p50())
        + " | "
        + Plot.number(values.p90())
        + " | "
        + Plot.number(values.p99());
  }

  static String ratio(double value) {
    return Double.isNaN(value)
        ? ""
        : String.format(Locale.ROOT, value >= 10 ? "%.0f" : "%.2f", value);
  }

  private void section(String name, String title, String about) {
    List<Measurement> rows = results.section(name);
    if (rows.isEmpty()) {
      return;
    }
    page.append("## " + title + "\n\n" + about + "\n\n");
    page.append("| | | p50 | p90 | p99 | unit | samples |\n|---|---|--:|--:|--:|---|--:|\n");
    for (Measurement it : rows) {
      page.append(
          "| %s | %s | %s | %s | %d |%n"
              .formatted(
                  it.subject(),
                  it.condition(),
                  cells(it.values()),
                  it.unit(),
                  it.values().count()));
    }
    page.append('\n');
  }

  private void besideTheFloor() {
    List<String> lines = Goals.besideTheFloor(results);
    if (!lines.isEmpty()) {
      page.append("Beside as many processes in C, which attach in place and let go:\n\n");
      lines.forEach(line -> page.append("- " + line + "\n"));
      page.append('\n');
    }
  }

  private void image(String file, String alternative) {
    page.append("![" + alternative + "](" + file + ")\n\n");
  }

  private void goals() {
    List<Goals.Goal> goals = Goals.of(results);
    if (goals.isEmpty()) {
      return;
    }
    page.append("## Where we are\n\n| goal | wanted | measured | |\n|---|---|---|---|\n");
    for (Goals.Goal goal : goals) {
      page.append(
          "| %s | %s | %s | %s |%n"
              .formatted(
                  goal.name(), goal.wanted(), goal.measured(), goal.met() ? "yes" : "**no**"));
    }
    page.append('\n');
    List<String> faster = Goals.fasterThanUs(results);
    page.append(
        faster.isEmpty()
            ? "No stack measured here attaches faster than cnm, at any number present.\n\n"
            : "Faster than cnm: " + String.join("; ", faster) + ".\n\n");
  }
}
