package dev.cnm.driver.container;

import dev.cnm.InvalidParameterException;
import dev.cnm.spi.DriverCapabilities;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.EndpointResult;
import dev.cnm.spi.JoinContext;
import dev.cnm.spi.JoinResult;
import dev.cnm.spi.NetworkContext;
import dev.cnm.spi.NetworkDriver;
import dev.cnm.spi.SandboxSource;
import java.util.Map;

/** The network stack of another sandbox, which the option {@code container} names. */
final class ContainerDriver implements NetworkDriver {

  /** The network's option that names the sandbox whose stack is shared. */
  private static final String CONTAINER = "container";

  @Override
  public DriverCapabilities capabilities() {
    return DriverCapabilities.local().withoutAddresses();
  }

  @Override
  public SandboxSource sandboxSource(NetworkContext network) {
    return SandboxSource.sharedWith(target(network));
  }

  @Override
  public Map<String, String> createNetwork(NetworkContext network) {
    target(network);
    return Map.of();
  }

  private static String target(NetworkContext network) {
    Map<String, String> options = network.options().driverOptions();
    String target = options.get(CONTAINER);
    if (target == null || target.isBlank()) {
      throw new InvalidParameterException(
          "the container driver needs the option " + CONTAINER + ": whose network stack to share");
    }
    if (options.size() > 1) {
      throw new InvalidParameterException(
          "unknown option of the container driver: "
              + options.keySet().stream().filter(key -> !key.equals(CONTAINER)).findFirst().get());
    }
    return target;
  }

  @Override
  public void deleteNetwork(NetworkContext network) {}

  @Override
  public EndpointResult createEndpoint(EndpointContext endpoint) {
    endpoint
        .mac()
        .ifPresent(mac -> {
          throw new InvalidParameterException(
              "conflicting options: mac-address and the network mode: " + mac);
        });
    if (!endpoint.options().driverOptions().isEmpty()) {
      throw new InvalidParameterException(
          "unknown endpoint option of the container driver: "
              + endpoint.options().driverOptions().keySet().iterator().next());
    }
    return EndpointResult.nothing();
  }

  @Override
  public void deleteEndpoint(EndpointContext endpoint) {}

  @Override
  public JoinResult join(JoinContext join) {
    return JoinResult.nothing();
  }

  @Override
  public void leave(EndpointContext endpoint) {}
}
