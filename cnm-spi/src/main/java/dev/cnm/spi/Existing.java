package dev.cnm.spi;

import java.util.List;

/**
 * What the controller's records say of a driver's networks, at the moment of the question. Not for
 * the usual way, since it looks at all of them: for a driver that finds something of its own gone
 * from the host and has to make it again.
 */
public interface Existing {

  /** The driver's networks that have been made and not been deleted. */
  List<NetworkContext> networks();

  /** The endpoints of those networks that are in a sandbox. */
  List<EndpointContext> endpoints();

  /** Nothing, for a driver without a controller. */
  static Existing nothing() {
    return new Existing() {
      @Override
      public List<NetworkContext> networks() {
        return List.of();
      }

      @Override
      public List<EndpointContext> endpoints() {
        return List.of();
      }
    };
  }
}
