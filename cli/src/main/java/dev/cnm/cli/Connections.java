package dev.cnm.cli;

import dev.cnm.Endpoint;
import dev.cnm.EndpointOptions;
import dev.cnm.ForbiddenException;
import dev.cnm.InvalidParameterException;
import dev.cnm.Network;
import dev.cnm.NotFoundException;
import dev.cnm.Sandbox;
import dev.cnm.cli.control.ControlAnswer;
import dev.cnm.cli.control.ControlRequest;
import dev.cnm.cli.control.ControlSocket;
import dev.cnm.cli.state.Container;
import dev.cnm.spi.SandboxSource;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The networks of a container while its command runs. For its owner, or for whoever comes when the
 * owner has ended. What Docker refuses is refused in Docker's words.
 */
final class Connections implements AutoCloseable {

  private final Workplace workplace;
  private final Container container;
  private final ReentrantLock changes = new ReentrantLock();
  private @Nullable ControlSocket socket;
  private boolean closed;

  Connections(Workplace workplace, Container container) {
    this.workplace = workplace;
    this.container = container;
  }

  /** Takes the requests of other commands from now on. */
  void takeRequests() throws IOException {
    socket = ControlSocket.listen(workplace.control(container.id()), this::handle);
  }

  /** Does what another command asks for, one thing after another. */
  private ControlAnswer handle(ControlRequest request) {
    changes.lock();
    try {
      if (closed) {
        throw notRunning(container.name());
      }
      switch (request.action()) {
        case CONNECT -> connect(request.network(), request.options().toOptions());
        case DISCONNECT -> disconnect(request.network());
      }
      return ControlAnswer.done();
    } catch (IOException | RuntimeException e) {
      return ControlAnswer.refused(e);
    } finally {
      changes.unlock();
    }
  }

  /** Waits for what is being done; what is asked for later is refused. */
  @Override
  public void close() throws IOException {
    changes.lock();
    try {
      closed = true;
      if (socket != null) {
        socket.close();
      }
    } finally {
      changes.unlock();
    }
  }

  static ForbiddenException notRunning(String name) {
    return new ForbiddenException("container " + name + " is not running");
  }

  private void connect(String nameOrId, EndpointOptions options) throws IOException {
    Network network = workplace.controller().network(nameOrId);
    Sandbox sandbox = sandbox();
    requireConnectable(network, sandbox);
    if (!options.aliases().isEmpty() && network.name().equals("bridge")) {
      throw new InvalidParameterException(
          "network-scoped alias is supported only for containers in user defined networks: "
              + options.aliases().getFirst());
    }
    if (endpoint(network).isPresent()) {
      throw new ForbiddenException(
          "endpoint with name "
              + container.name()
              + " already exists in network "
              + network.name());
    }
    Endpoint endpoint = network.createEndpoint(container.name(), options);
    try {
      endpoint.join(sandbox);
    } catch (Throwable e) {
      try {
        remove(endpoint);
      } catch (IOException | RuntimeException also) {
        e.addSuppressed(also);
      }
      throw e;
    }
  }

  private static void requireConnectable(Network network, Sandbox sandbox) {
    if (!(sandbox.source() instanceof SandboxSource.Fresh)) {
      throw new ForbiddenException(
          "container sharing network namespace with another container or host cannot be connected"
              + " to any other network");
    }
    if (network.sandboxSource() instanceof SandboxSource.Host) {
      throw hostIsForEver();
    }
    List<Endpoint> others = sandbox.endpoints();
    boolean isPrivate =
        (!others.isEmpty() && isNone(network))
            || others.stream().anyMatch(other -> isNone(other.network()));
    if (isPrivate) {
      throw new ForbiddenException(
          "container cannot be connected to multiple networks with one of the networks in private"
              + " (none) mode");
    }
  }

  private static ForbiddenException hostIsForEver() {
    return new ForbiddenException(
        "container cannot be disconnected from host network or connected to host network");
  }

  private static boolean isNone(Network network) {
    return network.type().equals("null");
  }

  /**
   * Takes the container out of a network.
   *
   * @throws ForbiddenException if it isn't in it, or can't be without it
   * @throws IOException if the kernel refuses
   */
  void disconnect(String nameOrId) throws IOException {
    Network network = workplace.controller().network(nameOrId);
    Endpoint endpoint =
        endpoint(network)
            .orElseThrow(() ->
                new ForbiddenException(
                    "container "
                        + container.name()
                        + " is not connected to network "
                        + network.name()));
    if (network.sandboxSource() instanceof SandboxSource.Host) {
      throw hostIsForEver();
    }
    remove(endpoint);
  }

  /** Deletes an endpoint, wherever it is. */
  static void remove(Endpoint endpoint) throws IOException {
    if (endpoint.sandbox().isPresent()) {
      endpoint.leave();
    }
    endpoint.delete();
  }

  private Optional<Endpoint> endpoint(Network network) {
    return network.endpointByName(container.name());
  }

  private Sandbox sandbox() {
    return workplace
        .controller()
        .sandboxById(container.sandboxId())
        .orElseThrow(() -> new NotFoundException("container " + container.name() + " has ended"));
  }
}
