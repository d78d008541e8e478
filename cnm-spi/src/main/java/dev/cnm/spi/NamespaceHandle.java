package dev.cnm.spi;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A network namespace that the controller holds open. A driver that wants no more than this module
 * uses the path; one that knows the controller's own namespace type saves opening it again.
 */
public interface NamespaceHandle {

  /** A path that {@code setns(2)} can enter while the call that it was given with lasts. */
  Path path();

  /**
   * This namespace as an object of a type that this module doesn't know, if the controller holds
   * one; in the way of {@code java.sql.Wrapper}. The controller keeps ownership: it must not be
   * closed.
   */
  default <T> Optional<T> unwrap(Class<T> type) {
    return Optional.empty();
  }
}
