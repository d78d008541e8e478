package dev.cnm.controller;

import dev.cnm.ControllerOptions;
import dev.cnm.controller.DriverRegistry.Patience;
import dev.cnm.controller.driver.GuardedIpamDriver;
import dev.cnm.controller.driver.GuardedNetworkDriver;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.spi.DriverContext;
import dev.cnm.spi.Existing;
import dev.cnm.spi.IpamDriver;
import dev.cnm.spi.IpamDriverFactory;
import dev.cnm.spi.NetworkDriver;
import dev.cnm.spi.NetworkDriverFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Function;

/** The network drivers and the IPAM drivers of one controller. */
final class Drivers {

  /** More calls of one driver than this don't hang at the same time: each keeps a thread. */
  private static final int MOST_OVERDUE = 16;

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
    Duration deadline = options.driverDeadline();
    Duration quarter = deadline.dividedBy(4);
    networks =
        new DriverRegistry<>(
            "network",
            ServiceLoader.load(NetworkDriverFactory.class),
            new Patience(deadline, quarter, MOST_OVERDUE),
            (type, factory, calls) -> {
              NetworkDriver driver =
                  factory.create(
                      new DriverContext(
                          host, options.addressRanges(), existing.apply(type), owner));
              return calls == null ? driver : new GuardedNetworkDriver(driver, calls, host);
            });
    ipams =
        new DriverRegistry<>(
            "IPAM",
            ServiceLoader.load(IpamDriverFactory.class),
            // Nothing else can be looked up or changed meanwhile.
            new Patience(quarter, quarter, 1),
            (type, factory, calls) -> {
              IpamDriver driver =
                  factory.create(
                      new DriverContext(host, options.addressRanges(), Existing.nothing(), owner));
              return calls == null ? driver : new GuardedIpamDriver(driver, calls);
            });
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

  /** The controller is about to be closed, and no driver is to keep it from that. */
  void closing() {
    networks.closing();
    ipams.closing();
  }

  void close(Failures failures) {
    networks.close(failures);
    ipams.close(failures);
  }
}
