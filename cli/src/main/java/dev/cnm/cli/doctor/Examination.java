package dev.cnm.cli.doctor;

import dev.cnm.controller.LocalController;
import java.util.ArrayList;
import java.util.List;

/** All that {@code cnm doctor} looks at. */
public final class Examination {

  private Examination() {}

  /** What is found without the state: the JDK, the privileges, the kernel and the host. */
  public static List<Check> ofMachine() {
    List<Check> checks = new ArrayList<>();
    checks.add(Check.ok("JDK", Runtime.version() + " in " + System.getProperty("java.home")));
    checks.add(Privileges.check());
    checks.addAll(Kernel.checks());
    checks.addAll(Host.checks());
    return checks;
  }

  /** What the drivers find, and what the controller keeps ready. */
  public static List<Check> ofDrivers(LocalController controller) {
    List<Check> checks = new ArrayList<>(Host.drivers(controller));
    int wanted = controller.options().preparedNamespaces();
    checks.add(
        Check.ok(
            "prepared namespaces",
            wanted == 0
                ? "none: a program that makes many sandboxes can have some kept ready"
                : controller.readyNamespaces() + " of " + wanted + " ready"));
    return checks;
  }

  /** Whether all that is needed is there. */
  public static boolean healthy(List<Check> checks) {
    return checks.stream().noneMatch(it -> it.status() == Check.Status.MISSING);
  }
}
