package dev.cnm;

import dev.cnm.spi.ControllerProvider;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Predicate;

/**
 * The entry to the container network model: makes networks and sandboxes on one host, and finds
 * them again. libnetwork's {@code NetworkController}.
 *
 * <p>A controller works in one network namespace that plays its host, which is the process's own
 * unless {@link ControllerOptions#hostNamespace()} says otherwise, and changes nothing outside it.
 * It may be used by any number of threads.
 */
public interface NetworkController extends AutoCloseable {

  /**
   * Creates a controller for the network namespace of this process, with the default options.
   *
   * @throws IOException if the kernel refuses what the controller needs; the message says which
   *     capability or feature is missing
   * @throws IllegalStateException if no implementation is on the path
   */
  static NetworkController create() throws IOException {
    return create(ControllerOptions.defaults());
  }

  /**
   * Creates a controller. The implementation is found with {@link ServiceLoader}; the first one on
   * the path is used.
   *
   * @throws IOException if the kernel refuses what the controller needs
   * @throws IllegalStateException if no implementation is on the path
   */
  static NetworkController create(ControllerOptions options) throws IOException {
    ControllerProvider provider =
        ServiceLoader.load(ControllerProvider.class)
            .findFirst()
            .orElseThrow(() ->
                new IllegalStateException(
                    "no "
                        + ControllerProvider.class.getName()
                        + " on the path: add cnm-controller to it"));
    return provider.create(options);
  }

  /**
   * Creates a network: asks the IPAM driver for its address pools, then the network driver for
   * whatever carries it (for {@code bridge}, the link). Nothing is left behind when a step fails.
   *
   * @param type the driver's type, such as {@code "bridge"}
   * @param name unique among this host's networks; see {@link Names#requireNetworkName}
   * @throws NotFoundException if there is no driver of that type
   * @throws InvalidParameterException if the name or an option makes no sense
   * @throws ConflictException if the name is taken, or the subnet overlaps another network's
   * @throws ForbiddenException if the driver allows no further network
   * @throws ExhaustedException if no address pool is left
   * @throws IOException if the kernel refuses
   */
  Network newNetwork(String type, String name, NetworkOptions options) throws IOException;

  /** Every network of this host, sorted by name. */
  List<Network> networks();

  /**
   * Calls {@code visitor} with each network, by name, until it returns true. libnetwork's {@code
   * WalkNetworks}.
   */
  void walkNetworks(Predicate<? super Network> visitor);

  /** The network of exactly this name. */
  Optional<Network> networkByName(String name);

  /**
   * The network with this id, or the only one whose id starts with it.
   *
   * @throws InvalidParameterException if several ids start with it, or it is empty
   */
  Optional<Network> networkById(String idOrPrefix);

  /**
   * The network that a person means: by whole id, then by name, then by unique id prefix, as Docker
   * looks it up.
   *
   * @throws NotFoundException if there is none
   * @throws InvalidParameterException if several ids start with it
   */
  Network network(String nameOrId);

  /**
   * Creates a sandbox with a network stack of its own: a new network namespace that holds only the
   * loopback link, up.
   *
   * @param name unique among this host's sandboxes; see {@link Names#requireSandboxName}
   * @throws ConflictException if the name is taken
   * @throws IOException if the kernel refuses
   */
  default Sandbox newSandbox(String name) throws IOException {
    return newSandbox(name, SandboxOptions.defaults());
  }

  /**
   * Creates a sandbox where {@link SandboxOptions#source()} says: with a stack of its own, on the
   * host's, or sharing the stack of another sandbox.
   *
   * {@snippet :
   * Network host = controller.network("host");
   * Sandbox c2 = controller.newSandbox("c2", SandboxOptions.of(host.sandboxSource()));
   * host.createEndpoint("c2").join(c2);
   * }
   *
   * @throws ConflictException if the name is taken
   * @throws NotFoundException if the sandbox whose stack is to be shared does not exist
   * @throws IOException if the kernel refuses
   */
  Sandbox newSandbox(String name, SandboxOptions options) throws IOException;

  /** Every sandbox of this host, sorted by name. */
  List<Sandbox> sandboxes();

  /** Calls {@code visitor} with each sandbox, by name, until it returns true. */
  void walkSandboxes(Predicate<? super Sandbox> visitor);

  /** The sandbox of exactly this name. */
  Optional<Sandbox> sandboxByName(String name);

  /**
   * The sandbox with this id, or the only one whose id starts with it.
   *
   * @throws InvalidParameterException if several ids start with it, or it is empty
   */
  Optional<Sandbox> sandboxById(String idOrPrefix);

  /**
   * Waits until everything that was deleted is gone from the kernel too, which otherwise happens a
   * few milliseconds after {@link Sandbox#delete} has returned.
   *
   * @throws IOException if the kernel refused to remove something since this was last called
   */
  void awaitRemovals() throws IOException;

  /** The types of the network drivers that can be used, sorted. */
  List<String> driverTypes();

  /**
   * Ends this controller. If its state is kept in memory only, every sandbox, endpoint and network
   * that it made is deleted, since nobody could find them again; if its state is durable, they
   * stay, and the next controller finds them. Closing twice does nothing.
   *
   * @throws IOException if the kernel refused to remove something; everything else has been removed
   */
  @Override
  void close() throws IOException;
}
