package dev.cnm.ipam;

import dev.cnm.spi.DriverContext;
import dev.cnm.spi.DriverType;
import dev.cnm.spi.IpamDriver;
import dev.cnm.spi.IpamDriverFactory;

/** Makes the IPAM driver of the type {@code null}. */
@DriverType("null")
public final class NullIpamFactory implements IpamDriverFactory {

  /** For {@link java.util.ServiceLoader}. */
  public NullIpamFactory() {}

  @Override
  public IpamDriver create(DriverContext context) {
    return new NullIpam();
  }
}
