package dev.cnm.cli.doctor;

import dev.cnm.spi.Finding;
import java.util.Locale;

/**
 * What came of one examination.
 *
 * @param name what was examined
 * @param status how it is
 * @param detail what was found
 * @param remedy what to do; empty if there is nothing to be done
 */
public record Check(String name, Status status, String detail, String remedy) {

  /** How something is. */
  public enum Status {
    /** As it should be. */
    OK,
    /** Worth knowing. */
    NOTE,
    /** Some of what cnm can do does not work. */
    WARNING,
    /** Nothing works without it. */
    MISSING,
    /** Not examined, for want of something else. */
    SKIPPED;

    /** In lower case. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static Check ok(String name, String detail) {
    return new Check(name, Status.OK, detail, "");
  }

  static Check skipped(String name, String detail) {
    return new Check(name, Status.SKIPPED, detail, "");
  }

  static Check of(String name, Finding finding) {
    Status status =
        switch (finding.severity()) {
          case NOTE -> Status.NOTE;
          case WARNING -> Status.WARNING;
          case ERROR -> Status.MISSING;
        };
    return new Check(name, status, finding.what(), finding.remedy());
  }

  /** Tries something, and takes a failure for an answer. */
  static Check of(String name, Status otherwise, String remedy, Probe probe) {
    try {
      return ok(name, probe.run());
    } catch (Exception e) {
      String message = e.getMessage() == null ? e.toString() : e.getMessage();
      return new Check(name, otherwise, message.lines().findFirst().orElse(message), remedy);
    }
  }

  /** Something that is tried. */
  @FunctionalInterface
  interface Probe {
    /** Returns what it found if it works. */
    String run() throws Exception;
  }
}
