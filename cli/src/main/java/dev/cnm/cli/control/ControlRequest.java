package dev.cnm.cli.control;

import dev.cnm.EndpointOptions;
import dev.cnm.controller.state.EndpointRecord;
import io.avaje.jsonb.Json;

/**
 * A change of the networks that a container is in.
 *
 * @param action what is to be done
 * @param network the network's name or id, as the caller gave it
 * @param options of the endpoint to be made; those of an endpoint to be removed say nothing
 */
@Json
public record ControlRequest(Action action, String network, EndpointRecord.Options options) {

  /** What is to be done. */
  public enum Action {
    /** {@code cnm network connect}. */
    CONNECT,
    /** {@code cnm network disconnect}. */
    DISCONNECT
  }

  /** That the container be connected so. */
  public static ControlRequest connect(String network, EndpointOptions options) {
    return new ControlRequest(Action.CONNECT, network, EndpointRecord.Options.of(options));
  }

  /** That the container be disconnected. */
  public static ControlRequest disconnect(String network) {
    return new ControlRequest(
        Action.DISCONNECT, network, EndpointRecord.Options.of(EndpointOptions.defaults()));
  }
}
