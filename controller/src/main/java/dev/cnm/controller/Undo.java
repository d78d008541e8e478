package dev.cnm.controller;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** What has been done so far, so that a failure can take it back, the last first. */
final class Undo {

  private final Deque<Step> steps = new ArrayDeque<>();

  @FunctionalInterface
  interface Step {
    void run() throws IOException;
  }

  void push(Step step) {
    steps.push(step);
  }

  /**
   * Takes everything back; what fails meanwhile is told with {@code failure}. An interrupted thread
   * stays so, but stops only when all is done.
   */
  void after(Throwable failure) {
    boolean interrupted = Thread.interrupted();
    while (!steps.isEmpty()) {
      attempt(failure, steps.pop());
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void attempt(Throwable failure, Step step) {
    try {
      step.run();
    } catch (Throwable e) {
      // A driver's Error, too: the other steps are to be taken all the same.
      if (!e.equals(failure)) {
        failure.addSuppressed(e);
      }
    }
  }
}
