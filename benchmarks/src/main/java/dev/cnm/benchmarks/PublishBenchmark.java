package dev.cnm.benchmarks;

import dev.cnm.ControllerOptions;
import dev.cnm.ControllerOptions.AddressRange;
import dev.cnm.Endpoint;
import dev.cnm.IpPrefix;
import dev.cnm.Network;
import dev.cnm.NetworkController;
import dev.cnm.PortMapping;
import dev.cnm.Sandbox;
import dev.cnm.SandboxOptions;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
 * An attachment with one published port where 1, 100 or 1,000 ports are published already, by one
 * container, so that it is the number of ports that grows and not that of links.
 *
 * <p>What would make it lie: ports that are still there from the iteration before (each has gone
 * when the deletion of its sandbox has returned), and a cold first hundred, for which there are
 * warm-ups.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 500)
@Measurement(iterations = 300)
public class PublishBenchmark {

  private static final int FIRST = 20_000;
  private static final int NEWCOMERS = 60_000;

  /** How many ports are published. */
  @Param({"1", "100", "1000"})
  public int present;

  private @Nullable NetworkNamespace host;
  private @Nullable NetworkController controller;
  private @Nullable Sandbox newcomer;

  /** Publishes them. */
  @Setup(Level.Trial)
  public void publish() throws IOException {
    NetworkNamespace made = NetworkNamespace.create();
    host = made;
    controller =
        NetworkController.create(
            ControllerOptions.defaults()
                .withHostNamespace(made.path())
                .withAddressRanges(new AddressRange(IpPrefix.parse("10.99.0.0/16"), 16)));
    List<PortMapping> ports = new ArrayList<>();
    for (int i = 0; i < present; i++) {
      ports.add(PortMapping.tcp(FIRST + i, FIRST + i));
    }
    attach("present", ports);
  }

  private Sandbox attach(String name, List<PortMapping> ports) throws IOException {
    if (controller == null) {
      throw new IllegalStateException("not set up");
    }
    Network network = controller.network("bridge");
    Endpoint endpoint = network.createEndpoint(name);
    Sandbox sandbox = controller.newSandbox(name, SandboxOptions.defaults().withPorts(ports));
    endpoint.join(sandbox);
    return sandbox;
  }

  /** Attaches one more, with one more port. */
  @Benchmark
  public Sandbox publishOneMore() throws IOException {
    Sandbox made = attach("newcomer", List.of(PortMapping.tcp(NEWCOMERS, 80)));
    newcomer = made;
    return made;
  }

  /** Removes it. */
  @TearDown(Level.Invocation)
  public void remove() throws IOException {
    if (newcomer != null) {
      newcomer.delete();
      newcomer = null;
    }
  }

  /** Removes everything. */
  @TearDown(Level.Trial)
  public void removeAll() throws IOException {
    if (controller != null) {
      controller.close();
    }
    if (host != null) {
      host.close();
    }
  }
}
