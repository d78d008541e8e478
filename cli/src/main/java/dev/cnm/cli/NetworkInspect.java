package dev.cnm.cli;

import dev.cnm.NotFoundException;
import dev.cnm.cli.output.Inspection;
import dev.cnm.cli.output.NetworkShape;
import dev.cnm.cli.state.Container;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cnm network inspect}. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    description = "Show all there is to know of networks, as JSON.")
final class NetworkInspect implements Callable<Integer> {

  @Option(
      names = {"-f", "--format"},
      paramLabel = "FORMAT",
      description = "json for one line, or a template such as '{{json .IPAM.Config}}'.")
  private String format = "";

  @SuppressWarnings("UnusedVariable")
  @Option(
      names = {"-v", "--verbose"},
      description = "Accepted: there is nothing more to tell.")
  private boolean verbose;

  @Parameters(arity = "1..*", paramLabel = "NETWORK", description = "Names or ids.")
  private List<String> names = List.of();

  @Override
  public Integer call() throws IOException {
    Inspection inspection = new Inspection(format);
    int code = 0;
    try (Workplace workplace = Workplace.open()) {
      Map<String, Container> containers = workplace.containers();
      for (String name : names) {
        try {
          inspection.add(NetworkShape.inspect(workplace.controller().network(name), containers));
        } catch (NotFoundException e) {
          code = Cnm.complain(e);
        }
      }
    }
    System.out.print(inspection.print());
    return code;
  }
}
