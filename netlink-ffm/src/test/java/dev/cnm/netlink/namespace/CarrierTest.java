package dev.cnm.netlink.namespace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A thread that wakes a virtual one may have to start a carrier for it, which is then where that
 * thread was. In a JVM of its own, since ours has its carriers.
 */
final class CarrierTest {

  private static volatile boolean inside;
  private static volatile boolean busy;
  private static volatile boolean awake;

  @Test
  void aCarrierThatIsStartedForTheResultIsInTheProcesssNamespace() throws Exception {
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djdk.virtualThreadScheduler.parallelism=2",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classes + ":" + System.getProperty("jdk.module.path", ""),
                CarrierTest.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<String> said =
        new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList();

    assertThat(jvm.waitFor()).isZero();
    assertThat(said).hasSize(2);
    assertThat(said.get(1)).startsWith("net:[").isEqualTo(said.get(0));
  }

  /** One virtual thread waits for a result while another one has the only carrier. */
  public static void main(String[] arguments) throws Exception {
    System.out.println(namespace());
    try (NetworkNamespace sandbox = NetworkNamespace.create()) {
      Thread waiting = Thread.ofVirtual().start(() -> waitFor(sandbox));
      until(() -> inside);
      Thread.sleep(200);
      Thread.ofVirtual()
          .start(() -> {
            busy = true;
            while (!awake) {
              Thread.onSpinWait();
            }
          });
      waiting.join();
    }
  }

  private static void waitFor(NetworkNamespace sandbox) {
    try {
      sandbox.call(() -> {
        inside = true;
        until(() -> busy);
        return true;
      });
      System.out.println(namespace());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    } finally {
      awake = true;
    }
  }

  private static String namespace() throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
  }

  private static void until(java.util.function.BooleanSupplier reached)
      throws InterruptedException {
    while (!reached.getAsBoolean()) {
      Thread.sleep(1);
    }
  }
}
