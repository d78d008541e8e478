package dev.cnm.controller;

import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.spi.NamespaceHandle;
import java.nio.file.Path;
import java.util.Optional;

/** A namespace as a driver is given it. */
record HeldNamespace(NetworkNamespace namespace) implements NamespaceHandle {

  @Override
  public Path path() {
    return namespace.path();
  }

  @Override
  public <T> Optional<T> unwrap(Class<T> type) {
    return type.isInstance(namespace) ? Optional.of(type.cast(namespace)) : Optional.empty();
  }
}
