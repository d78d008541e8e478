package dev.cnm.cli;

import dev.cnm.cli.output.ContainerShape;
import dev.cnm.cli.output.Filters;
import dev.cnm.cli.output.Listing;
import dev.cnm.cli.state.Container;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cnm ps}. */
@Command(name = "ps", mixinStandardHelpOptions = true, description = "List the containers.")
final class PsCommand implements Callable<Integer> {

  @Option(
      names = {"-a", "--all"},
      description = "Also those whose command doesn't run yet, or any more.")
  private boolean all;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print ids only.")
  private boolean quiet;

  @Option(names = "--no-trunc", description = "Print whole ids and commands.")
  private boolean whole;

  @Option(
      names = {"-f", "--filter"},
      paramLabel = "KEY=VALUE",
      description = "Only those where KEY is VALUE: id, name, network or status; may be repeated.")
  private List<String> filters = new ArrayList<>();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "table, json, or a template such as '{{.Names}}' or 'table {{.ID}}\\t{{.Ports}}'.")
  private String format = "";

  @Override
  public Integer call() throws IOException {
    Filters wanted = Filters.parse(filters, ContainerShape.FILTERS);
    ContainerShape.require(wanted);
    boolean any = all || !wanted.values("status").isEmpty();
    Listing listing =
        new Listing(
            quiet && format.isEmpty() ? "{{.ID}}" : format,
            ContainerShape.TITLES,
            ContainerShape.COLUMNS);
    try (Workplace workplace = Workplace.open()) {
      List<Container> containers = new ArrayList<>(workplace.store().containers());
      containers.sort(Comparator.comparingLong(Container::created).reversed());
      Instant now = Instant.now();
      for (Container container : containers) {
        ContainerShape shape = workplace.shape(container);
        if ((any || shape.mayRun()) && shape.passes(wanted)) {
          listing.add(shape.row(whole, now));
        }
      }
    }
    System.out.print(listing.print());
    return 0;
  }
}
