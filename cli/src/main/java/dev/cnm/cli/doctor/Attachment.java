package dev.cnm.cli.doctor;

import dev.cnm.ControllerOptions;
import dev.cnm.IpPrefix;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import dev.cnm.PortMapping;
import dev.cnm.Protocol;
import dev.cnm.Sandbox;
import dev.cnm.SandboxOptions;
import dev.cnm.cli.doctor.Check.Status;
import dev.cnm.controller.LocalController;
import dev.cnm.controller.state.MemoryStateStore;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A whole attachment to a bridge, as {@code cnm run} makes it, on a host that goes with it. */
final class Attachment {

  private static final int ROUNDS = 5;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final InetSocketAddress NAME_SERVER =
      new InetSocketAddress(IpPrefix.parseAddress("127.0.0.11"), 53);

  private Attachment() {}

  static List<Check> checks() {
    return List.of(
        Check.of(
            "a container on a bridge",
            Status.MISSING,
            "see what is missing above",
            () -> onHost(0, Attachment::attach)),
        Check.of(
            "prepared namespaces",
            Status.WARNING,
            "leave ControllerOptions.preparedNamespaces at 0",
            () -> "off unless asked for; with them, " + onHost(ROUNDS, Attachment::attach)),
        Check.of(
            "published ports",
            Status.WARNING,
            "cnm run -p does not work",
            () -> onHost(0, Attachment::publish)),
        Check.of(
            "name server",
            Status.WARNING,
            "containers do not find each other by name",
            () -> onHost(0, Attachment::listen)));
  }

  @FunctionalInterface
  private interface Use {
    String of(LocalController controller, Network network) throws Exception;
  }

  private static String onHost(int prepared, Use use) throws Exception {
    try (NetworkNamespace host = NetworkNamespace.create();
        LocalController controller =
            LocalController.open(
                ControllerOptions.defaults()
                    .withHostNamespace(host.path())
                    .withPreparedNamespaces(prepared),
                new MemoryStateStore())) {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (controller.readyNamespaces() < prepared) {
        if (System.nanoTime() > deadline) {
          throw new IOException("they were not ready within " + PATIENCE.toSeconds() + " s");
        }
        Thread.sleep(1);
      }
      return use.of(
          controller, controller.newNetwork("bridge", "probe", NetworkOptions.defaults()));
    }
  }

  private static String attach(LocalController controller, Network network) throws Exception {
    long fastest = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long start = System.nanoTime();
      Sandbox sandbox = controller.newSandbox("probe");
      network.createEndpoint("probe").join(sandbox);
      fastest = Math.min(fastest, System.nanoTime() - start);
      sandbox.delete();
    }
    return String.format(
        Locale.ROOT, "attached one; the fastest of %d took %.1f ms", ROUNDS, fastest / 1e6);
  }

  private static String publish(LocalController controller, Network network) throws IOException {
    PortMapping any = new PortMapping(Optional.empty(), 0, 0, 80, Protocol.TCP);
    Sandbox sandbox =
        controller.newSandbox("probe", SandboxOptions.defaults().withPorts(List.of(any)));
    network.createEndpoint("probe").join(sandbox);
    if (sandbox.portBindings().isEmpty()) {
      throw new IOException("the bridge driver published nothing");
    }
    return "published one of TCP";
  }

  /** The embedded name server's address, which has to be free in a new namespace. */
  private static String listen(LocalController controller, Network network) throws Exception {
    Sandbox sandbox = controller.newSandbox("probe");
    network.createEndpoint("probe").join(sandbox);
    sandbox.call(() -> {
      new DatagramSocket(NAME_SERVER).close();
      return true;
    });
    return "listened at 127.0.0.11, port 53";
  }
}
