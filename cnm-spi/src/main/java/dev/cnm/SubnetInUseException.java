package dev.cnm;

/**
 * The host is in a subnet that overlaps one of the network's. If it was not the caller who asked
 * for that, another one can be chosen.
 */
public final class SubnetInUseException extends ConflictException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates one.
   *
   * @param message one line that names the subnet and what is in it
   */
  public SubnetInUseException(String message) {
    super(message);
  }
}
