package dev.cnm.driver.bridge;

import dev.cnm.netlink.route.Link;
import dev.cnm.netlink.route.Links;
import dev.cnm.netlink.route.Route;
import dev.cnm.netlink.route.Routes;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;

/**
 * The link by which the host reaches everybody, with the smallest packets if there are several: one
 * for each family, or a VPN's with a table of its own.
 *
 * @param link its name
 * @param mtu its MTU in octets
 */
record Uplink(String link, int mtu) {

  /** VPNs lead everything their way in two halves, 0.0.0.0/1 and 128.0.0.0/1. */
  private static final int HALF = 1;

  private record Destination(boolean ipv6, int table, String prefix) {
    static Destination of(Route route) {
      return new Destination(
          route.destination().getAddress().length > 4,
          route.table(),
          route.destination().getHostAddress() + "/" + route.prefixLength());
    }
  }

  /** Lists routes and links; empty if the host reaches nobody. */
  static Optional<Uplink> of(Routes routes, Links links) throws IOException {
    Map<Destination, Route> best =
        routes.list().stream()
            .filter(it -> it.isUnicast() && it.prefixLength() <= HALF && it.linkIndex().isPresent())
            .collect(
                Collectors.toMap(
                    Destination::of,
                    it -> it,
                    BinaryOperator.minBy(
                        (one, other) -> Integer.compareUnsigned(one.metric(), other.metric()))));
    List<Integer> ways =
        best.values().stream().map(it -> it.linkIndex().getAsInt()).distinct().toList();
    Optional<Uplink> narrowest = Optional.empty();
    for (int way : ways) {
      Optional<Link> link = links.get(way);
      if (link.isPresent() && narrowest.filter(it -> it.mtu <= link.get().mtu()).isEmpty()) {
        narrowest = link.map(it -> new Uplink(it.name(), it.mtu()));
      }
    }
    return narrowest;
  }
}
