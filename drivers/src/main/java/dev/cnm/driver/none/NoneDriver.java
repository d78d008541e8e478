package dev.cnm.driver.none;

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

/** A network that leads nowhere: the sandbox has its loopback link and nothing else. */
final class NoneDriver implements NetworkDriver {

  @Override
  public DriverCapabilities capabilities() {
    return DriverCapabilities.local().withoutAddresses().withOneNetwork();
  }

  @Override
  public SandboxSource sandboxSource(NetworkContext network) {
    return SandboxSource.fresh();
  }

  @Override
  public Map<String, String> createNetwork(NetworkContext network) {
    if (!network.options().driverOptions().isEmpty()) {
      throw new InvalidParameterException(
          "unknown option of the null driver: "
              + network.options().driverOptions().keySet().iterator().next());
    }
    return Map.of();
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
          "unknown endpoint option of the null driver: "
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
