package dev.cnm.controller.driver;

import java.io.IOException;

/** What a driver returned can't be true. */
final class BadAnswerException extends IOException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates one.
   *
   * @param problem what it returned and what is wrong with it, to follow "returned"
   */
  BadAnswerException(String problem) {
    super(problem);
  }

  /** The value, if there is one. */
  static <T> T given(T value, String what) throws BadAnswerException {
    if (value == null) {
      throw new BadAnswerException("null as " + what);
    }
    return value;
  }
}
