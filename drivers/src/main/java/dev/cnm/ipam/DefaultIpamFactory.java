package dev.cnm.ipam;

import dev.cnm.spi.DriverContext;
import dev.cnm.spi.DriverType;
import dev.cnm.spi.IpamDriver;
import dev.cnm.spi.IpamDriverFactory;

/** Makes the IPAM driver of the type {@code default}. */
@DriverType("default")
public final class DefaultIpamFactory implements IpamDriverFactory {

  /** For {@link java.util.ServiceLoader}. */
  public DefaultIpamFactory() {}

  @Override
  public IpamDriver create(DriverContext context) {
    return new DefaultIpam(AddressRanges.of(context.addressRanges()));
  }
}
