package dev.cnm.benchmarks.stacks;

import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Path;

/** A namespace for a stack that attaches to one which somebody else has made. */
record Container(int number, NetworkNamespace namespace, Path path) implements AutoCloseable {

  static Container create(String prefix, int number) throws IOException {
    NetworkNamespace namespace = NetworkNamespace.create();
    Path path = Host.container(prefix + number);
    try {
      namespace.pin(path);
      return new Container(number, namespace, path);
    } catch (IOException e) {
      namespace.close();
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    NetworkNamespace.unpin(path);
    namespace.close();
  }
}
