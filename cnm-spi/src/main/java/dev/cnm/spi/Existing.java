package dev.cnm.spi;

import java.io.IOException;
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

  /**
   * Where the owner's records are kept, to be written on the host with each network, for whoever
   * finds that mark later: {@link #standing}.
   *
   * @return up to 100 graphic ASCII characters; empty if it can't be said
   */
  default String location() {
    return "";
  }

  /**
   * Whether somebody still stands behind what carries another owner's mark. It looks at the host's
   * sockets and at files, so not for the usual way. To be asked once the marked thing has been
   * seen: who comes afterwards is not taken for somebody gone. {@link Standing#THERE}, unless the
   * records say otherwise.
   *
   * @param owner such as {@link DriverContext#owner}
   * @param location what that owner's {@link #location} was; empty if it isn't known
   * @throws IOException if the host can't be looked at
   */
  default Standing standing(String owner, String location) throws IOException {
    return Standing.THERE;
  }

  /** What is known of an owner. */
  enum Standing {
    /** A process has its records open, or they are where they were. */
    THERE,
    /** Nobody has them open, and they are no more. */
    GONE,
    /** From here it can't be seen. */
    UNKNOWN
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
