package dev.cnm.cli;

import dev.cnm.cli.state.Container;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cnm ps}. */
@Command(name = "ps", mixinStandardHelpOptions = true, description = "List the containers.")
final class PsCommand implements Callable<Integer> {

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
        System.out.printf(
            "%-12s  %-20s  %-20s  %-15s  %s%n",
            "CONTAINER ID", "COMMAND", "CREATED", "NETWORK", "NAMES");
      }
      workplace.store().containers().stream()
          .sorted(Comparator.comparingLong(Container::created).reversed())
          .forEach(this::print);
    }
    return 0;
  }

  private void print(Container container) {
    String id = whole ? container.id() : container.shortId();
    if (quiet) {
      System.out.println(id);
      return;
    }
    String command = String.join(" ", container.command());
    System.out.printf(
        "%-12s  %-20s  %-20s  %-15s  %s%n",
        id,
        command.length() > 20 ? command.substring(0, 19) + "…" : command,
        Instant.ofEpochMilli(container.created()).truncatedTo(ChronoUnit.SECONDS),
        container.networkMode(),
        container.name());
  }
}
