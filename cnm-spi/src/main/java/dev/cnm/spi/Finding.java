package dev.cnm.spi;

/**
 * Something on the host that keeps networks from working as they should, and what to do about it.
 * What {@code cnm doctor} shows.
 *
 * @param severity how bad it is
 * @param what one sentence that names the object
 * @param remedy what to do, such as a command to run; empty if there is nothing to be done
 */
public record Finding(Severity severity, String what, String remedy) {

  /** How bad something is. */
  public enum Severity {
    /** Worth knowing. */
    NOTE,
    /** Some traffic may not pass. */
    WARNING,
    /** Something does not work. */
    ERROR
  }
}
