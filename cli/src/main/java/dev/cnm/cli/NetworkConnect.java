package dev.cnm.cli;

import dev.cnm.EndpointOptions;
import dev.cnm.cli.control.ControlRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cnm network connect}. */
@Command(
    name = "connect",
    mixinStandardHelpOptions = true,
    description = "Connect a running container to a network.")
final class NetworkConnect implements Callable<Integer> {

  @Mixin private AddressFlags addresses = new AddressFlags();

  @Option(
      names = "--alias",
      paramLabel = "NAME",
      description = "A further name there; may be repeated.")
  private List<String> aliases = new ArrayList<>();

  @Option(
      names = "--driver-opt",
      paramLabel = "KEY=VALUE",
      description = "An option for the driver; may be repeated.")
  private List<String> driverOptions = new ArrayList<>();

  @Option(
      names = "--gw-priority",
      paramLabel = "N",
      description = "The network with the highest gives the default route (default: 0).")
  private String gatewayPriority = "0";

  @Parameters(index = "0", paramLabel = "NETWORK", description = "The network.")
  private String network = "";

  @Parameters(index = "1", paramLabel = "CONTAINER", description = "The container.")
  private String container = "";

  @Override
  public Integer call() throws IOException {
    EndpointOptions.Builder options = EndpointOptions.builder();
    addresses.addTo(options);
    aliases.forEach(it -> NetworkChoice.set(options, "alias", it));
    driverOptions.forEach(it -> NetworkChoice.set(options, "driver-opt", it));
    NetworkChoice.set(options, "gw-priority", gatewayPriority);
    try (Workplace workplace = Workplace.open()) {
      workplace.ask(container, ControlRequest.connect(network, options.build()));
    }
    return 0;
  }
}
