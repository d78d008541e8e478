package dev.cnm.spi;

import java.io.IOException;

/**
 * Makes the IPAM driver of one type. A service; the implementing class has a public no-argument
 * constructor, which does nothing, and carries {@link DriverType}.
 */
@FunctionalInterface
public interface IpamDriverFactory {

  /**
   * Creates the driver. Called at most once for each controller, when the type is first used.
   *
   * @throws IOException if the driver can't work here
   */
  IpamDriver create(DriverContext context) throws IOException;
}
