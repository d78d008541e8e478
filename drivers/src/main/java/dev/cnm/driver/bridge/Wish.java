package dev.cnm.driver.bridge;

import dev.cnm.IpPrefix;
import dev.cnm.PortBinding;
import dev.cnm.PortMapping;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.ExternalConnectivity;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What one mapping comes to at one endpoint.
 *
 * @param mapping what was asked for
 * @param doors where the host is to have the port, the same one at each
 * @param open the endpoint's own addresses at which the port is to be reached
 */
record Wish(PortMapping mapping, List<Door> doors, List<InetAddress> open) {

  /**
   * Exact ports before ranges and those before any free one, so that what can choose takes nothing
   * from what can't; libnetwork's {@code PortBindingReqs}.
   */
  static final Comparator<Wish> EXACT_FIRST =
      Comparator.comparingInt((Wish wish) ->
              wish.mapping.ephemeral()
                  ? 2
                  : wish.mapping.hostPort() == wish.mapping.hostPortEnd() ? 0 : 1)
          .thenComparingInt(wish -> wish.mapping.hostPort())
          .thenComparingInt(wish -> wish.mapping.containerPort());

  private static final InetAddress ANY_4 = IpPrefix.parseAddress("0.0.0.0");
  private static final InetAddress ANY_6 = IpPrefix.parseAddress("::");

  /**
   * An address of the host.
   *
   * @param at the unspecified one for all of its family
   * @param to the endpoint's address that it leads to
   * @param named whether the caller named it; one that nobody named may be missing
   */
  record Door(InetAddress at, InetAddress to, boolean named) {

    /** Whether the kernel can translate the one into the other. */
    boolean byKernel() {
      return at.getClass() == to.getClass() && !(at instanceof Inet6Address && isLoopback());
    }

    /**
     * Whether some of what comes in can't be translated: from {@code ::1}, from link-local
     * addresses, from the other family, and from the endpoint's own networks. What comes to
     * 127.0.0.1 is from the host itself only.
     */
    boolean byProxy() {
      return at instanceof Inet6Address || !isLoopback();
    }

    private boolean isLoopback() {
      return at.isLoopbackAddress();
    }
  }

  static List<Wish> of(
      EndpointContext endpoint, BridgeOptions options, ExternalConnectivity wanted) {
    List<Wish> wishes = new ArrayList<>(wanted.ports().size());
    if (endpoint.network().options().internal()) {
      return wishes;
    }
    for (PortMapping mapping : wanted.ports()) {
      Optional<InetAddress> named = mapping.hostAddress().or(options::publishAt);
      List<InetAddress> at = named.map(List::of).orElse(List.of(ANY_4, ANY_6));
      List<Door> doors = new ArrayList<>(2);
      List<InetAddress> open = new ArrayList<>(2);
      for (InetAddress address : at) {
        boolean ipv6 = address instanceof Inet6Address;
        boolean gateway = ipv6 ? wanted.gateway6() : wanted.gateway4();
        Optional<IpPrefix> own = ipv6 ? endpoint.ipv6() : endpoint.ipv4();
        GatewayMode mode = options.mode(ipv6);
        if (own.isPresent() && mode == GatewayMode.ROUTED) {
          // Reached by its own address, whoever gives the default route.
          open.add(own.get().address());
        } else if (own.isPresent() && gateway && mode.translates()) {
          doors.add(new Door(address, own.get().address(), named.isPresent()));
        } else if (ipv6 && servesBoth(endpoint, options, wanted)) {
          doors.add(new Door(address, endpoint.ipv4().orElseThrow().address(), named.isPresent()));
        }
      }
      wishes.add(new Wish(mapping, doors, open));
    }
    return wishes;
  }

  /** Without an IPv6 gateway, the one for IPv4 serves the host's IPv6 ports too. */
  private static boolean servesBoth(
      EndpointContext endpoint, BridgeOptions options, ExternalConnectivity wanted) {
    return wanted.gateway4()
        && endpoint.ipv4().isPresent()
        && options.mode4().translates()
        && !wanted.gateway6()
        && !wanted.gateway6Elsewhere();
  }

  /** The port at which a binding of before had it, if it was this one. */
  Optional<Integer> formerPort(List<PortBinding> bindings) {
    return bindings.stream()
        .filter(it ->
            it.containerPort() == mapping.containerPort()
                && it.protocol() == mapping.protocol()
                && doors.stream().anyMatch(door -> door.at.equals(it.hostAddress())))
        .map(PortBinding::hostPort)
        .filter(port ->
            mapping.ephemeral() || (port >= mapping.hostPort() && port <= mapping.hostPortEnd()))
        .findFirst();
  }
}
