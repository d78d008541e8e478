package dev.cnm.cli;

import dev.cnm.Endpoint;
import dev.cnm.Network;
import dev.cnm.NotFoundException;
import dev.cnm.cli.control.ControlRequest;
import dev.cnm.cli.state.Container;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cnm network disconnect}. */
@Command(
    name = "disconnect",
    mixinStandardHelpOptions = true,
    description = "Disconnect a running container from a network.")
final class NetworkDisconnect implements Callable<Integer> {

  @Option(
      names = {"-f", "--force"},
      description = "Also if the process that keeps the container has ended, or the container has.")
  private boolean force;

  @Parameters(index = "0", paramLabel = "NETWORK", description = "The network.")
  private String network = "";

  @Parameters(index = "1", paramLabel = "CONTAINER", description = "The container.")
  private String container = "";

  @Override
  public Integer call() throws IOException {
    try (Workplace workplace = Workplace.open()) {
      Optional<Container> found = workplace.find(container);
      if (force && found.isEmpty()) {
        forget(workplace.controller().network(network));
      } else if (force && found.get().runner().ended()) {
        try (Connections connections = new Connections(workplace, found.get())) {
          connections.disconnect(network);
        }
      } else {
        workplace.ask(container, ControlRequest.disconnect(network));
      }
    }
    return 0;
  }

  /** Removes what a container that nobody knows any more has left in a network. */
  private void forget(Network its) throws IOException {
    List<Endpoint> left =
        its.endpoints().stream()
            .filter(it -> !container.isEmpty() && it.name().startsWith(container))
            .toList();
    if (left.size() != 1) {
      throw new NotFoundException("No such container: " + container);
    }
    Connections.remove(left.getFirst());
  }
}
