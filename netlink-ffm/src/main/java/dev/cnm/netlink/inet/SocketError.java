package dev.cnm.netlink.inet;

import dev.cnm.netlink.Errno;
import java.io.IOException;

/** A call on an {@link InetSocket} failed. The message says what was attempted, and the errno. */
public final class SocketError extends IOException {

  private static final long serialVersionUID = 1L;

  private final int number;

  SocketError(String attempt, int number) {
    super("cannot " + attempt + ": " + Errno.describe(number));
    this.number = number;
  }

  /** Whether the kernel said this. */
  public boolean is(Errno errno) {
    return errno.number() == number;
  }
}
