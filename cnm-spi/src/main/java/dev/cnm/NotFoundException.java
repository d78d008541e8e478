package dev.cnm;

/** There is no object of that name or id, or it has been deleted. */
public final class NotFoundException extends CnmException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates one.
   *
   * @param message one line that names the value that is wrong
   */
  public NotFoundException(String message) {
    super(message);
  }
}
