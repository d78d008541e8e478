package dev.cnm.benchmarks;

import dev.cnm.Endpoint;
import dev.cnm.Network;
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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What {@code network ls} and {@code network inspect} ask for, on a host with 1,000 endpoints in
 * ten networks. In process: starting the command and writing the JSON are not in it.
 *
 * <p>What would make it lie: looking at a handle without asking it anything, as handles look things
 * up; each field that inspect shows is read and returned.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class QueryBenchmark {

  private static final int ENDPOINTS = 1_000;

  private @Nullable BridgeHost host;

  /** Fills the host. */
  @Setup(Level.Trial)
  public void fill() throws IOException {
    BridgeHost full = new BridgeHost(10, 0);
    for (int i = 0; i < ENDPOINTS; i++) {
      full.attach();
    }
    host = full;
  }

  /** Empties it. */
  @TearDown(Level.Trial)
  public void empty() throws IOException {
    host().close();
  }

  /** Lists the networks. */
  @Benchmark
  public List<Object> list() {
    List<Object> shown = new ArrayList<>();
    for (Network network : host().controller().networks()) {
      shown.add(network.id());
      shown.add(network.name());
      shown.add(network.type());
    }
    return shown;
  }

  /** Inspects all of them, with every endpoint. */
  @Benchmark
  public List<Object> inspectAll() {
    List<Object> shown = new ArrayList<>();
    for (Network network : host().controller().networks()) {
      shown.add(network.options());
      shown.add(network.driverState());
      for (Endpoint endpoint : network.endpoints()) {
        shown.add(endpoint.name());
        shown.add(endpoint.ipv4());
        shown.add(endpoint.ipv6());
        shown.add(endpoint.mac());
        shown.add(endpoint.sandbox());
        shown.add(endpoint.portBindings());
      }
    }
    return shown;
  }

  private BridgeHost host() {
    if (host == null) {
      throw new IllegalStateException("not set up");
    }
    return host;
  }
}
