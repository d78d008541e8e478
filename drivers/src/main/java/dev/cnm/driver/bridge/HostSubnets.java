package dev.cnm.driver.bridge;

import dev.cnm.AddressPool;
import dev.cnm.IpPrefix;
import dev.cnm.SubnetInUseException;
import dev.cnm.netlink.route.Address;
import dev.cnm.netlink.route.Addresses;
import dev.cnm.netlink.route.Link;
import dev.cnm.netlink.route.Links;
import dev.cnm.spi.NetworkContext;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The subnets that the host itself is in. */
final class HostSubnets {

  private HostSubnets() {}

  /**
   * Refuses a subnet that another link of the host is in: the host would look for its neighbours
   * behind our bridge. Subnets behind a router may be hidden on purpose.
   *
   * @param bridge the network's own link
   * @throws SubnetInUseException naming the address and its link
   */
  static void requireElsewhere(
      Links links, Addresses addresses, NetworkContext network, String bridge) throws IOException {
    List<IpPrefix> wanted =
        network.pools().stream()
            .map(AddressPool::subnet)
            .filter(it -> !it.address().isAnyLocalAddress() && !it.address().isLinkLocalAddress())
            .toList();
    if (wanted.isEmpty()) {
      return;
    }
    for (Address address : addresses.list()) {
      // With a peer, that one's subnet is behind the link.
      IpPrefix host =
          new IpPrefix(address.peer().orElse(address.address()), address.prefixLength());
      Optional<IpPrefix> conflict = wanted.stream().filter(host.network()::overlaps).findFirst();
      if (conflict.isPresent()) {
        String link = links.get(address.linkIndex()).map(Link::name).orElse("a link that is gone");
        if (!link.equals(bridge)) {
          throw new SubnetInUseException(
              "the subnet "
                  + conflict.get()
                  + " overlaps "
                  + host.network()
                  + ", which the host is in with "
                  + link
                  + ": choose another one");
        }
      }
    }
  }
}
