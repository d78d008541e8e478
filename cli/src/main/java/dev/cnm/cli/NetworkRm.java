package dev.cnm.cli;

import dev.cnm.CnmException;
import dev.cnm.ForbiddenException;
import dev.cnm.Network;
import dev.cnm.NotFoundException;
import dev.cnm.cli.state.Container;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cnm network rm}. */
@Command(
    name = "rm",
    aliases = "remove",
    mixinStandardHelpOptions = true,
    description = "Remove networks that no container uses.")
final class NetworkRm implements Callable<Integer> {

  @Option(
      names = {"-f", "--force"},
      description =
          "Don't complain of a network that doesn't exist, and forget one that its driver can't"
              + " remove.")
  private boolean force;

  @Parameters(arity = "1..*", paramLabel = "NETWORK", description = "Names or ids.")
  private List<String> names = List.of();

  @Override
  public Integer call() throws IOException {
    int code = 0;
    try (Workplace workplace = Workplace.open()) {
      for (String name : names) {
        try {
          remove(workplace, name);
          System.out.println(name);
        } catch (NotFoundException e) {
          code = force ? code : Cnm.complain(e);
        } catch (CnmException | IOException e) {
          code = Cnm.complain(e);
        }
      }
    }
    return code;
  }

  private void remove(Workplace workplace, String name) throws IOException {
    Network network = workplace.controller().network(name);
    try {
      network.delete();
    } catch (NotFoundException e) {
      if (workplace.controller().networkById(network.id()).isEmpty()) {
        throw e;
      }
      if (!force) {
        throw new ForbiddenException(
            "cannot remove network "
                + network.name()
                + ": "
                + e.getMessage()
                + "; put its driver back, or forget the network with 'cnm network rm --force'");
      }
      forget(workplace, network, e);
    } catch (IOException e) {
      if (!force) {
        throw e;
      }
      forget(workplace, network, e);
    } catch (ForbiddenException e) {
      if (network.predefined() || network.endpoints().isEmpty()) {
        throw e;
      }
      throw new ForbiddenException(
          "network "
              + network.name()
              + " has active endpoints: "
              + users(network, workplace.containers()));
    }
  }

  private static void forget(Workplace workplace, Network network, Exception reason)
      throws IOException {
    workplace.controller().abandon(network);
    System.err.println(
        "cnm: network "
            + network.name()
            + " is forgotten, but what its driver made for it may be left: "
            + Complaint.of(reason));
  }

  private static String users(Network network, Map<String, Container> containers) {
    return network.endpoints().stream()
        .map(endpoint -> {
          // The command calls an endpoint by its container's id.
          Container container = containers.get(endpoint.name());
          return container == null
              ? endpoint.name()
              : container.name() + " (" + container.shortId() + ")";
        })
        .collect(Collectors.joining(", "));
  }
}
