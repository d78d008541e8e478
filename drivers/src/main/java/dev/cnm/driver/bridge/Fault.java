package dev.cnm.driver.bridge;

import dev.cnm.spi.Finding;
import java.io.IOException;
import java.util.Optional;

/**
 * Something on the host that is not as the records say.
 *
 * @param finding what a person is told
 * @param mending what mends it; empty if nothing can, or may
 */
record Fault(Finding finding, Optional<Mending> mending) {

  /** Brings the host and the records together again. */
  @FunctionalInterface
  interface Mending {

    /** Does it, once. */
    void run() throws IOException;
  }

  /** One that {@code cnm doctor --repair} mends. */
  static Fault mendable(String what, Mending mending) {
    return new Fault(
        new Finding(Finding.Severity.ERROR, what, "cnm doctor --repair"), Optional.of(mending));
  }

  /** One that is shown only. */
  static Fault shown(Finding.Severity severity, String what, String remedy) {
    return new Fault(new Finding(severity, what, remedy), Optional.empty());
  }
}
