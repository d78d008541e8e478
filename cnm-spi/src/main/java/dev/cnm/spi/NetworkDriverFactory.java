package dev.cnm.spi;

import java.io.IOException;

/**
 * Makes the network driver of one type. A service; the implementing class has a public no-argument
 * constructor, which does nothing, and carries {@link DriverType}.
 */
@FunctionalInterface
public interface NetworkDriverFactory {

  /**
   * Creates the driver. Called at most once for each controller, when the type is first used.
   *
   * @throws IOException if the kernel refuses what the driver needs
   */
  NetworkDriver create(DriverContext context) throws IOException;
}
