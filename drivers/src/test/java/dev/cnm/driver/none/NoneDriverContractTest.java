package dev.cnm.driver.none;

import dev.cnm.driver.KernelNamespaces;
import dev.cnm.spi.NamespaceHandle;
import dev.cnm.spi.NetworkDriverContract;
import dev.cnm.spi.NetworkDriverFactory;
import org.junit.jupiter.api.AfterEach;

/** The driver of the type {@code null} keeps the contract. */
final class NoneDriverContractTest extends NetworkDriverContract {

  private final KernelNamespaces namespaces = new KernelNamespaces();

  @AfterEach
  void closeNamespaces() {
    namespaces.close();
  }

  @Override
  protected NetworkDriverFactory factory() {
    return new NoneDriverFactory();
  }

  @Override
  protected NamespaceHandle host() {
    return namespaces.host();
  }

  @Override
  protected NamespaceHandle newSandbox() {
    return namespaces.newSandbox();
  }

  @Override
  protected void remove(NamespaceHandle sandbox) {
    namespaces.remove(sandbox);
  }

  @Override
  protected String run(NamespaceHandle namespace, String... command) {
    return namespaces.run(namespace, command);
  }
}
