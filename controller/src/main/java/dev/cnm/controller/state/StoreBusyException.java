package dev.cnm.controller.state;

import java.io.IOException;
import java.util.OptionalLong;

/** Another process is in a transaction and doesn't end it. */
public final class StoreBusyException extends IOException {
  private static final long serialVersionUID = 1L;

  private final long holder;

  /**
   * Creates one.
   *
   * @param message says who it is, and what to do
   * @param holder that process, if it can be seen
   */
  public StoreBusyException(String message, OptionalLong holder, Throwable cause) {
    super(message, cause);
    this.holder = holder.orElse(0);
  }

  /** The process, by its number in this PID namespace. */
  public OptionalLong holder() {
    return holder == 0 ? OptionalLong.empty() : OptionalLong.of(holder);
  }
}
