package dev.cnm.driver.container;

import dev.cnm.spi.DriverContext;
import dev.cnm.spi.DriverType;
import dev.cnm.spi.NetworkDriver;
import dev.cnm.spi.NetworkDriverFactory;

/** Makes the driver of the type {@code container}. */
@DriverType("container")
public final class ContainerDriverFactory implements NetworkDriverFactory {

  /** For {@link java.util.ServiceLoader}. */
  public ContainerDriverFactory() {}

  @Override
  public NetworkDriver create(DriverContext context) {
    return new ContainerDriver();
  }
}
