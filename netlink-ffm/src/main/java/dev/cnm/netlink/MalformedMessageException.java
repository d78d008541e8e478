package dev.cnm.netlink;

import java.io.IOException;

/**
 * What the kernel sent doesn't hold together: a length that reaches beyond its message, a value of
 * another length than its type has, a part missing that there must be.
 */
public final class MalformedMessageException extends IOException {

  private static final long serialVersionUID = 1L;

  /** Says what doesn't hold together; for decoders. */
  public MalformedMessageException(String message) {
    super(message);
  }
}
