package dev.cnm.benchmarks;

import dev.cnm.ControllerOptions;
import dev.cnm.Endpoint;
import dev.cnm.Network;
import dev.cnm.NetworkController;
import dev.cnm.NetworkOptions;
import dev.cnm.Sandbox;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A host with some bridge networks, made for one trial. Its methods may be used by many threads.
 */
final class BridgeHost implements AutoCloseable {

  private final AtomicInteger made = new AtomicInteger();
  private final List<Network> networks = new ArrayList<>();
  private final NetworkNamespace host;
  private final NetworkController controller;

  BridgeHost(int networkCount, int preparedNamespaces) throws IOException {
    host = NetworkNamespace.create();
    controller =
        NetworkController.create(
            ControllerOptions.defaults()
                .withHostNamespace(host.path())
                .withPreparedNamespaces(preparedNamespaces));
    for (int i = 0; i < networkCount; i++) {
      networks.add(
          controller.newNetwork(
              "bridge", "net" + i, NetworkOptions.subnet("10." + (100 + i) + ".0.0/16")));
    }
  }

  /** With the network {@code bridge} only, which has no resolvers. */
  static BridgeHost predefined() throws IOException {
    BridgeHost host = new BridgeHost(0, 0);
    host.networks.add(host.controller.network("bridge"));
    return host;
  }

  NetworkController controller() {
    return controller;
  }

  /** A sandbox with an endpoint in one of the networks, in turn. */
  Sandbox attach() throws IOException {
    int number = made.getAndIncrement();
    String name = "c" + number;
    Endpoint endpoint = networks.get(number % networks.size()).createEndpoint(name);
    Sandbox sandbox = controller.newSandbox(name);
    endpoint.join(sandbox);
    return sandbox;
  }

  @Override
  public void close() throws IOException {
    controller.close();
    host.close();
  }
}
