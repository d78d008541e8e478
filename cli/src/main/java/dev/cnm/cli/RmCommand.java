package dev.cnm.cli;

import dev.cnm.CnmException;
import dev.cnm.ForbiddenException;
import dev.cnm.cli.state.Container;
import dev.cnm.netlink.process.Signals;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
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
  private static final int PAUSE_MILLIS = 5;

  @Option(
      names = {"-f", "--force"},
      description = "Kill the command if it runs.")
  private boolean force;

  @Parameters(arity = "1..*", paramLabel = "NAME", description = "The containers.")
  private List<String> names = List.of();

  @Override
  public Integer call() throws IOException, InterruptedException {
    int exitCode = 0;
    try (Workplace workplace = Workplace.open()) {
      for (String name : names) {
        try {
          remove(workplace, workplace.container(name));
          System.out.println(name);
        } catch (CnmException e) {
          exitCode = Cnm.complain(e);
        }
      }
    }
    return exitCode;
  }

  private void remove(Workplace workplace, Container container)
      throws IOException, InterruptedException {
    if (!force) {
      throw new ForbiddenException(
          "cannot remove the running container "
              + container.name()
              + ": end its command first, or use 'cnm rm --force'");
    }
    long deadline = System.nanoTime() + WAIT_MILLIS * 1_000_000L;
    Optional<Container> now = Optional.of(container);
    while (now.isPresent()) {
      Container left = now.get();
      if (left.process().alive()) {
        Signals.send(left.process().pid(), SIGKILL);
      }
      if (!left.runner().alive()) {
        if (workplace.store().takeOver(left)) {
          workplace.remove(left);
        }
      } else if (System.nanoTime() > deadline) {
        // It can't clean up, stopped or stuck as it is.
        Signals.send(left.runner().pid(), SIGKILL);
      }
      Thread.sleep(PAUSE_MILLIS);
      now = workplace.find(container.id());
    }
  }
}
