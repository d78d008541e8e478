package dev.cnm.cli;

import dev.cnm.CnmException;
import dev.cnm.ControllerOptions;
import dev.cnm.InvalidParameterException;
import dev.cnm.cli.doctor.Check;
import dev.cnm.cli.doctor.Examination;
import dev.cnm.cli.json.JsonText;
import dev.cnm.controller.LocalController;
import dev.cnm.controller.state.MemoryStateStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cnm doctor}. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Tell what this kernel and this user can do, and what is missing.",
      "Each thing is tried, and nothing of it stays. The exit code is 0 if all that is needed is"
          + " there."
    })
final class DoctorCommand implements Callable<Integer> {

  @Option(
      names = "--repair",
      description =
          "Clear up what commands that were killed left behind, and restore what somebody else"
              + " removed from the host, such as the nftables table.")
  private boolean repair;

  @Option(names = "--format", paramLabel = "FORMAT", description = "text or json.")
  private String format = "text";

  @Override
  public Integer call() {
    if (!format.equals("text") && !format.equals("json")) {
      throw new InvalidParameterException(
          "invalid format: \"" + format + "\"; it can be text or json");
    }
    List<Check> checks = new ArrayList<>(Examination.ofMachine());
    checks.addAll(state());
    boolean healthy = Examination.healthy(checks);
    System.out.print(format.equals("json") ? json(checks, healthy) : text(checks));
    return healthy ? 0 : 1;
  }

  /** The state and the drivers; without a state, the drivers on a controller that keeps nothing. */
  private List<Check> state() {
    String name = "state";
    Workplace.Folders folders = Workplace.folders();
    List<Check> checks = new ArrayList<>();
    try {
      if (!repair && !folders.exist()) {
        checks.add(new Check(name, Check.Status.OK, "none yet in " + folders.state(), ""));
        try (LocalController controller =
            LocalController.open(ControllerOptions.defaults(), new MemoryStateStore())) {
          checks.addAll(Examination.ofDrivers(controller));
        }
        return checks;
      }
      try (Workplace workplace = Workplace.open()) {
        checks.add(
            new Check(
                name,
                Check.Status.OK,
                workplace.controller().networks().size()
                    + " networks and "
                    + workplace.containers().size()
                    + " containers in "
                    + folders.state(),
                ""));
        for (String problem : workplace.problems()) {
          checks.add(
              new Check(
                  name, Check.Status.NOTE, problem, "'cnm rm --force' says what is in its way"));
        }
        workplace
            .controller()
            .elsewhere()
            .ifPresent(it -> checks.add(new Check(name, Check.Status.NOTE, it, "")));
        if (repair && workplace.controller().elsewhere().isEmpty()) {
          checks.add(repaired(workplace.controller()));
        }
        checks.addAll(Examination.ofDrivers(workplace.controller()));
      }
    } catch (IOException | CnmException e) {
      checks.add(
          new Check(
              name,
              Check.Status.MISSING,
              String.valueOf(e.getMessage()),
              "choose another folder with --root or CNM_ROOT"));
    }
    return checks;
  }

  private static Check repaired(LocalController controller) throws IOException {
    List<String> restored = controller.restore();
    return restored.isEmpty()
        ? new Check("repair", Check.Status.OK, "nothing had to be restored", "")
        : new Check(
            "repair",
            Check.Status.NOTE,
            "restored what these drivers keep on the host: " + String.join(", ", restored),
            "");
  }

  private static String text(List<Check> checks) {
    StringBuilder text = new StringBuilder();
    for (Check check : checks) {
      text.append(String.format("%-8s %s: %s%n", check.status(), check.name(), check.detail()));
      if (!check.remedy().isEmpty()) {
        text.append("         ").append(check.remedy()).append('\n');
      }
    }
    return text.toString();
  }

  private static String json(List<Check> checks, boolean healthy) {
    return JsonText.indented(
            JsonText.object(
                "Healthy",
                healthy,
                "Checks",
                checks.stream()
                    .map(it ->
                        JsonText.object(
                            "Name",
                            it.name(),
                            "Status",
                            it.status().toString(),
                            "Detail",
                            it.detail(),
                            "Remedy",
                            it.remedy()))
                    .toList()))
        + "\n";
  }
}
