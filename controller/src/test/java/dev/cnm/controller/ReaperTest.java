package dev.cnm.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.EndpointOptions;
import dev.cnm.NetworkOptions;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.NetworkContext;
import dev.cnm.spi.NetworkDriver;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReaperTest {

  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final Reaper reaper = new Reaper();
  private volatile String failing = "";

  @AfterEach
  void close() {
    reaper.close();
  }

  private final NetworkDriver driver =
      (NetworkDriver)
          Proxy.newProxyInstance(
              NetworkDriver.class.getClassLoader(),
              new Class<?>[] {NetworkDriver.class},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "leaveAll" -> called("leaveAll", arguments[0]);
                    case "deleteEndpoint" -> called("deleteEndpoint", arguments[0]);
                    case "hashCode" -> 1;
                    case "equals" -> proxy == arguments[0];
                    default -> throw new AssertionError(method);
                  });

  private Object called(String method, Object argument) throws IOException {
    String what =
        argument instanceof List<?> list
            ? list.stream().map(it -> ((EndpointContext) it).name()).toList().toString()
            : ((EndpointContext) argument).name();
    calls.add(method + " " + what);
    if (failing.equals(method)) {
      throw new IOException(method + " fails on purpose");
    }
    return null;
  }

  private Reaper.Remains remains(String name, NetworkNamespace namespace) {
    NetworkContext network =
        new NetworkContext(
            "a".repeat(64), "net", NetworkOptions.defaults(), List.of(), false, Map.of());
    EndpointContext endpoint =
        new EndpointContext(
            network,
            "b".repeat(64),
            name,
            EndpointOptions.defaults(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Map.of(),
            List.of());
    return new Reaper.Remains(List.of(new Reaper.CutOff(driver, endpoint)), namespace);
  }

  @Test
  void whatComesTogetherIsRemovedTogether() throws Exception {
    reaper.take(remains("e1", null));
    reaper.take(remains("e2", null));
    reaper.await();

    // Two batches if this thread was held up in between.
    assertThat(calls.stream().filter(it -> it.startsWith("leaveAll")).toList())
        .isIn(List.of("leaveAll [e1, e2]"), List.of("leaveAll [e1]", "leaveAll [e2]"));
    assertThat(calls).endsWith("deleteEndpoint e2").contains("deleteEndpoint e1");
  }

  @Test
  void theNamespaceIsClosed() throws Exception {
    NetworkNamespace namespace = NetworkNamespace.create();
    reaper.take(remains("e1", namespace));
    reaper.await();

    assertThatThrownBy(namespace::route).hasMessageContaining("is closed");
  }

  @Test
  void whatFailsIsToldOnceAndTheRestIsDone() throws Exception {
    failing = "leaveAll";
    reaper.take(remains("e1", null));
    reaper.settle();
    failing = "";
    reaper.take(remains("e2", null));

    assertThatThrownBy(reaper::await).hasMessage("leaveAll fails on purpose");
    assertThat(calls).contains("deleteEndpoint e1", "leaveAll [e2]", "deleteEndpoint e2");
    reaper.await();
  }

  @Test
  void closingRemovesWhatIsLeft() {
    reaper.take(remains("e1", null));
    reaper.close();

    assertThat(calls).containsExactly("leaveAll [e1]", "deleteEndpoint e1");
  }

  @Test
  void thereIsNothingToWaitForAtFirst() throws Exception {
    reaper.await();
    assertThat(calls).isEmpty();
  }
}
