/**
 * A sample of a driver that is not part of cnm.
 *
 * @provides dev.cnm.spi.NetworkDriverFactory the type host-device
 */
@org.jspecify.annotations.NullMarked
module com.example.hostdevice {
  requires static org.jspecify;
  requires dev.cnm;

  provides dev.cnm.spi.NetworkDriverFactory with
      com.example.hostdevice.HostDeviceDriverFactory;
}
