package dev.cnm.driver.bridge;

import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.spi.DriverContext;
import dev.cnm.spi.DriverType;
import dev.cnm.spi.NetworkDriver;
import dev.cnm.spi.NetworkDriverFactory;
import java.io.IOException;

/** Makes the driver of the type {@code bridge}. */
@DriverType("bridge")
public final class BridgeDriverFactory implements NetworkDriverFactory {

  /** For {@link java.util.ServiceLoader}. */
  public BridgeDriverFactory() {}

  @Override
  public NetworkDriver create(DriverContext context) throws IOException {
    // A namespace of our own on the same host: the driver may outlive the one it was given.
    return new BridgeDriver(
        NetworkNamespace.open(context.host().path()), context.existing(), context.owner());
  }
}
