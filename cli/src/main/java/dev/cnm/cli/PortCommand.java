package dev.cnm.cli;

import dev.cnm.IpPrefix;
import dev.cnm.NotFoundException;
import dev.cnm.PortBinding;
import dev.cnm.PortMapping;
import dev.cnm.cli.state.Container;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code cnm port}. */
@Command(
    name = "port",
    mixinStandardHelpOptions = true,
    description = "Show which ports of the host lead to a container.")
final class PortCommand implements Callable<Integer> {

  private static final Comparator<PortBinding> ORDER =
      Comparator.comparingInt(PortBinding::containerPort)
          .thenComparing(PortBinding::protocol)
          .thenComparingInt(it -> it.hostAddress().getAddress().length)
          .thenComparing(it -> IpPrefix.text(it.hostAddress()))
          .thenComparingInt(PortBinding::hostPort);

  @Parameters(index = "0", paramLabel = "NAME", description = "The container.")
  private String name = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "PORT[/PROTO]",
      description = "Only this port of the container.")
  private @Nullable String port;

  @Override
  public Integer call() throws IOException {
    try (Workplace workplace = Workplace.open()) {
      List<PortBinding> bindings = bindings(workplace, workplace.container(name));
      if (port == null) {
        bindings.forEach(System.out::println);
        return 0;
      }
      PortMapping wanted = PublishFlags.port(port);
      List<PortBinding> found =
          bindings.stream()
              .filter(it -> it.containerPort() == wanted.containerPort())
              .filter(it -> it.protocol() == wanted.protocol())
              .toList();
      if (found.isEmpty()) {
        throw new NotFoundException(
            "no public port '"
                + wanted.containerPort()
                + "/"
                + wanted.protocol()
                + "' published for "
                + name);
      }
      found.forEach(it -> System.out.println(it.host()));
    }
    return 0;
  }

  /** Those of a container, in order; one that shares another's stack has none of its own. */
  static List<PortBinding> bindings(Workplace workplace, Container container) {
    if (container.networkMode().startsWith(Run.CONTAINER)) {
      return List.of();
    }
    return workplace.controller().sandboxById(container.sandboxId()).stream()
        .flatMap(sandbox -> sandbox.endpoints().stream())
        .flatMap(endpoint -> endpoint.portBindings().stream())
        .sorted(ORDER)
        .toList();
  }
}
