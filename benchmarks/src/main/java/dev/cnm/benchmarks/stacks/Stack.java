package dev.cnm.benchmarks.stacks;

import java.io.IOException;
import java.util.Optional;

/**
 * One way to attach containers to a bridge. Opened on a host of its own, then asked for one
 * attachment after another; used by one thread.
 */
public interface Stack extends AutoCloseable {

  /** How it is named in tables, such as {@code docker network connect}. */
  String name();

  /** What keeps it from running on this machine, in a few words; empty if nothing does. */
  default Optional<String> missing() {
    return Optional.empty();
  }

  /**
   * The most endpoints that may be there before the measurement; less than asked for where each
   * costs too much to make.
   */
  default int mostPresent() {
    return Integer.MAX_VALUE;
  }

  /** How often it attaches and detaches each time it is its turn. */
  default int perRound() {
    return 1;
  }

  /** How many turns it takes before it is measured. */
  default int warmUps() {
    return 2;
  }

  /**
   * Prepares the bridge and what is there before.
   *
   * @param present how many endpoints there are
   * @param publishing whether each attachment publishes a port
   * @throws IOException if that fails
   */
  void open(Host host, int present, boolean publishing) throws IOException;

  /**
   * Attaches one more container, from nothing: namespace, interface, bridge port, address, route
   * and, if publishing, one port. What the stack itself can't do in advance is in the time.
   *
   * @return nanoseconds
   * @throws IOException if that fails
   */
  long attach() throws IOException;

  /**
   * Detaches the container that was attached last, until the stack says that it is done.
   *
   * @return nanoseconds
   * @throws IOException if that fails
   */
  long detach() throws IOException;

  /** Waits until what was detached is out of the way of the next measurement. */
  default void settle() throws IOException {}

  /** Removes everything. The host goes afterwards. */
  @Override
  void close() throws IOException;
}
