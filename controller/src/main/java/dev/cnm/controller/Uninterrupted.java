package dev.cnm.controller;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;

/**
 * Work on files for a thread that may be interrupted, which can use no channel and so hardly a
 * method of {@code Files} ({@link java.nio.channels.InterruptibleChannel}): it is done to its end
 * all the same, and the thread stays interrupted.
 */
final class Uninterrupted {

  private Uninterrupted() {}

  /** Something that can be done again if it was broken off. */
  @FunctionalInterface
  interface Task<T> {
    T call() throws IOException;
  }

  static <T> T call(Task<T> task) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          return task.call();
        } catch (ClosedByInterruptException e) {
          interrupted |= Thread.interrupted();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
