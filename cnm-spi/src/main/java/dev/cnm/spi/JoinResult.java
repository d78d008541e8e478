package dev.cnm.spi;

import dev.cnm.IpPrefix;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What joining made. libnetwork's {@code JoinInfo}.
 *
 * @param interfaceMade what became of the interface
 * @param gateway4 the IPv4 gateway, as seen from inside; empty if the network leads nowhere
 * @param gateway6 the IPv6 gateway, likewise
 * @param routes further routes that the controller is to add inside
 * @param driverState replaces what the driver finds in {@link EndpointContext#driverState}
 */
public record JoinResult(
    InterfaceMade interfaceMade,
    Optional<InetAddress> gateway4,
    Optional<InetAddress> gateway6,
    List<StaticRoute> routes,
    Map<String, String> driverState) {

  /** Copies what can change. */
  public JoinResult {
    routes = List.copyOf(routes);
    driverState = Map.copyOf(driverState);
  }

  /** No interface, no gateway: the sandbox is as it was. */
  public static JoinResult nothing() {
    return of(new InterfaceMade.None());
  }

  /** This interface, and no gateway. */
  public static JoinResult of(InterfaceMade made) {
    return new JoinResult(made, Optional.empty(), Optional.empty(), List.of(), Map.of());
  }

  /** What became of the interface. */
  public sealed interface InterfaceMade {

    /** There is none. */
    record None() implements InterfaceMade {}

    /**
     * It is in the sandbox under the name that was asked for, up, with its addresses and, if they
     * were asked for, the default routes.
     */
    record InPlace() implements InterfaceMade {}

    /**
     * It is on the host. The controller moves it into the sandbox, gives it the name that was asked
     * for, its MAC address, addresses and routes, and sets it up; when the endpoint leaves, it
     * moves it back under its old name. Slow (the kernel waits for grace periods), but any link
     * will do.
     *
     * @param link the name of the link on the host
     */
    record OnHost(String link) implements InterfaceMade {}
  }

  /**
   * A route inside the sandbox.
   *
   * @param destination where it leads
   * @param nextHop through which address; when empty, the destination is on the link
   */
  public record StaticRoute(IpPrefix destination, Optional<InetAddress> nextHop) {}
}
