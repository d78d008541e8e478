package dev.cnm.cli;

import dev.cnm.Network;
import dev.cnm.NotFoundException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code cnm network rm}. */
@Command(name = "rm", mixinStandardHelpOptions = true, description = "Remove networks.")
final class NetworkRm implements Callable<Integer> {

  @Parameters(arity = "1..*", paramLabel = "NAME", description = "The networks.")
  private List<String> names = List.of();

  @Override
  public Integer call() throws IOException {
    try (Workplace workplace = Workplace.open()) {
      for (String name : names) {
        Network network;
        try {
          network = workplace.controller().network(name);
        } catch (NotFoundException e) {
          throw new NotFoundException("No such network: " + name);
        }
        network.delete();
        System.out.println(name);
      }
    }
    return 0;
  }
}
