package dev.cnm.driver.none;

import dev.cnm.spi.DriverContext;
import dev.cnm.spi.DriverType;
import dev.cnm.spi.NetworkDriver;
import dev.cnm.spi.NetworkDriverFactory;

/** Makes the driver of the type {@code null}. */
@DriverType("null")
public final class NoneDriverFactory implements NetworkDriverFactory {

  /** For {@link java.util.ServiceLoader}. */
  public NoneDriverFactory() {}

  @Override
  public NetworkDriver create(DriverContext context) {
    return new NoneDriver();
  }
}
