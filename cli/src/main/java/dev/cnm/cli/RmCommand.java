package dev.cnm.cli;

import dev.cnm.ForbiddenException;
import dev.cnm.cli.state.Container;
import dev.cnm.netlink.process.Signals;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cnm rm}. */
@Command(
    name = "rm",
    mixinStandardHelpOptions = true,
    description = "End containers and remove what is left of them.")
final class RmCommand implements Callable<Integer> {

  private static final int SIGKILL = 9;
  private static final int WAIT_MILLIS = 10_000;

  @Option(
      names = {"-f", "--force"},
      description = "Kill the command if it runs.")
  private boolean force;

  @Parameters(arity = "1..*", paramLabel = "NAME", description = "The containers.")
  private List<String> names = List.of();

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (Workplace workplace = Workplace.open()) {
      for (String name : names) {
        Container container = workplace.container(name);
        if (!force) {
          throw new ForbiddenException(
              "cannot remove the running container "
                  + name
                  + ": stop it first, or use 'cnm rm --force'");
        }
        end(workplace, container);
        System.out.println(name);
      }
    }
    return 0;
  }

  /** Kills the command; its own runner cleans up, if that one still lives. */
  private static void end(Workplace workplace, Container container)
      throws IOException, InterruptedException {
    if (container.process().alive()) {
      Signals.send(container.process().pid(), SIGKILL);
    }
    long deadline = System.nanoTime() + WAIT_MILLIS * 1_000_000L;
    while (container.runner().alive() && System.nanoTime() < deadline) {
      if (workplace.find(container.id()).isEmpty()) {
        return;
      }
      Thread.sleep(10);
    }
    if (workplace.find(container.id()).isPresent()) {
      workplace.remove(container);
    }
  }
}
