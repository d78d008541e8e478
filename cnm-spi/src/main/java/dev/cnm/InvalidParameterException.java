package dev.cnm;

/** A value makes no sense, whatever the state of the host. */
public final class InvalidParameterException extends CnmException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates one.
   *
   * @param message one line that names the value that is wrong
   */
  public InvalidParameterException(String message) {
    super(message);
  }
}
