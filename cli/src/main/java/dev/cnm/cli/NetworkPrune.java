package dev.cnm.cli;

import dev.cnm.ForbiddenException;
import dev.cnm.Network;
import dev.cnm.NotFoundException;
import dev.cnm.cli.output.Filters;
import dev.cnm.cli.output.Moment;
import dev.cnm.cli.output.NetworkShape;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cnm network prune}. */
@Command(
    name = "prune",
    mixinStandardHelpOptions = true,
    description = "Remove all networks that no container uses; the predefined ones stay.")
final class NetworkPrune implements Callable<Integer> {

  @Option(
      names = {"-f", "--force"},
      description = "Don't ask first.")
  private boolean force;

  @Option(
      names = "--filter",
      paramLabel = "KEY=VALUE",
      description =
          "Only those with label=KEY[=VALUE], without it (label!=…), or made before until=TIME,"
              + " which is RFC 3339, seconds since 1970, or an age such as 24h.")
  private List<String> filters = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    Filters wanted = Filters.parse(filters, List.of("label", "label!", "until"));
    List<Instant> limits =
        wanted.values("until").stream().map(it -> Moment.parse(it, Instant.now())).toList();
    if (!force && !confirmed()) {
      throw new ForbiddenException("network prune has been cancelled");
    }
    try (Workplace workplace = Workplace.open()) {
      List<String> removed = new ArrayList<>();
      for (Network network : workplace.controller().networks()) {
        boolean unused =
            !network.predefined() && !NetworkShape.hidden(network) && network.endpoints().isEmpty();
        if (unused
            && wanted.labels(network.options().labels())
            && limits.stream().allMatch(network.created()::isBefore)
            && remove(network)) {
          removed.add(network.name());
        }
      }
      if (!removed.isEmpty()) {
        System.out.println("Deleted Networks:\n" + String.join("\n", removed) + "\n");
      }
    }
    return 0;
  }

  /** False if somebody else was faster: to remove it, or to use it. */
  private static boolean remove(Network network) throws IOException {
    try {
      network.delete();
      return true;
    } catch (NotFoundException | ForbiddenException e) {
      return false;
    }
  }

  private static boolean confirmed() throws IOException {
    System.out.print(
        """
        WARNING! This will remove all custom networks not used by at least one container.
        Are you sure you want to continue? [y/N] \
        """);
    System.out.flush();
    String answer =
        new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())).readLine();
    return answer != null && answer.strip().equalsIgnoreCase("y");
  }
}
