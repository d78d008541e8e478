package dev.cnm.controller;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Collects what fails where the rest is to be done all the same. For use by one thread. */
final class Failures {

  private @Nullable Exception first;

  void attempt(Undo.Step step) {
    try {
      step.run();
    } catch (IOException | RuntimeException e) {
      if (first == null) {
        first = e;
      } else {
        first.addSuppressed(e);
      }
    }
  }

  /**
   * Does what has to be done in the end: once more if it fails, since what was lacking may be there
   * again. To be said of steps only that find what is done already.
   */
  static void insist(Undo.Step step) throws IOException {
    try {
      step.run();
    } catch (IOException | RuntimeException e) {
      try {
        step.run();
      } catch (IOException | RuntimeException again) {
        if (!again.equals(e)) {
          again.addSuppressed(e);
        }
        throw again;
      }
    }
  }

  boolean none() {
    return first == null;
  }

  /** Throws the first failure with the others as its suppressed exceptions, if there was one. */
  void orElseThrow() throws IOException {
    switch (first) {
      case null -> {}
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      default -> throw new AssertionError(first);
    }
  }
}
