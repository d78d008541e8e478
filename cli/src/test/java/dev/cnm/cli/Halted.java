package dev.cnm.cli;

import dev.cnm.ControllerOptions;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import dev.cnm.PortMapping;
import dev.cnm.Sandbox;
import dev.cnm.SandboxOptions;
import dev.cnm.controller.LocalController;
import dev.cnm.controller.state.MemoryStateStore;
import java.util.List;

/** A program with its records in memory, which publishes a port and ends without closing. */
final class Halted {

  private Halted() {}

  public static void main(String[] arguments) throws Exception {
    LocalController controller =
        LocalController.open(ControllerOptions.defaults(), new MemoryStateStore());
    Network network = controller.newNetwork("bridge", "halted", NetworkOptions.defaults());
    Sandbox sandbox =
        controller.newSandbox(
            "c1", SandboxOptions.defaults().withPorts(List.of(PortMapping.tcp(8080, 80))));
    network.createEndpoint("c1").join(sandbox);
    Runtime.getRuntime().halt(0);
  }
}
