package dev.cnm.cli;

import dev.cnm.Network;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cnm network ls}. */
@Command(name = "ls", mixinStandardHelpOptions = true, description = "List the networks.")
final class NetworkLs implements Callable<Integer> {

  @Option(
      names = {"-q", "--quiet"},
      description = "Ids only.")
  private boolean quiet;

  @Option(names = "--no-trunc", description = "Whole ids.")
  private boolean whole;

  @Override
  public Integer call() throws IOException {
    try (Workplace workplace = Workplace.open()) {
      if (!quiet) {
        System.out.printf("%-12s   %-15s  %-9s  %s%n", "NETWORK ID", "NAME", "DRIVER", "SCOPE");
      }
      for (Network network : workplace.controller().networks()) {
        if (!network.type().equals("container")) {
          String id = whole ? network.id() : network.id().substring(0, 12);
          if (quiet) {
            System.out.println(id);
          } else {
            System.out.printf(
                "%-12s   %-15s  %-9s  %s%n", id, network.name(), network.type(), "local");
          }
        }
      }
    }
    return 0;
  }
}
