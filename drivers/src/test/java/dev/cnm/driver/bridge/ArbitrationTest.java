package dev.cnm.driver.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.netlink.namespace.HeldName;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ArbitrationTest {

  @Test
  void oneWaitsForTheOtherAndNamesHimIfHeDoesNotComeToAnEnd() throws Exception {
    try (NetworkNamespace host = NetworkNamespace.create()) {
      Arbitration arbitration = new Arbitration(host, Duration.ofMillis(100));
      assertThat(arbitration.alone(() -> HeldName.list(host, "cnm-"))).hasSize(1);
      assertThatThrownBy(() ->
              arbitration.alone(() -> {
                throw new IOException("no");
              }))
          .hasMessage("no");
      Process other =
          host.start(new ProcessBuilder("socat", "ABSTRACT-LISTEN:cnm-subnets", "STDOUT"));
      try {
        while (HeldName.list(host, "cnm-").isEmpty()) {
          Thread.sleep(5);
        }
        assertThatThrownBy(() -> arbitration.alone(() -> true))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("process " + other.pid() + " has been making one");
      } finally {
        other.destroyForcibly().waitFor();
      }
      assertThat(arbitration.alone(() -> true)).isTrue();
    }
  }
}
