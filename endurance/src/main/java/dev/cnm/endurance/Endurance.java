package dev.cnm.endurance;

import dev.cnm.endurance.cycles.Cycles;
import dev.cnm.endurance.faults.Faults;
import dev.cnm.endurance.races.Races;
import dev.cnm.endurance.report.Page;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What {@code endurance/run} runs, on a host of its own. */
public final class Endurance {

  private Endurance() {}

  /**
   * Runs one part and writes its page; the exit code is 1 if there is something to complain of.
   *
   * @param arguments the folder for the pages, one for what is needed meanwhile, the part, {@code
   *     quick} or {@code full}, and what the part takes
   */
  public static void main(String[] arguments) throws Exception {
    Path results = Path.of(arguments[0]);
    Path folder = Path.of(arguments[1]);
    boolean quick = arguments[3].equals("quick");
    List<String> rest = List.of(arguments).subList(4, arguments.length);
    Page page =
        switch (arguments[2]) {
          case "faults" -> Faults.run(folder, quick ? 4 : Integer.MAX_VALUE, rest);
          case "cycles" -> Cycles.run(folder, quick ? 400 : 20_000, quick ? 10_000 : 1_000_000);
          case "races" -> Races.run(folder, Duration.ofSeconds(quick ? 5 : 180));
          default -> throw new IllegalArgumentException("no such part: " + arguments[2]);
        };
    page.write(results.resolve(arguments[2] + ".md"));
    System.exit(page.hasComplaints() ? 1 : 0);
  }
}
