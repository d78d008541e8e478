package dev.cnm.endurance.faults;

import dev.cnm.ControllerOptions;
import dev.cnm.DnsOptions;
import dev.cnm.Endpoint;
import dev.cnm.EndpointOptions;
import dev.cnm.IpPrefix;
import dev.cnm.IpamConfig;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import dev.cnm.PortMapping;
import dev.cnm.Sandbox;
import dev.cnm.SandboxOptions;
import dev.cnm.cli.state.SqliteStore;
import dev.cnm.controller.LocalController;
import dev.cnm.controller.state.MemoryStateStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The calls of the library, by name, on things that are called t1, t2 and so on. */
final class LibraryCalls implements AutoCloseable {

  private final Path root;
  private final LocalController controller;

  /** In a store of the kind {@code memory} or {@code sqlite}; the latter is the command's. */
  LibraryCalls(Path root, String kind) throws IOException {
    this.root = root;
    controller =
        LocalController.open(
            ControllerOptions.defaults().withoutAdoption(),
            kind.equals("memory")
                ? new MemoryStateStore()
                : SqliteStore.open(root.resolve("state.db")));
  }

  /** Makes one call; the answer is 0 or 1, and what it threw in the next lines. */
  String answer(String call) {
    try {
      run(call);
      return "0\n";
    } catch (Throwable e) {
      return "1\n" + described(e, "");
    }
  }

  private static String described(Throwable e, String indent) {
    StringBuilder text = new StringBuilder(indent + e + "\n");
    for (Throwable also : e.getSuppressed()) {
      text.append(described(also, indent + "  suppressed: "));
    }
    return text.toString();
  }

  private void run(String call) throws Exception {
    String[] words = call.split(" ");
    switch (words[0]) {
      case "network" -> network(words[1]);
      case "endpoint" -> endpoint(words[1], words[2]);
      case "sandbox" -> sandbox(words[1]);
      case "join" -> found(words[1], words[2]).join(sandboxNamed(words[2]));
      case "leave" -> found(words[1], words[2]).leave();
      case "delete-endpoint" -> found(words[1], words[2]).delete();
      case "delete-sandbox" -> sandboxNamed(words[1]).delete();
      case "delete-network" -> controller.network(words[1]).delete();
      case "restore" -> controller.restore();
      case "reconcile" -> controller.reconcile();
      case "await" -> controller.awaitRemovals();
      case "clear" -> clear();
      default -> throw new IllegalArgumentException(call);
    }
  }

  private void network(String name) throws IOException {
    int number = Integer.parseInt(name.substring(1));
    controller.newNetwork(
        "bridge",
        name,
        NetworkOptions.builder()
            .ipv6(true)
            .pool(IpamConfig.of(IpPrefix.parse("10.98." + number + ".0/24")))
            .pool(IpamConfig.of(IpPrefix.parse("fd00:98:" + number + "::/64")))
            .build());
  }

  private void endpoint(String network, String name) throws IOException {
    controller.network(network).createEndpoint(name, EndpointOptions.defaults());
  }

  private void sandbox(String name) throws IOException {
    Path folder = root.resolve("containers").resolve(name);
    controller.newSandbox(
        name,
        SandboxOptions.defaults()
            .pinnedAt(root.resolve("netns").resolve(name))
            .withPorts(List.of(PortMapping.tcp(8090, 80), PortMapping.udp(8091, 81)))
            .withDns(DnsOptions.builder().hostname(name).files(folder).build()));
  }

  private Endpoint found(String network, String endpoint) {
    return controller.network(network).endpointByName(endpoint).orElseThrow();
  }

  private Sandbox sandboxNamed(String name) {
    return controller.sandboxByName(name).orElseThrow();
  }

  /** Removes all that these calls can have made. */
  private void clear() throws IOException {
    for (Sandbox sandbox : controller.sandboxes()) {
      if (sandbox.name().startsWith("t")) {
        sandbox.delete();
      }
    }
    for (Network network : controller.networks()) {
      if (network.name().startsWith("t")) {
        for (Endpoint endpoint : network.endpoints()) {
          endpoint.delete();
        }
        network.delete();
      }
    }
    controller.awaitRemovals();
  }

  @Override
  public void close() throws IOException {
    controller.close();
  }
}
