package com.example.hostdevice;

import dev.cnm.NetworkOptions;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.spi.NamespaceHandle;
import dev.cnm.spi.NetworkDriverContract;
import dev.cnm.spi.NetworkDriverFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The driver keeps the contract, on a host that has a link to give away. */
final class HostDeviceDriverContractTest extends NetworkDriverContract {

  private final Map<Path, NetworkNamespace> namespaces = new ConcurrentHashMap<>();
  private final NamespaceHandle host = newSandbox();

  @BeforeEach
  void addLink() {
    run(host, "ip", "link", "add", "spare", "type", "veth", "peer", "other");
  }

  @AfterEach
  void closeNamespaces() {
    namespaces.values().forEach(NetworkNamespace::close);
  }

  @Override
  protected NetworkDriverFactory factory() {
    return new HostDeviceDriverFactory();
  }

  @Override
  protected NetworkOptions networkOptions() {
    return NetworkOptions.builder().driverOption("device", "spare").build();
  }

  @Override
  protected NamespaceHandle host() {
    return host;
  }

  @Override
  protected NamespaceHandle newSandbox() {
    try {
      NetworkNamespace namespace = NetworkNamespace.create();
      Path path = namespace.path();
      namespaces.put(path, namespace);
      return () -> path;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  protected void remove(NamespaceHandle sandbox) {
    namespaces.remove(sandbox.path()).close();
  }

  @Override
  protected String run(NamespaceHandle namespace, String... command) {
    try {
      Process process =
          namespaces
              .get(namespace.path())
              .start(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD));
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
