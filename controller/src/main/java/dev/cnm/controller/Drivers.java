package dev.cnm.controller;

import dev.cnm.ControllerOptions;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.spi.DriverContext;
import dev.cnm.spi.Existing;
import dev.cnm.spi.IpamDriver;
import dev.cnm.spi.IpamDriverFactory;
import dev.cnm.spi.NetworkDriver;
import dev.cnm.spi.NetworkDriverFactory;
import java.io.IOException;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Function;

/** The network drivers and the IPAM drivers of one controller. */
final class Drivers {

  private final DriverRegistry<NetworkDriverFactory, NetworkDriver> networks;
  private final DriverRegistry<IpamDriverFactory, IpamDriver> ipams;

  /**
   * Finds them, and makes none yet.
   *
   * @param owner whose they are ({@link DriverContext#owner})
   * @param existing tells what there is of a network driver's networks, by the driver's type
   */
  Drivers(
      HeldNamespace host,
      ControllerOptions options,
      String owner,
      Function<String, Existing> existing) {
    networks =
        new DriverRegistry<>(
            "network",
            ServiceLoader.load(NetworkDriverFactory.class),
            (type, factory) ->
                factory.create(
                    new DriverContext(host, options.addressRanges(), existing.apply(type), owner)));
    ipams =
        new DriverRegistry<>(
            "IPAM",
            ServiceLoader.load(IpamDriverFactory.class),
            (type, factory) ->
                factory.create(
                    new DriverContext(host, options.addressRanges(), Existing.nothing(), owner)));
  }

  List<String> networkTypes() {
    return networks.types();
  }

  boolean hasNetworkType(String type) {
    return networks.has(type);
  }

  NetworkDriver network(String type) throws IOException {
    return networks.driver(type);
  }

  NetworkDriver of(NetworkRecord network) throws IOException {
    return networks.driver(network.type());
  }

  IpamDriver ipam(String type) throws IOException {
    return ipams.driver(type);
  }

  void close(Failures failures) {
    networks.close(failures);
    ipams.close(failures);
  }
}
