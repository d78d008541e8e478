package dev.cnm;

/** Nothing is left of what was asked for: no free address, no free address pool. */
public final class ExhaustedException extends CnmException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates one.
   *
   * @param message one line that names the value that is wrong
   */
  public ExhaustedException(String message) {
    super(message);
  }
}
