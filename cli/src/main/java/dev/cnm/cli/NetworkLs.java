package dev.cnm.cli;

import dev.cnm.Network;
import dev.cnm.cli.output.Filters;
import dev.cnm.cli.output.Listing;
import dev.cnm.cli.output.NetworkShape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cnm network ls}. */
@Command(
    name = "ls",
    aliases = "list",
    mixinStandardHelpOptions = true,
    description = "List the networks.")
final class NetworkLs implements Callable<Integer> {

  @Option(
      names = {"-q", "--quiet"},
      description = "Print ids only.")
  private boolean quiet;

  @Option(names = "--no-trunc", description = "Print whole ids.")
  private boolean whole;

  @Option(
      names = {"-f", "--filter"},
      paramLabel = "KEY=VALUE",
      description =
          "Only those where KEY is VALUE: dangling, driver, id, label, name, scope or type; may be"
              + " repeated.")
  private List<String> filters = new ArrayList<>();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "table, json, or a template such as '{{.Name}}' or 'table {{.ID}}\\t{{.Name}}'.")
  private String format = "";

  @Override
  public Integer call() throws IOException {
    Filters wanted = Filters.parse(filters, NetworkShape.FILTERS);
    Listing listing =
        new Listing(
            quiet && format.isEmpty() ? "{{.ID}}" : format,
            NetworkShape.TITLES,
            NetworkShape.COLUMNS);
    try (Workplace workplace = Workplace.open()) {
      for (Network network : workplace.controller().networks()) {
        if (!NetworkShape.hidden(network) && NetworkShape.passes(network, wanted)) {
          listing.add(NetworkShape.row(network, whole));
        }
      }
    }
    System.out.print(listing.print());
    return 0;
  }
}
