package dev.cnm.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.controller.state.MemoryStateStore;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who stands behind what is on a host is to be seen there. */
class PresenceTest {

  private static List<String> names(TestHost host) throws Exception {
    return TestHost.in(host.namespace().path(), "ss", "-xlH")
        .lines()
        .map(line -> line.split(" +")[4])
        .filter(name -> name.startsWith("@cnm-"))
        .toList();
  }

  @Test
  void openControllersAreSeenOnTheirHost() throws Exception {
    MemoryStateStore records = new MemoryStateStore();
    String owner = records.owner();
    assertThat(owner).matches("cnm-[0-9a-f]{8}");
    assertThat(new MemoryStateStore().owner()).isNotEqualTo(owner);
    String first = "@" + owner + "/" + ProcessHandle.current().pid();
    try (TestHost host = new TestHost()) {
      try (LocalController one = host.open(new KeptStore(records));
          LocalController two = host.open(new KeptStore(records))) {
        assertThat(one).isNotSameAs(two);
        assertThat(names(host)).containsExactlyInAnyOrder(first, first + ".1");
      }
      assertThat(names(host)).isEmpty();
    }
  }
}
