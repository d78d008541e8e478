package dev.cnm.cli;

import dev.cnm.CnmException;
import dev.cnm.ForbiddenException;
import dev.cnm.NotFoundException;
import dev.cnm.cli.state.Container;
import dev.cnm.cli.state.SqliteStore;
import dev.cnm.controller.state.Life;
import dev.cnm.controller.state.Owner;
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
  private static final int STOPPED_MILLIS = 1_000;
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
    try (Workplace workplace = Workplace.openAsItIs()) {
      for (String name : names) {
        try {
          if (!force || !forget(workplace, name)) {
            remove(workplace, workplace.container(name));
          }
          System.out.println(name);
        } catch (CnmException | IOException e) {
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
    Optional<String> elsewhere = workplace.controller().elsewhere();
    if (elsewhere.isPresent()) {
      throw new ForbiddenException(elsewhere.get());
    }
    long began = System.nanoTime();
    Optional<Container> now = Optional.of(container);
    while (now.isPresent()) {
      Container left = now.get();
      long waited = (System.nanoTime() - began) / 1_000_000;
      boolean ours = left.runner().equals(Owner.current());
      switch (ours ? Life.ENDED : left.runner().life()) {
        case ENDED -> {
          requireSeen(left, left.process());
          if (workplace.store().takeOver(left)) {
            workplace.remove(
                workplace
                    .find(left.id())
                    .orElseThrow(() -> new NotFoundException("No such container: " + left.name())));
          }
        }
        case ALIVE -> {
          kill(left.process());
          // It can't clean up, stopped or stuck as it is.
          if (waited > (isStopped(left.runner()) ? STOPPED_MILLIS : WAIT_MILLIS)) {
            kill(left.runner());
          }
        }
        case UNKNOWN -> {
          kill(left.process());
          if (waited > WAIT_MILLIS || left.process().life() == Life.UNKNOWN) {
            requireSeen(left, left.runner());
          }
        }
      }
      Thread.sleep(PAUSE_MILLIS);
      now = workplace.find(container.id());
    }
  }

  /** What can't be judged is neither killed nor taken for dead. */
  private static void requireSeen(Container container, Owner process) {
    if (process.life() == Life.UNKNOWN) {
      throw new ForbiddenException(
          "cannot tell whether container "
              + container.name()
              + " still runs: "
              + process
              + " is of another PID namespace, or /proc doesn't show it; remove it from where it"
              + " was started");
    }
  }

  private static void kill(Owner process) {
    process
        .pidHere()
        .ifPresent(pid -> {
          boolean _ = Signals.send(pid, SIGKILL, process::alive);
        });
  }

  private static boolean isStopped(Owner process) {
    return process.pidHere().stream().anyMatch(SqliteStore::isStopped);
  }

  /** Removes a record that can't be read, known by no more than its id. */
  private static boolean forget(Workplace workplace, String id) throws IOException {
    if (id.length() < 12 || workplace.find(id).isPresent()) {
      return false;
    }
    for (SqliteStore.Unreadable record : workplace.store().unreadable()) {
      if (record.kind().equals(Container.class.getSimpleName()) && record.id().startsWith(id)) {
        workplace.store().forget(record);
        return true;
      }
    }
    return false;
  }
}
