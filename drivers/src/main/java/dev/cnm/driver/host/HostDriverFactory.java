package dev.cnm.driver.host;

import dev.cnm.spi.DriverContext;
import dev.cnm.spi.DriverType;
import dev.cnm.spi.NetworkDriver;
import dev.cnm.spi.NetworkDriverFactory;

/** Makes the driver of the type {@code host}. */
@DriverType("host")
public final class HostDriverFactory implements NetworkDriverFactory {

  /** For {@link java.util.ServiceLoader}. */
  public HostDriverFactory() {}

  @Override
  public NetworkDriver create(DriverContext context) {
    return new HostDriver();
  }
}
