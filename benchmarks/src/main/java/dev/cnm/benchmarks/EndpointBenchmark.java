package dev.cnm.benchmarks;

import dev.cnm.ControllerOptions;
import dev.cnm.Endpoint;
import dev.cnm.Network;
import dev.cnm.NetworkController;
import dev.cnm.NetworkOptions;
import dev.cnm.Sandbox;
import dev.cnm.SandboxOptions;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * An endpoint's set-up and tear-down through the whole library, in each mode. Set-up is what {@code
 * cnm run} does before the command starts: create the endpoint, create the sandbox, join.
 *
 * <p>Every iteration is one attachment, on a host that the benchmark made. What would make it lie:
 * endpoints left from the iteration before (each removes its own, outside the measured time of the
 * other direction; the kernel goes on removing it, as on a busy host); and code that isn't compiled
 * yet, for which there are so many warm-ups.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 800)
@Measurement(iterations = 400)
@SuppressWarnings("NullAway.Init") // JMH fills the fields in @Setup.
public class EndpointBenchmark {

  /** The driver. */
  @Param({"null", "host", "container", "bridge"})
  public String driver;

  /** How many namespaces are prepared. */
  @Param("0")
  public int prepared;

  private NetworkNamespace host;
  private NetworkController controller;
  private Network network;
  private Sandbox sandbox;

  /** Makes the host, the controller and the network. */
  @Setup(Level.Trial)
  public void makeNetwork() throws IOException {
    host = NetworkNamespace.create();
    controller =
        NetworkController.create(
            ControllerOptions.defaults()
                .withHostNamespace(host.path())
                .withPreparedNamespaces(prepared));
    network =
        switch (driver) {
          case "null" -> controller.network("none");
          case "host" -> controller.network("host");
          case "bridge" ->
              controller.newNetwork("bridge", "net", NetworkOptions.subnet("10.99.0.0/16"));
          default -> {
            controller.newSandbox("other");
            Network shared =
                controller.newNetwork(
                    "container",
                    "container:other",
                    NetworkOptions.builder().driverOption("container", "other").build());
            shared.createEndpoint("keeps-the-network");
            yield shared;
          }
        };
  }

  /** Removes everything. */
  @TearDown(Level.Trial)
  public void removeNetwork() throws IOException {
    controller.close();
    host.close();
  }

  /** Measured alone: the other direction is in the fixtures around it. */
  @State(Scope.Benchmark)
  public static class Attached {

    /** Attaches, unmeasured. */
    @Setup(Level.Invocation)
    public void attach(EndpointBenchmark benchmark) throws IOException {
      benchmark.attachOne();
    }
  }

  /** Detaches, unmeasured. */
  @State(Scope.Benchmark)
  public static class Detached {

    /** Detaches. */
    @TearDown(Level.Invocation)
    public void detach(EndpointBenchmark benchmark) throws IOException {
      benchmark.detachOne();
    }
  }

  /** Set-up. */
  @Benchmark
  public Endpoint attach(Detached afterwards) throws IOException {
    return attachOne();
  }

  /** Tear-down, until all that the sandbox had is free for others. */
  @Benchmark
  public void detach(Attached before) throws IOException {
    detachOne();
  }

  /** Tear-down, until the kernel has removed the links. */
  @Benchmark
  @Warmup(iterations = 50)
  @Measurement(iterations = 60)
  public void detachAndWait(Attached before) throws IOException {
    detachOne();
    controller.awaitRemovals();
  }

  private Endpoint attachOne() throws IOException {
    Endpoint endpoint = network.createEndpoint("e");
    sandbox = controller.newSandbox("s", SandboxOptions.of(network.sandboxSource()));
    endpoint.join(sandbox);
    return endpoint;
  }

  private void detachOne() throws IOException {
    sandbox.delete();
  }
}
