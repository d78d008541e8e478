/**
 * Linux networking for Java, by netlink sockets through the Foreign Function and Memory API: links,
 * addresses, routes, rules, neighbours, nftables, connection tracking and network namespaces. It
 * needs nothing but the JDK and knows nothing of the container network model.
 *
 * <p>Its code makes restricted native calls, so a program runs with {@code
 * --enable-native-access=dev.cnm.netlink}, or {@code ALL-UNNAMED} when it uses the class path.
 */
@org.jspecify.annotations.NullMarked
module dev.cnm.netlink {
  requires static transitive org.jspecify;

  exports dev.cnm.netlink;
  exports dev.cnm.netlink.conntrack;
  exports dev.cnm.netlink.inet;
  exports dev.cnm.netlink.namespace;
  exports dev.cnm.netlink.nft;
  exports dev.cnm.netlink.process;
  exports dev.cnm.netlink.route;
}
