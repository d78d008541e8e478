package dev.cnm.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.NetworkOptions;
import dev.cnm.Sandbox;
import dev.cnm.controller.state.MemoryStateStore;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two controllers in one JVM, each with a host of its own. */
final class TwoHostsTest {

  private final TestHost here = new TestHost();
  private final TestHost there = new TestHost();
  private LocalController one;
  private LocalController two;

  TwoHostsTest() throws Exception {}

  @BeforeEach
  void open() throws Exception {
    one = here.open(new MemoryStateStore());
    two = there.open(new MemoryStateStore());
  }

  @AfterEach
  void close() throws Exception {
    one.close();
    two.close();
    here.close();
    there.close();
  }

  private static Sandbox sandbox(LocalController controller, String network, String subnet)
      throws Exception {
    Sandbox sandbox = controller.newSandbox("c1");
    controller
        .newNetwork("bridge", network, NetworkOptions.subnet(subnet))
        .createEndpoint("c1")
        .join(sandbox);
    return sandbox;
  }

  @Test
  void theyDoNotSeeEachOther() throws Exception {
    Sandbox c1 = sandbox(one, "web", "10.99.0.0/24");
    assertThat(two.sandboxes()).isEmpty();
    assertThat(two.networkByName("web")).isEmpty();
    assertThat(there.links()).isEmpty();
    assertThat(there.ip("route")).isEmpty();
    // The same names and the same addresses once more.
    Sandbox same = sandbox(two, "web", "10.99.0.0/24");
    assertThat(TestHost.ip(same, "-o", "-4", "addr", "show", "eth0")).contains("10.99.0.2/24");
    assertThat(here.links()).hasSize(2);
    assertThat(there.links()).hasSize(2);
    same.delete();
    TestHost.in(c1.key(), "ping", "-c1", "-W5", "10.99.0.1");
  }

  @Test
  void theyRouteToOneAnother() throws Exception {
    here.ip(
        "link",
        "add",
        "wire",
        "type",
        "veth",
        "peer",
        "wire",
        "netns",
        there.namespace().path().toString());
    for (List<Object> side :
        List.<List<Object>>of(
            List.of(here, "192.0.2.1", "192.0.2.2", "10.98.0.0/24"),
            List.of(there, "192.0.2.2", "192.0.2.1", "10.99.0.0/24"))) {
      TestHost host = (TestHost) side.get(0);
      host.ip("addr", "add", side.get(1) + "/30", "dev", "wire");
      host.ip("link", "set", "wire", "up");
      host.ip("route", "add", side.get(3).toString(), "via", side.get(2).toString());
    }
    Sandbox c1 = sandbox(one, "web", "10.99.0.0/24");
    Sandbox c2 = sandbox(two, "web", "10.98.0.0/24");
    // Each reaches the other host, with its own host's address.
    TestHost.in(c1.key(), "ping", "-c1", "-W5", "192.0.2.2");
    TestHost.in(c2.key(), "ping", "-c1", "-W5", "192.0.2.1");
    assertThat(here.links()).contains("wire");
    here.ip("link", "del", "wire");
  }
}
