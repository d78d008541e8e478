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

  /**
   * The same endpoints as {@link NetworkDriver#join} was told of them, to join once more what has
   * lost its interface. Those whose sandbox can't be entered are left out; none, unless the records
   * say otherwise.
   */
  default List<JoinContext> joined() {
    return List.of();
  }

  /**
   * Whether there is a network or an endpoint, of any driver and however far it is made or removed,
   * whose id begins so. What carries an id of which this is false, once it has been seen on the
   * host, belongs to nobody any more. True, unless the records say otherwise.
   *
   * @param idPrefix hexadecimal digits
   */
  default boolean knows(String idPrefix) {
    return true;
  }

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
