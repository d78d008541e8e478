package dev.cnm.benchmarks.report;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Tells on the way what is done, and keeps what failed: one failure is not to end the run. */
final class Progress {

  private final PrintStream out;
  private final List<String> notes = new ArrayList<>();

  Progress(PrintStream out) {
    this.out = out;
  }

  @FunctionalInterface
  interface Step {
    void run() throws IOException;
  }

  /** Does it; what it throws is told and kept. */
  boolean attempt(String what, Step step) {
    try {
      step.run();
      return true;
    } catch (IOException | RuntimeException e) {
      String message = e.getMessage() == null ? e.toString() : e.getMessage();
      note(what + " failed: " + message.strip().lines().findFirst().orElse(""));
      return false;
    }
  }

  /** To be told in the report as well. */
  void note(String note) {
    out.println("  ! " + note);
    notes.add(note);
  }

  void begin(String what) {
    out.println(what);
  }

  void step(String what, int done, int of) {
    if (of >= 10 && done % (of / 10) == 0) {
      out.println("  " + what + ": " + done + " of " + of);
    }
  }

  /** Everything noted so far. */
  List<String> notes() {
    return List.copyOf(notes);
  }
}
