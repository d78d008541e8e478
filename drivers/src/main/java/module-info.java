/**
 * The network drivers null, host, bridge and container, and the default and null IPAM. They are
 * found as services and nothing is exported: a program names a driver, it does not call one.
 */
@org.jspecify.annotations.NullMarked
module dev.cnm.driver {
  requires static transitive org.jspecify;
  requires dev.cnm;
  requires dev.cnm.netlink;
}
