package dev.cnm.spi;

import dev.cnm.ControllerOptions;
import dev.cnm.NetworkController;
import java.io.IOException;

/** Makes controllers. A service; {@link NetworkController#create()} uses the first one found. */
@FunctionalInterface
public interface ControllerProvider {

  /**
   * Creates a controller whose state is kept in memory.
   *
   * @throws IOException if the kernel refuses what the controller needs
   */
  NetworkController create(ControllerOptions options) throws IOException;
}
