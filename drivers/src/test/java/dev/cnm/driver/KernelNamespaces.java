package dev.cnm.driver;

import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.spi.NamespaceHandle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A host and sandboxes for one test; closing removes them. */
public final class KernelNamespaces implements AutoCloseable {

  private final Queue<NetworkNamespace> made = new ConcurrentLinkedQueue<>();
  private final NamespaceHandle host = newSandbox();

  /** The namespace that plays the host. */
  public NamespaceHandle host() {
    return host;
  }

  /** A new namespace. */
  public NamespaceHandle newSandbox() {
    try {
      NetworkNamespace namespace = NetworkNamespace.create();
      made.add(namespace);
      return handle(namespace);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A handle of a namespace, as the controller gives it to drivers. */
  public static NamespaceHandle handle(NetworkNamespace namespace) {
    return new NamespaceHandle() {
      @Override
      public Path path() {
        return namespace.path();
      }

      @Override
      public <T> Optional<T> unwrap(Class<T> type) {
        return type.isInstance(namespace) ? Optional.of(type.cast(namespace)) : Optional.empty();
      }
    };
  }

  /** Lets go of a namespace. */
  public void remove(NamespaceHandle sandbox) {
    NetworkNamespace namespace = sandbox.unwrap(NetworkNamespace.class).orElseThrow();
    made.removeIf(it -> it.equals(namespace));
    namespace.close();
  }

  /** What a command prints when it runs in a namespace. */
  public String run(NamespaceHandle namespace, String... command) {
    try {
      Process process =
          namespace
              .unwrap(NetworkNamespace.class)
              .orElseThrow()
              .start(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD));
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    made.forEach(NetworkNamespace::close);
  }
}
