package dev.cnm.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command with a driver that does what it shouldn't. */
final class StrangerTest {

  private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();

  /** Fails in the call that the variable EVIL names, in the way that it names: {@code join:lie}. */
  private static final String DRIVER =
      """
      package evil;

      import dev.cnm.spi.*;
      import java.util.Map;

      @DriverType("evil")
      public final class Factory implements NetworkDriverFactory {
        public NetworkDriver create(DriverContext context) {
          does("factory");
          return new Evil();
        }

        static boolean does(String call) {
          String[] wanted = System.getenv().getOrDefault("EVIL", ":").split(":", -1);
          if (!wanted[0].equals(call)) {
            return false;
          }
          switch (wanted[1]) {
            case "error" -> throw new AssertionError("one\\n\\u001b[31mtwo");
            case "overflow" -> does(call);
            case "thread" -> new Thread(() -> sleep()).start();
            default -> {}
          }
          return true;
        }

        static void sleep() {
          while (true) {
            try {
              Thread.sleep(1_000_000);
            } catch (InterruptedException e) {
            }
          }
        }

        static final class Evil implements NetworkDriver {
          public DriverCapabilities capabilities() {
            return DriverCapabilities.local();
          }
          public Map<String, String> createNetwork(NetworkContext network) {
            does("create");
            return Map.of();
          }
          public void deleteNetwork(NetworkContext network) {
            does("delete");
          }
          public EndpointResult createEndpoint(EndpointContext endpoint) {
            return does("endpoint") ? null : EndpointResult.nothing();
          }
          public void deleteEndpoint(EndpointContext endpoint) {
          }
          public JoinResult join(JoinContext join) {
            return does("join")
                ? JoinResult.of(new JoinResult.InterfaceMade.InPlace())
                : JoinResult.nothing();
          }
          public void leave(EndpointContext endpoint) {
            does("leave");
          }
          public void close() {
            does("close");
          }
        }
      }
      """;

  private @TempDir Path root;
  private Path jar;

  @BeforeEach
  void makeDriver() throws IOException {
    Assumptions.assumeTrue(
        Files.exists(REPOSITORY.resolve("cli/target/dist/complete")),
        "the distribution is built by mvn verify, not by mvn test");
    Program program = new Program(root.resolve("build")).with("evil/Factory.java", DRIVER);
    assertThat(program.compile("-cp", Program.modulePath())).isEmpty();
    jar = root.resolve("evil.jar");
    try (OutputStream file = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      zip.putNextEntry(new ZipEntry("META-INF/services/dev.cnm.spi.NetworkDriverFactory"));
      zip.write("evil.Factory".getBytes(StandardCharsets.UTF_8));
      for (String name : List.of("evil/Factory.class", "evil/Factory$Evil.class")) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(Files.readAllBytes(Path.of(program.classes()).resolve(name)));
      }
    }
  }

  private String onHost(String script) throws Exception {
    return Program.onHost(
        "cnm() { \"$CNM\" \"$@\"; }\n" + script,
        Map.of(
            "CNM",
            REPOSITORY.resolve("cnm").toString(),
            "CNM_ROOT",
            root.toString(),
            "CNM_DRIVER_PATH",
            jar.toString()),
        List.of());
  }

  @Test
  void whatItThrowsIsOneLineThatNamesIt() throws Exception {
    String output =
        onHost(
            """
            EVIL=create:error cnm network create -d evil a || echo "code $?"
            EVIL=factory:overflow cnm network create -d evil a || echo "code $?"
            EVIL=create:thread cnm network create -d evil a >/dev/null
            EVIL=join:lie cnm run --net a -- true || echo "code $?"
            EVIL=endpoint:null cnm run --net a -- true || echo "code $?"
            EVIL=delete:error cnm network rm a || echo "code $?"
            cnm run --net none -- echo works
            cnm network rm a
            """);
    assertThat(output).doesNotContain("\u001b", "\tat ");
    assertThat(output.lines().filter(it -> it.startsWith("code ")))
        .containsExactly("code 1", "code 1", "code 125", "code 125", "code 1");
    assertThat(output)
        .contains(
            "cnm: cannot create network a: the network driver \"evil\" ("
                + jar
                + ") threw java.lang.AssertionError: one \\x1b[31mtwo\n")
        .contains("can't be used: java.lang.StackOverflowError\n")
        .contains("returned that it made eth0 in the sandbox, where there is no such link\n")
        .contains("returned null as the endpoint\n")
        .endsWith("works\na\n");
  }

  @Test
  void itsNetworksOutliveItsJarAndCanBeForgotten() throws Exception {
    String output =
        onHost(
            """
            cnm network create -d evil a >/dev/null
            export CNM_DRIVER_PATH=
            cnm network ls --format '{{.Name}} {{.Driver}}'
            cnm network inspect --format '{{.Name}} {{(index .IPAM.Config 0).Subnet}}' a
            cnm network rm a || echo "code $?"
            cnm network rm -f a
            cnm network ls --format '{{.Name}}'
            """);
    assertThat(output)
        .contains("a evil\n", "a 10.192.0.0/24\n")
        .contains(
            "cnm: cannot remove network a: no network driver of type \"evil\": there are [bridge,")
        .contains("code 1\ncnm: network a is forgotten, but what its driver made")
        .endsWith("\na\nbridge\nhost\nnone\n");
  }

  @Test
  void whatIsNoJarIsPassedOver() throws Exception {
    String output =
        onHost(
            """
            mkfifo "$CNM_ROOT/pipe.jar"
            echo text > "$CNM_ROOT/text.jar"
            export CNM_DRIVER_PATH="$CNM_ROOT/pipe.jar:$CNM_ROOT/text.jar"
            cnm run --net none -- echo works
            """);
    assertThat(output.lines().toList()).hasSize(3);
    assertThat(output)
        .contains("/pipe.jar of CNM_DRIVER_PATH: it is no file\n")
        .contains("/text.jar of CNM_DRIVER_PATH: it is no jar: ")
        .endsWith("works\n");
  }
}
