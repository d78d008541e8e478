package dev.cnm.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many commands at once over one state, and commands that are killed in the middle. */
final class ManyProcessesTest {

  private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();

  private @TempDir Path root;

  private String onHost(String script) throws Exception {
    Assumptions.assumeTrue(
        Files.exists(REPOSITORY.resolve("cli/target/dist/complete")),
        "the distribution is built by mvn verify, not by mvn test");
    return Program.onHost(
        "cnm() { \"$CNM\" \"$@\"; }\n" + script,
        Map.of("CNM", REPOSITORY.resolve("cnm").toString(), "CNM_ROOT", root.toString()),
        List.of());
  }

  @Test
  void noTwoGetTheSameAddress() throws Exception {
    String output =
        onHost(
            """
            for i in 1 2 3 4 5 6; do
              cnm run -- sh -c '
                ip -4 -o addr show eth0
                until [ -e "$CNM_ROOT/go" ]; do sleep 0.1; done' &
            done
            for i in $(seq 300); do
              [ "$(cnm ps -q | wc -l)" = 6 ] && break
              sleep 0.1
            done
            touch "$CNM_ROOT/go"
            wait
            echo "left: $(cnm ps -q)"
            ip -o link
            """);
    List<String> addresses =
        output.lines().filter(line -> line.contains(" inet 10.192.0.")).toList();
    assertThat(addresses).hasSize(6).doesNotHaveDuplicates();
    assertThat(output).contains("left: \n").doesNotContain("veth", "cnm: ");
  }

  @Test
  void whatIsKilledOnItsWayLeavesNothing() throws Exception {
    String output =
        onHost(
            """
            for pause in 0.1 0.2 0.25 0.3 0.35 0.4 0.5; do
              "$CNM" run --name k -- sleep 54331 &
              sleep $pause
              kill -9 $!
              wait $! || true
              # What runs already goes on running; the rest is cleared up by whoever comes next.
              cnm ps -q > "$CNM_ROOT/ids"
              if [ -s "$CNM_ROOT/ids" ]; then cnm rm -f k; fi
              echo "left: $(ls "$CNM_ROOT/netns" "$CNM_ROOT/containers" 2>/dev/null | grep -v :)"
            done
            ip -o link
            cnm run -- ip -4 -o addr show eth0
            """);
    assertThat(output).doesNotContain("veth").contains(" inet 10.192.0.2/24 ");
    assertThat(output.lines().filter(line -> line.startsWith("left:")))
        .hasSize(7)
        .allMatch(line -> line.strip().equals("left:"));
  }
}
