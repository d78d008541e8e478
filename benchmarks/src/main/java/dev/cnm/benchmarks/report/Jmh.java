package dev.cnm.benchmarks.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/** Runs JMH benchmarks, in forks of their own, and makes measurements of their results. */
final class Jmh {

  /** Those that measure one call an iteration. */
  private static final Set<String> SHOTS = Set.of("modes", "growth", "publish");

  private final boolean quick;
  private final Path log;

  Jmh(boolean quick, Path log) {
    this.quick = quick;
    this.log = log;
  }

  /**
   * Runs the benchmarks that a pattern matches.
   *
   * @param section what the measurements are called
   * @param parameters values to be used instead of the benchmark's own
   */
  List<Measurement> run(String section, String pattern, Map<String, String[]> parameters) {
    return run(section, pattern, parameters, 1);
  }

  /** The same with so many threads. */
  List<Measurement> run(
      String section, String pattern, Map<String, String[]> parameters, int threads) {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(pattern)
            .threads(threads)
            .shouldFailOnError(true)
            .verbosity(VerboseMode.NORMAL)
            .output(log.resolve(section + "-" + threads + ".log").toString())
            .addProfiler("gc");
    parameters.forEach(options::param);
    if (quick && SHOTS.contains(section)) {
      options.warmupIterations(200).measurementIterations(60);
    } else if (quick) {
      options.warmupIterations(2).measurementIterations(2);
    }
    try {
      return measurements(section, new Runner(options.build()).run(), threads);
    } catch (RunnerException e) {
      throw new IllegalStateException("JMH: " + e.getMessage(), e);
    }
  }

  private static List<Measurement> measurements(
      String section, Collection<RunResult> results, int threads) {
    List<Measurement> all = new ArrayList<>();
    for (RunResult result : results) {
      BenchmarkParams parameters = result.getParams();
      String subject = result.getPrimaryResult().getLabel();
      String condition =
          parameters.getParamsKeys().stream()
              .map(key -> key + " " + parameters.getParam(key))
              .collect(Collectors.joining(", "));
      if (threads > 1 || section.equals("concurrency")) {
        condition = Measurement.callers(threads);
      }
      Result<?> primary = result.getPrimaryResult();
      all.add(measurement(section, subject, condition, primary));
      Result<?> allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
      if (allocated != null) {
        all.add(measurement(section, subject + ", allocated", condition, allocated));
      }
    }
    return all;
  }

  private static Measurement measurement(
      String section, String subject, String condition, Result<?> result) {
    Statistics values = result.getStatistics();
    return new Measurement(
        section,
        subject,
        condition,
        result.getScoreUnit(),
        new Distribution(
            values.getN(),
            values.getMin(),
            values.getPercentile(50),
            values.getPercentile(90),
            values.getPercentile(99),
            values.getMax()));
  }
}
