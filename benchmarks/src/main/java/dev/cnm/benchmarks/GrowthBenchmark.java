package dev.cnm.benchmarks;

import dev.cnm.Sandbox;
import java.io.IOException;
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
 * One more attachment where there are 10, 100 or 1,000 already, spread over ten bridges.
 *
 * <p>What would make it lie: a host that grows while it is measured (the new endpoint goes again
 * after each invocation, its links a few milliseconds later); and too few warm-ups, which would
 * flatter the larger hosts, whose own set-up is a warm-up too.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 500)
@Measurement(iterations = 300)
public class GrowthBenchmark {

  private static final int BRIDGES = 10;
  private static final int WARM = 1_000;

  /** How many endpoints are there. */
  @Param({"10", "100", "1000"})
  public int present;

  private @Nullable BridgeHost host;
  private @Nullable Sandbox newcomer;

  /** Fills the host. */
  @Setup(Level.Trial)
  public void fill() throws IOException {
    warmUp();
    BridgeHost full = new BridgeHost(BRIDGES, 0);
    for (int i = 0; i < present; i++) {
      full.attach();
    }
    host = full;
  }

  private static void warmUp() throws IOException {
    try (BridgeHost other = new BridgeHost(BRIDGES, 0)) {
      for (int i = 0; i < WARM; i++) {
        other.attach();
      }
    }
  }

  /** Attaches one more. */
  @Benchmark
  public Sandbox attach() throws IOException {
    Sandbox made = host().attach();
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
  public void empty() throws IOException {
    host().close();
  }

  private BridgeHost host() {
    if (host == null) {
      throw new IllegalStateException("not set up");
    }
    return host;
  }
}
