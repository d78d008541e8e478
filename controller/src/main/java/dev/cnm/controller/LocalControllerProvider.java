package dev.cnm.controller;

import dev.cnm.ControllerOptions;
import dev.cnm.NetworkController;
import dev.cnm.controller.state.MemoryStateStore;
import dev.cnm.spi.ControllerProvider;
import java.io.IOException;

/** Makes a {@link LocalController} whose state is in memory. Found as a service. */
public final class LocalControllerProvider implements ControllerProvider {

  /** Creates it; does nothing. */
  public LocalControllerProvider() {}

  @Override
  public NetworkController create(ControllerOptions options) throws IOException {
    return LocalController.open(options, new MemoryStateStore());
  }
}
