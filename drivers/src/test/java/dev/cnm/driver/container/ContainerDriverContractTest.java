package dev.cnm.driver.container;

import dev.cnm.NetworkOptions;
import dev.cnm.driver.KernelNamespaces;
import dev.cnm.spi.NamespaceHandle;
import dev.cnm.spi.NetworkDriverContract;
import dev.cnm.spi.NetworkDriverFactory;
import org.junit.jupiter.api.AfterEach;

/** The driver of the type {@code container} keeps the contract. */
final class ContainerDriverContractTest extends NetworkDriverContract {

  private final KernelNamespaces namespaces = new KernelNamespaces();

  @AfterEach
  void closeNamespaces() {
    namespaces.close();
  }

  @Override
  protected NetworkDriverFactory factory() {
    return new ContainerDriverFactory();
  }

  @Override
  protected NetworkOptions networkOptions() {
    return NetworkOptions.builder().driverOption("container", "c1").build();
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
