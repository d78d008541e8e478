package dev.cnm.benchmarks.stacks;

import dev.cnm.ControllerOptions;
import dev.cnm.ControllerOptions.AddressRange;
import dev.cnm.Endpoint;
import dev.cnm.IpPrefix;
import dev.cnm.Network;
import dev.cnm.NetworkController;
import dev.cnm.NetworkOptions;
import dev.cnm.PortMapping;
import dev.cnm.Sandbox;
import dev.cnm.SandboxOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Our own, in this process, as a program uses it: endpoint, sandbox, join. On the predefined
 * network {@code bridge} unless it says otherwise; networks that somebody creates also have a
 * resolver in each sandbox.
 */
public final class CnmStack implements Stack {

  private static final int WARM_UP = 2_000;
  private static final Duration MOST_WARM_UP = Duration.ofSeconds(12);

  private final String name;
  private final int prepared;
  private final boolean resolving;
  private final Deque<Sandbox> sandboxes = new ArrayDeque<>();
  private @Nullable NetworkController controller;
  private @Nullable Network network;
  private boolean publishing;
  private int made;

  private CnmStack(String name, int prepared, boolean resolving) {
    this.name = name;
    this.prepared = prepared;
    this.resolving = resolving;
  }

  /** Everything is made when it is asked for. */
  public static CnmStack cold() {
    return new CnmStack("cnm", 0, false);
  }

  /** With namespaces prepared in the background. */
  public static CnmStack warm() {
    return new CnmStack("cnm, prepared namespaces", 32, false);
  }

  /** On a network with a resolver, as Docker's of that kind have it. */
  public static CnmStack resolving() {
    return new CnmStack("cnm, with a resolver", 0, true);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int perRound() {
    return 5;
  }

  @Override
  public int warmUps() {
    return 5;
  }

  @Override
  public void open(Host host, int present, boolean withPort) throws IOException {
    publishing = withPort;
    controller =
        NetworkController.create(
            ControllerOptions.defaults()
                .withHostNamespace(host.path())
                .withAddressRanges(new AddressRange(IpPrefix.parse("10.99.0.0/16"), 16))
                .withPreparedNamespaces(prepared));
    network =
        resolving
            ? controller.newNetwork("bridge", "net", NetworkOptions.subnet("10.99.0.0/16"))
            : controller.network("bridge");
    warmUp();
    for (int i = 0; i < present; i++) {
      attach();
    }
  }

  /** As in a process that has done this for a while: the code on the way is compiled. */
  private void warmUp() throws IOException {
    long end = System.nanoTime() + MOST_WARM_UP.toNanos();
    for (int i = 0; i < WARM_UP && System.nanoTime() < end; i++) {
      attach();
      detach();
    }
    settle();
  }

  @Override
  public long attach() throws IOException {
    if (controller == null || network == null) {
      throw new IOException("not open");
    }
    String unique = "c" + made++;
    SandboxOptions options = SandboxOptions.defaults();
    if (publishing) {
      options = options.withPorts(List.of(PortMapping.tcp(10_000 + made % 50_000, 80)));
    }
    long start = System.nanoTime();
    Endpoint endpoint = network.createEndpoint(unique);
    Sandbox sandbox = controller.newSandbox(unique, options);
    endpoint.join(sandbox);
    long took = System.nanoTime() - start;
    sandboxes.push(sandbox);
    return took;
  }

  @Override
  public long detach() throws IOException {
    Sandbox sandbox = sandboxes.pop();
    long start = System.nanoTime();
    sandbox.delete();
    return System.nanoTime() - start;
  }

  @Override
  public void settle() throws IOException {
    if (controller != null) {
      controller.awaitRemovals();
    }
  }

  @Override
  public void close() throws IOException {
    if (controller != null) {
      controller.close();
    }
  }
}
