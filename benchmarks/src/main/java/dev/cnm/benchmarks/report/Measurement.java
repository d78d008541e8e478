package dev.cnm.benchmarks.report;

/**
 * One figure of a report. What has the same section, subject and condition in two reports can be
 * compared.
 *
 * @param section what was measured, such as {@code attach}
 * @param subject of what, such as {@code cnm} or {@code netavark}
 * @param condition under which conditions, such as {@code 300 present, one port}
 * @param unit such as {@code us}
 */
public record Measurement(
    String section, String subject, String condition, String unit, Distribution values) {

  /** The condition of so many callers at once. */
  static String callers(int count) {
    return count + (count == 1 ? " caller" : " callers");
  }

  /** Whether they are of the same thing. */
  public boolean isSameAs(Measurement other) {
    return section.equals(other.section)
        && subject.equals(other.subject)
        && condition.equals(other.condition)
        && unit.equals(other.unit);
  }
}
