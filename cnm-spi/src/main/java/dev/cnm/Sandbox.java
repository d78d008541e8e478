package dev.cnm;

import dev.cnm.spi.SandboxSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * A network stack: links, addresses, routes, firewall and sockets of its own. On Linux, a network
 * namespace ({@code network_namespaces(7)}). libnetwork's {@code Sandbox}.
 *
 * <p>Several sandboxes may share one stack (Docker's {@code container:NAME} mode). The stack, with
 * the endpoints that joined it, lives until the last of them is deleted. Safe for use by several
 * threads.
 */
public interface Sandbox {

  /** 64 hexadecimal digits, random, unique. */
  String id();

  /** Unique on this host. */
  String name();

  /** Where its stack came from. */
  SandboxSource source();

  /**
   * A path by which the network namespace can be entered, for {@code setns(2)}, {@code nsenter(1)}
   * or {@code ip netns}. libnetwork's sandbox key. Valid until the sandbox is deleted.
   */
  Path key();

  /** The ports that were asked for when it was created. */
  List<PortMapping> ports();

  /** The ports of the host that lead to its stack now, through the endpoint that is its gateway. */
  default List<PortBinding> portBindings() {
    return endpoints().stream().flatMap(it -> it.portBindings().stream()).toList();
  }

  /**
   * The endpoints that joined its stack in the order in which they are asked for the default route:
   * by priority, those of internal networks last, then by the number of families that have a
   * gateway, then by the network's name. The first one with a gateway of a family gives that
   * family's default route (libnetwork's {@code Endpoint.Less}).
   */
  List<Endpoint> endpoints();

  /**
   * Runs {@code task} on a new platform thread inside the namespace and returns its result. Sockets
   * that it opens belong to the namespace for ever and may be used from any thread afterwards. It
   * should do no more than that: a thread that it starts is in the namespace too, and if it starts
   * or wakes a virtual thread, so may be one that carries everybody's.
   *
   * {@snippet :
   * ServerSocket http = sandbox.call(() -> new ServerSocket(80));
   * }
   *
   * @throws Exception what the task threw
   * @throws NotFoundException if the sandbox has been deleted
   */
  <T extends @org.jspecify.annotations.Nullable Object> T call(Callable<T> task) throws Exception;

  /**
   * Starts a process inside the network namespace; all else is as {@link ProcessBuilder#start}
   * does. The process isn't ended by the sandbox's deletion.
   *
   * @throws IOException if the process can't be started
   * @throws NotFoundException if the sandbox has been deleted
   */
  Process start(ProcessBuilder process) throws IOException;

  /**
   * Deletes it. If no other sandbox shares its stack, its endpoints leave and are deleted, and the
   * namespace goes with its last process.
   *
   * <p>When this returns, the endpoints are cut off and their names, addresses and ports are free.
   * The kernel takes milliseconds to remove a link; if the controller keeps its state in memory,
   * the links of many sandboxes go together a moment later, and {@link
   * NetworkController#awaitRemovals} waits for that. If its state is durable they are gone when
   * this returns, as nobody would know of them after a crash.
   *
   * @throws NotFoundException if it is gone already
   * @throws IOException if the kernel refused to remove something; everything else has been removed
   */
  void delete() throws IOException;
}
