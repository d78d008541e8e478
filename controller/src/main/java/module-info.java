/**
 * The network controller: it keeps the networks, endpoints and sandboxes, asks IPAM for addresses,
 * calls the drivers, and puts back what a failure left half done. A program reaches it through
 * {@code dev.cnm.NetworkController.create()}, or through {@link dev.cnm.controller.LocalController}
 * if it brings a store of its own.
 *
 * @provides dev.cnm.spi.ControllerProvider one whose state is in memory
 * @uses dev.cnm.spi.NetworkDriverFactory the network drivers
 * @uses dev.cnm.spi.IpamDriverFactory the IPAM drivers
 */
@org.jspecify.annotations.NullMarked
module dev.cnm.controller {
  requires static transitive org.jspecify;
  requires dev.cnm.netlink;
  requires transitive dev.cnm;

  exports dev.cnm.controller;
  exports dev.cnm.controller.state;

  uses dev.cnm.spi.NetworkDriverFactory;
  uses dev.cnm.spi.IpamDriverFactory;

  provides dev.cnm.spi.ControllerProvider with
      dev.cnm.controller.LocalControllerProvider;
}
