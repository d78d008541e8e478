/**
 * The network controller: it keeps the networks, endpoints and sandboxes, asks IPAM for addresses,
 * calls the drivers, and puts back what a failure left half done. A program reaches it through
 * {@code dev.cnm.NetworkController.create()}.
 */
@org.jspecify.annotations.NullMarked
module dev.cnm.controller {
  requires static transitive org.jspecify;
  requires dev.cnm.netlink;
  requires transitive dev.cnm;
}
