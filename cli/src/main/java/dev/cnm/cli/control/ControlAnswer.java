package dev.cnm.cli.control;

import io.avaje.jsonb.Json;
import java.io.IOException;

/**
 * What became of a request.
 *
 * @param error why it was refused, in one line; empty if it was done
 */
@Json
public record ControlAnswer(String error) {

  /** It was done. */
  public static ControlAnswer done() {
    return new ControlAnswer("");
  }

  /** It was refused. */
  public static ControlAnswer refused(Exception reason) {
    String message = reason.getMessage();
    return new ControlAnswer(message == null ? reason.toString() : message);
  }

  /** Does nothing if it was done, and tells otherwise why it wasn't. */
  void orElseThrow() throws IOException {
    if (!error.isEmpty()) {
      throw new IOException(error);
    }
  }
}
