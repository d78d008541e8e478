package dev.cnm.spi;

import dev.cnm.PortBinding;
import dev.cnm.PortMapping;
import java.util.List;

/**
 * How an endpoint is connected with the outside. libnetwork's {@code ProgramExternalConnectivity}
 * has the gateways' ids in its place.
 *
 * @param gateway4 whether its sandbox's IPv4 default route leads through it
 * @param gateway6 whether its sandbox's IPv6 default route leads through it
 * @param gateway6Elsewhere whether another endpoint of the sandbox gives the IPv6 default route;
 *     where none does, the one that gives the IPv4 route may serve the host's IPv6 ports as well
 * @param ports the ports of the sandbox that are to be reached through the host
 * @param previous where the host had these ports until now, at this endpoint or at the one that
 *     gave the default route before: those that the caller left open stay where they were, if they
 *     can
 * @param beside the networks of the same driver in which the sandbox is as well: what comes from
 *     there and is answered straight must have been asked straight
 */
public record ExternalConnectivity(
    boolean gateway4,
    boolean gateway6,
    boolean gateway6Elsewhere,
    List<PortMapping> ports,
    List<PortBinding> previous,
    List<NetworkContext> beside) {

  /** For a sandbox that is in no other network of the driver. */
  public ExternalConnectivity(
      boolean gateway4,
      boolean gateway6,
      boolean gateway6Elsewhere,
      List<PortMapping> ports,
      List<PortBinding> previous) {
    this(gateway4, gateway6, gateway6Elsewhere, ports, previous, List.of());
  }

  /** Copies the lists. */
  public ExternalConnectivity {
    ports = List.copyOf(ports);
    previous = List.copyOf(previous);
    beside = List.copyOf(beside);
  }
}
