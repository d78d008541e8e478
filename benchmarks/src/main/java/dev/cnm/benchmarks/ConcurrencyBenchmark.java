package dev.cnm.benchmarks;

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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Several callers ({@code -t 1}, 4, 16, 64) at once, each of which attaches a container and deletes
 * it again; the kernel has one lock for all of them. Both the time of one such turn and the
 * throughput. On the predefined network, as the cold attachment of the report and its floor in C.
 *
 * <p>What would make it lie: leaving out what the kernel still has to remove, which happens while
 * the others attach and is part of what a busy host sees; code that is compiled while it is
 * measured, which takes processors from the callers, so the warm-up is long.
 */
@State(Scope.Benchmark)
@BenchmarkMode({Mode.SampleTime, Mode.Throughput})
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 4, time = 4)
@Measurement(iterations = 3, time = 3)
public class ConcurrencyBenchmark {

  private @Nullable BridgeHost host;

  /** Makes the host. */
  @Setup(Level.Trial)
  public void make() throws IOException {
    host = BridgeHost.predefined();
  }

  /** Removes it. */
  @TearDown(Level.Trial)
  public void remove() throws IOException {
    host().close();
  }

  /** One turn. */
  @Benchmark
  public void attachAndDetach() throws IOException {
    host().attach().delete();
  }

  private BridgeHost host() {
    if (host == null) {
      throw new IllegalStateException("not set up");
    }
    return host;
  }
}
