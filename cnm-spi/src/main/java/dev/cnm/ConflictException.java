package dev.cnm;

/** What was asked for is taken: a name, an address, a subnet. */
public sealed class ConflictException extends CnmException
    permits AddressInUseException, SubnetInUseException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates one.
   *
   * @param message one line that names the value that is wrong
   */
  public ConflictException(String message) {
    super(message);
  }
}
