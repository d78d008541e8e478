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
