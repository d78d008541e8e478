package dev.cnm.benchmarks.report;

import java.util.Arrays;

/**
 * What is kept of many samples of one thing. The percentiles are samples (nearest rank), none is
 * made up by interpolation.
 *
 * @param count how many samples
 */
public record Distribution(long count, double min, double p50, double p90, double p99, double max) {

  /**
   * Of these samples, in any order.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Distribution of(double... samples) {
    if (samples.length == 0) {
      throw new IllegalArgumentException("no samples");
    }
    double[] sorted = samples.clone();
    Arrays.sort(sorted);
    return new Distribution(
        sorted.length,
        sorted[0],
        rank(sorted, 0.50),
        rank(sorted, 0.90),
        rank(sorted, 0.99),
        sorted[sorted.length - 1]);
  }

  private static double rank(double[] sorted, double part) {
    return sorted[Math.max(0, (int) Math.ceil(part * sorted.length) - 1)];
  }
}
