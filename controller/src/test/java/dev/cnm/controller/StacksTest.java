package dev.cnm.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.Endpoint;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import dev.cnm.NotFoundException;
import dev.cnm.PortMapping;
import dev.cnm.Sandbox;
import dev.cnm.SandboxOptions;
import dev.cnm.controller.state.MemoryStateStore;
import dev.cnm.spi.SandboxSource;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Of a stack nothing is kept once nobody uses it. */
final class StacksTest {

  @Test
  void nothingIsKeptOfWhatIsGone() throws Exception {
    try (TestHost host = new TestHost();
        LocalController controller = host.open(new MemoryStateStore())) {
      Network web = controller.newNetwork("bridge", "web", NetworkOptions.subnet("10.97.0.0/24"));
      SandboxOptions options = SandboxOptions.defaults().withPorts(List.of(PortMapping.tcp(0, 80)));
      for (int i = 0; i < 10; i++) {
        Sandbox sandbox = controller.newSandbox("c" + i, options);
        Sandbox sharing =
            controller.newSandbox("d" + i, SandboxOptions.of(SandboxSource.sharedWith("c" + i)));
        Endpoint endpoint = web.createEndpoint("c" + i);
        endpoint.join(sandbox);
        sharing.delete();
        sandbox.delete();
        assertThatThrownBy(sandbox::delete).isInstanceOf(NotFoundException.class);
        assertThatThrownBy(sharing::delete).isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> endpoint.join(sandbox)).isInstanceOf(NotFoundException.class);
        assertThatThrownBy(endpoint::leave).isInstanceOf(NotFoundException.class);
      }
      controller.awaitRemovals();
      assertThat(controller.stacks().size()).isZero();
    }
  }
}
