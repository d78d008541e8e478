package dev.cnm.netlink.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class HeldNameTest {

  private NetworkNamespace namespace;

  @BeforeEach
  void newNamespace() throws IOException {
    namespace = NetworkNamespace.create();
  }

  @AfterEach
  void closeNamespace() {
    namespace.close();
  }

  private String run(String... command) throws IOException {
    Process process = namespace.start(new ProcessBuilder(command).redirectErrorStream(true));
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void onlyOneHoldsItAndEverybodySees() throws IOException {
    HeldName held = HeldName.take(namespace, "cnm-test/1").orElseThrow();

    assertThat(HeldName.take(namespace, "cnm-test/1")).isEmpty();
    assertThat(run("ss", "-xlH")).contains("@cnm-test/1");
    assertThat(HeldName.list(namespace, "cnm-test/")).containsExactly("cnm-test/1");
    assertThat(HeldName.holder(namespace, "cnm-test/1")).hasValue(ProcessHandle.current().pid());

    held.close();
    held.close();
    assertThat(run("ss", "-xlH")).doesNotContain("cnm-test");
    assertThat(HeldName.holder(namespace, "cnm-test/1")).isEmpty();
    HeldName.take(namespace, "cnm-test/1").orElseThrow().close();
  }

  @Test
  void itBelongsToItsNamespace() throws IOException {
    try (NetworkNamespace other = NetworkNamespace.create();
        HeldName here = HeldName.take(namespace, "cnm-test").orElseThrow();
        HeldName there = HeldName.take(other, "cnm-test").orElseThrow()) {
      assertThat(here).hasToString(there.name());
    }
    assertThat(HeldName.list(namespace, "")).isEmpty();
  }

  @Test
  void anotherProcessHoldsItUntilItIsKilled() throws Exception {
    Process holder =
        namespace.start(new ProcessBuilder("socat", "ABSTRACT-LISTEN:cnm-test", "STDOUT"));
    try {
      while (HeldName.list(namespace, "cnm-test").isEmpty()) {
        Thread.sleep(5);
      }
      assertThat(HeldName.take(namespace, "cnm-test")).isEmpty();
    } finally {
      holder.destroyForcibly().waitFor();
    }
    assertThat(HeldName.take(namespace, "cnm-test")).isPresent().get().satisfies(HeldName::close);
  }

  @Test
  void whatCanBeNoNameIsRefused() {
    for (String name : List.of("", "a b", "a\n", "ä", "a".repeat(108))) {
      assertThatThrownBy(() -> HeldName.take(namespace, name))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
