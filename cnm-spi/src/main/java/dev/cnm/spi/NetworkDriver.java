package dev.cnm.spi;

import dev.cnm.CnmException;
import dev.cnm.PortBinding;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * A kind of network. libnetwork's {@code driverapi.Driver} and {@code ExtConner}.
 *
 * <p>For one endpoint the calls come in this order: {@link #createNetwork}, {@link
 * #createEndpoint}, {@link #join}, {@link #programExternalConnectivity}, {@link
 * #revokeExternalConnectivity}, {@link #leave}, {@link #deleteEndpoint}, {@link #deleteNetwork}. A
 * call that fails has undone what it did, and the controller then undoes the earlier ones by
 * calling their counterparts. The removing calls succeed if what they are to remove is gone
 * already.
 *
 * <p>A call throws {@link IOException} for what the kernel refuses and a {@link CnmException} for
 * what the caller asked wrongly; a {@code CnmException} is thrown before anything is changed.
 */
public interface NetworkDriver extends AutoCloseable {

  /** What the driver is. The same each time. */
  DriverCapabilities capabilities();

  /**
   * Where a sandbox for endpoints of this network comes from.
   *
   * @return a stack of its own, unless the driver says otherwise
   */
  default SandboxSource sandboxSource(NetworkContext network) {
    return SandboxSource.fresh();
  }

  /**
   * The beginning of the names of this network's interfaces inside a sandbox; the controller adds
   * the lowest free number.
   *
   * @return {@code "eth"}, unless the driver says otherwise
   */
  default String interfacePrefix(NetworkContext network) {
    return "eth";
  }

  /**
   * Makes what carries the network.
   *
   * @return what the driver wants to find again in {@link NetworkContext#driverState}
   * @throws CnmException if an option makes no sense or collides with another network
   * @throws IOException if the kernel refuses
   */
  Map<String, String> createNetwork(NetworkContext network) throws IOException;

  /**
   * Removes what carries the network.
   *
   * @throws IOException if the kernel refuses
   */
  void deleteNetwork(NetworkContext network) throws IOException;

  /**
   * Prepares an endpoint: checks its options and chooses what it lacks. Nothing is made in the
   * kernel yet.
   *
   * @throws dev.cnm.AddressInUseException if somebody else on the network's segment has one of its
   *     addresses; unless that was asked for, it is called again with another one
   * @throws CnmException if an option makes no sense
   * @throws IOException if the driver can't
   */
  EndpointResult createEndpoint(EndpointContext endpoint) throws IOException;

  /**
   * Forgets an endpoint that has left or never joined.
   *
   * @throws IOException if the kernel refuses
   */
  void deleteEndpoint(EndpointContext endpoint) throws IOException;

  /**
   * Attaches an endpoint to a sandbox.
   *
   * @throws dev.cnm.ExhaustedException if the network has no room left for it; asked again when
   *     what was cut off before is gone
   * @throws IOException if the kernel refuses
   */
  JoinResult join(JoinContext join) throws IOException;

  /**
   * Detaches an endpoint: its interface is gone when this returns.
   *
   * @throws IOException if the kernel refuses
   */
  void leave(EndpointContext endpoint) throws IOException;

  /**
   * Stops all traffic of an endpoint whose sandbox is about to go, so that what takes its place,
   * its address or its network can't meet it: no packet comes from it or goes to it once this
   * returns. What it has published is free again ({@link #revokeExternalConnectivity} is not called
   * for it). {@link #leaveAll} and {@link #deleteEndpoint} follow a little later, from another
   * thread. For drivers whose {@link #leave} makes the caller wait for the kernel.
   *
   * @return false, unless the driver says otherwise: it can't, and {@link #leave} follows at once
   * @throws IOException if the kernel refuses
   */
  default boolean cutOff(EndpointContext endpoint) throws IOException {
    return false;
  }

  /**
   * Does what {@link #leave} does for several endpoints, of any of the driver's networks. Some, or
   * all, may be gone by themselves with their sandbox.
   *
   * @throws IOException if the kernel refuses; the others have left
   */
  default void leaveAll(List<EndpointContext> endpoints) throws IOException {
    IOException failure = null;
    for (EndpointContext endpoint : endpoints) {
      try {
        leave(endpoint);
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /**
   * Lets the outside reach the endpoint and the endpoint reach the outside, as far as {@code
   * wanted} says and {@link #join} has not seen to it. Called when the endpoint has joined, if its
   * sandbox has ports to publish or its default route leads through it, and again whenever that
   * changes: what an earlier call made is replaced.
   *
   * @return the ports of the host that lead to the endpoint now, which is none unless the driver
   *     says otherwise
   * @throws CnmException if a port can't be had; what was there before is as it was
   * @throws IOException if the kernel refuses
   */
  default List<PortBinding> programExternalConnectivity(
      EndpointContext endpoint, ExternalConnectivity wanted) throws IOException {
    return List.of();
  }

  /**
   * Undoes {@link #programExternalConnectivity}.
   *
   * @throws IOException if the kernel refuses
   */
  default void revokeExternalConnectivity(EndpointContext endpoint) throws IOException {}

  /**
   * Makes sure of what the driver keeps on the host for several networks together, such as a
   * firewall table, when somebody else may have removed it: what {@link DriverContext#existing}
   * tells of is to work again.
   *
   * @return whether something had to be restored; false unless the driver says otherwise
   * @throws IOException if the kernel refuses
   */
  default boolean restore() throws IOException {
    return false;
  }

  /**
   * Looks for what on the host keeps the driver's networks from working, such as another firewall.
   * It may list what the kernel has, so it is for the person who asks, not for the usual way.
   *
   * @return nothing, unless the driver says otherwise
   * @throws IOException if the kernel refuses to tell
   */
  default List<Finding> findings() throws IOException {
    return List.of();
  }

  /**
   * What there is to tell of an endpoint. libnetwork's {@code EndpointOperInfo}.
   *
   * @return nothing, unless the driver says otherwise
   * @throws IOException if the kernel refuses to tell
   */
  default Map<String, String> operationalInfo(EndpointContext endpoint) throws IOException {
    return Map.of();
  }

  /**
   * Releases what the driver itself holds, such as sockets. Networks and endpoints stay.
   *
   * @throws IOException if something could not be released
   */
  @Override
  default void close() throws IOException {}
}
