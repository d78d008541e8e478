/**
 * The network drivers null, host, bridge and container, and the default and null IPAM. They are
 * found as services and nothing is exported: a program names a driver, it does not call one.
 *
 * @provides dev.cnm.spi.NetworkDriverFactory the types null, host, bridge and container
 * @provides dev.cnm.spi.IpamDriverFactory the types default and null
 */
@org.jspecify.annotations.NullMarked
module dev.cnm.driver {
  requires static transitive org.jspecify;
  requires dev.cnm;
  requires dev.cnm.netlink;

  provides dev.cnm.spi.NetworkDriverFactory with
      dev.cnm.driver.bridge.BridgeDriverFactory,
      dev.cnm.driver.container.ContainerDriverFactory,
      dev.cnm.driver.host.HostDriverFactory,
      dev.cnm.driver.none.NoneDriverFactory;
  provides dev.cnm.spi.IpamDriverFactory with
      dev.cnm.ipam.DefaultIpamFactory,
      dev.cnm.ipam.NullIpamFactory;
}
