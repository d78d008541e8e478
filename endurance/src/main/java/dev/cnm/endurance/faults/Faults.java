package dev.cnm.endurance.faults;

import dev.cnm.endurance.faults.Operation.Kind;
import dev.cnm.endurance.faults.Trial.Outcome;
import dev.cnm.endurance.faults.Watch.Fault;
import dev.cnm.endurance.report.Page;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Kills every command and every call of the library, and lets each fail, at each of its points, one
 * at a time, on a host where something lives; and looks whether anything was lost or left.
 */
public final class Faults {

  private final Scene scene;
  private final int most;
  private final List<String> unclean = new ArrayList<>();
  private final List<Row> rows = new ArrayList<>();
  private List<String> baseline = List.of();

  private Faults(Scene scene, int most) {
    this.scene = scene;
    this.most = most;
  }

  /** What came of one operation. */
  private record Row(String kind, String name, Tally kills, Tally failures) {}

  private record Tally(int tried, int clean) {

    Tally and(Tally other) {
      return new Tally(tried + other.tried, clean + other.clean);
    }
  }

  /**
   * Tries operations.
   *
   * @param folder of the run's own, for states
   * @param most how many points to try of each operation and kind of fault
   * @param wanted parts of their names; all if empty
   * @return the page for the report
   */
  public static Page run(Path folder, int most, List<String> wanted) throws IOException {
    Faults faults = new Faults(new Scene(folder), most);
    faults.reset();
    List<Operation> all = new ArrayList<>(Operation.commands());
    all.addAll(Operation.calls(Kind.SQLITE));
    all.addAll(Operation.calls(Kind.MEMORY));
    for (Operation operation : all) {
      String name = title(operation) + ": " + operation.name();
      if (wanted.isEmpty() || wanted.stream().anyMatch(name::contains)) {
        faults.tryOut(operation);
      }
    }
    faults.scene.clear();
    return faults.page();
  }

  private void reset() throws IOException {
    scene.prepare();
    baseline = scene.picture();
  }

  private static String title(Operation operation) {
    return switch (operation.kind()) {
      case COMMAND, PROCESS, OWNER -> "command";
      case SQLITE -> "library, SQLite";
      case MEMORY -> "library, memory";
    };
  }

  private void tryOut(Operation operation) throws IOException {
    Tally kills = all(operation, new Fault.Kill());
    Tally failures = all(operation, new Fault.Fail(0));
    rows.add(new Row(title(operation), operation.name(), kills, failures));
    System.out.printf(
        "%s: %s: killed %d, clean %d; failed %d, clean %d%n",
        title(operation),
        operation.name(),
        kills.tried,
        kills.clean,
        failures.tried,
        failures.clean);
  }

  private Outcome trial(Operation operation, int number, @Nullable Fault fault) throws IOException {
    try {
      return new Trial(scene, operation, baseline).run(number, fault);
    } catch (IOException | RuntimeException e) {
      return new Outcome(List.of(), Optional.of("point " + number), List.of(e.toString()));
    }
  }

  private Tally all(Operation operation, Fault fault) throws IOException {
    Outcome whole = trial(operation, Integer.MAX_VALUE, fault);
    if (!whole.wrong().isEmpty()) {
      note(operation, "without a fault", whole.wrong());
      reset();
      return new Tally(0, 0);
    }
    List<int[]> choices = new ArrayList<>();
    for (int i = 0; i < whole.points().size(); i++) {
      int errors = fault instanceof Fault.Kill ? 1 : whole.points().get(i).errors().size();
      for (int choice = 0; choice < errors; choice++) {
        choices.add(new int[] {i + 1, choice});
      }
    }
    int tried = 0;
    int clean = 0;
    int count = Math.min(most, choices.size());
    for (int i = 0; i < count; i++) {
      int[] choice = choices.get((int) ((long) i * choices.size() / count));
      Outcome outcome =
          trial(
              operation,
              choice[0],
              fault instanceof Fault.Kill ? fault : new Fault.Fail(choice[1]));
      if (outcome.struck().isEmpty() && outcome.wrong().isEmpty()) {
        continue;
      }
      tried++;
      if (outcome.wrong().isEmpty()) {
        clean++;
      } else {
        note(operation, "point " + choice[0] + ", " + outcome.struck().orElse(""), outcome.wrong());
        reset();
      }
    }
    return new Tally(tried, clean);
  }

  private void note(Operation operation, String point, List<String> wrong) {
    String text = title(operation) + ": " + operation.name() + ", " + point;
    unclean.add(text);
    System.out.println(text);
    wrong.forEach(it -> System.out.println("    " + shortened(it)));
  }

  /** Of a record, what it is, its name and how far it is. */
  private static String shortened(String line) {
    return line.contains(" record ")
        ? line.replaceAll(
            "(.* record \\w+).*?\"name\":\"([^\"]*)\"(?:.*?\"state\":\"(\\w+)\")?.*", "$1 $2 $3")
        : line;
  }

  private Page page() {
    Page page =
        new Page(
            "Killed and failed at every step",
            "Each operation is killed before, and made to fail at, each system call by which it"
                + " asks the kernel for something, writes to its store or takes a resource: one"
                + " point at a time, on a host where a container lives with a published port."
                + " Clean is a point after which books and kernel agree, nothing half made is left"
                + " (at once after a failure, with the next command after a kill) and what lived"
                + " still works.");
    List<List<String>> cells = new ArrayList<>();
    Tally kills = new Tally(0, 0);
    Tally failures = new Tally(0, 0);
    for (Row row : rows) {
      cells.add(cells(row.kind, row.name, row.kills, row.failures));
      kills = kills.and(row.kills);
      failures = failures.and(row.failures);
    }
    cells.add(cells("all", "", kills, failures));
    page.table(List.of("", "operation", "killed at", "clean", "failed at", "clean"), cells);
    page.complaints("Not clean", unclean);
    return page;
  }

  private static List<String> cells(String kind, String name, Tally kills, Tally failures) {
    return List.of(
        kind, name, "" + kills.tried, "" + kills.clean, "" + failures.tried, "" + failures.clean);
  }
}
