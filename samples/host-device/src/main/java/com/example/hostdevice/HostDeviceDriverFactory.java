package com.example.hostdevice;

import dev.cnm.spi.DriverContext;
import dev.cnm.spi.DriverType;
import dev.cnm.spi.NetworkDriver;
import dev.cnm.spi.NetworkDriverFactory;

/** Makes the driver of the type {@code host-device}. */
@DriverType("host-device")
public final class HostDeviceDriverFactory implements NetworkDriverFactory {

  /** For {@link java.util.ServiceLoader}. */
  public HostDeviceDriverFactory() {}

  @Override
  public NetworkDriver create(DriverContext context) {
    return new HostDeviceDriver();
  }
}
