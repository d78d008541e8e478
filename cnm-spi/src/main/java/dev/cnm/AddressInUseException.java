package dev.cnm;

import java.net.InetAddress;

/**
 * Somebody whom the controller doesn't know has the address already, such as another host on the
 * network's segment. If it was not the caller who asked for it, another one can be chosen.
 */
public final class AddressInUseException extends ConflictException {

  private static final long serialVersionUID = 1L;

  private final InetAddress address;

  /**
   * Creates one.
   *
   * @param message one line that names the address and who has it
   */
  public AddressInUseException(InetAddress address, String message) {
    super(message);
    this.address = address;
  }

  /** The address. */
  public InetAddress address() {
    return address;
  }
}
