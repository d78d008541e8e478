package dev.cnm.netlink;

import java.io.IOException;

/** What the kernel sent doesn't hold together: a length that reaches beyond its message. */
public final class MalformedMessageException extends IOException {

  private static final long serialVersionUID = 1L;

  MalformedMessageException(String message) {
    super(message);
  }
}
