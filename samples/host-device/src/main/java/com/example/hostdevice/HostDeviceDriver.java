package com.example.hostdevice;

import dev.cnm.AddressPool;
import dev.cnm.InvalidParameterException;
import dev.cnm.Names;
import dev.cnm.spi.DriverCapabilities;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.EndpointResult;
import dev.cnm.spi.JoinContext;
import dev.cnm.spi.JoinResult;
import dev.cnm.spi.JoinResult.InterfaceMade;
import dev.cnm.spi.NetworkContext;
import dev.cnm.spi.NetworkDriver;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Gives the link that the option {@code device} names to the sandbox that joins. It has nothing to
 * do in the kernel itself: the controller moves the link in, and back out.
 */
final class HostDeviceDriver implements NetworkDriver {

  private static final String DEVICE = "device";

  @Override
  public DriverCapabilities capabilities() {
    return DriverCapabilities.local();
  }

  @Override
  public Map<String, String> createNetwork(NetworkContext network) {
    device(network);
    return Map.of();
  }

  @Override
  public void deleteNetwork(NetworkContext network) {}

  /** The link keeps its own MAC address, unless the caller wants another. */
  @Override
  public EndpointResult createEndpoint(EndpointContext endpoint) {
    return new EndpointResult(endpoint.mac(), Map.of());
  }

  @Override
  public void deleteEndpoint(EndpointContext endpoint) {}

  /** The pool's gateway is the router behind the link. */
  @Override
  public JoinResult join(JoinContext join) {
    NetworkContext network = join.endpoint().network();
    boolean outside = !network.options().internal();
    return new JoinResult(
        new InterfaceMade.OnHost(device(network)),
        outside ? network.ipv4().flatMap(AddressPool::gateway) : Optional.empty(),
        outside ? network.ipv6().flatMap(AddressPool::gateway) : Optional.empty(),
        List.of(),
        Map.of());
  }

  @Override
  public void leave(EndpointContext endpoint) {}

  private static String device(NetworkContext network) {
    String device = network.options().driverOptions().get(DEVICE);
    if (device == null) {
      throw new InvalidParameterException(
          "network " + network.name() + " needs the option " + DEVICE + ": a link of the host");
    }
    return Names.requireInterfaceName(device);
  }
}
