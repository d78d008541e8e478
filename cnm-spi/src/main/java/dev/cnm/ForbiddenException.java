package dev.cnm;

/** The object is not in a state that allows it, such as a network with endpoints to be deleted. */
public final class ForbiddenException extends CnmException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates one.
   *
   * @param message one line that names the value that is wrong
   */
  public ForbiddenException(String message) {
    super(message);
  }
}
