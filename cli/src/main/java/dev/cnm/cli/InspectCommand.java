package dev.cnm.cli;

import dev.cnm.InvalidParameterException;
import dev.cnm.NotFoundException;
import dev.cnm.cli.output.Inspection;
import dev.cnm.cli.output.NetworkShape;
import dev.cnm.cli.state.Container;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cnm inspect}. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    description = "Show all there is to know of containers and networks, as JSON.")
final class InspectCommand implements Callable<Integer> {

  private static final String CONTAINER = "container";
  private static final String NETWORK = "network";

  @Option(
      names = {"-f", "--format"},
      paramLabel = "FORMAT",
      description =
          "json for one line, or a template such as '{{json .NetworkSettings.Networks}}'.")
  private String format = "";

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description = "container or network (default: a container, or else a network).")
  private String type = "";

  @Parameters(arity = "1..*", paramLabel = "NAME", description = "Names or ids.")
  private List<String> names = List.of();

  @Override
  public Integer call() throws IOException {
    if (!List.of("", CONTAINER, NETWORK).contains(type)) {
      throw new InvalidParameterException(
          "invalid type: \"" + type + "\"; it can be container or network");
    }
    Inspection inspection = new Inspection(format);
    int code = 0;
    try (Workplace workplace = Workplace.open()) {
      for (String name : names) {
        try {
          inspection.add(object(workplace, name));
        } catch (NotFoundException e) {
          code = Cnm.complain(e);
        }
      }
    }
    System.out.print(inspection.print());
    return code;
  }

  private Map<String, @Nullable Object> object(Workplace workplace, String name)
      throws IOException {
    if (!type.equals(NETWORK)) {
      Optional<Container> container = workplace.find(name);
      if (container.isPresent()) {
        return container(workplace, container.get());
      }
    }
    if (!type.equals(CONTAINER)) {
      try {
        return NetworkShape.inspect(workplace.controller().network(name), workplace.containers());
      } catch (NotFoundException e) {
        if (type.equals(NETWORK)) {
          throw e;
        }
      }
    }
    throw new NotFoundException(
        "No such " + (type.isEmpty() ? "container or network" : type) + ": " + name);
  }

  private static Map<String, @Nullable Object> container(Workplace workplace, Container container)
      throws IOException {
    String mode = container.networkMode();
    if (mode.startsWith(Run.CONTAINER)) {
      Optional<Container> other = workplace.find(mode.substring(Run.CONTAINER.length()));
      mode = other.map(it -> Run.CONTAINER + it.id()).orElse(mode);
    }
    return workplace.shape(container).inspect(mode, workplace.files(container.id()));
  }
}
