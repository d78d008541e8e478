package dev.cnm.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A program that takes the jars as they are: what it can do with them, and what it can't see. */
final class ConsumerTest {

  private static final String NATIVE = "--enable-native-access=";

  private @TempDir Path folder;
  private Program program;

  @BeforeEach
  void start() {
    program = new Program(folder);
  }

  /** The example of README.md in a class. */
  private static String fiveSteps() throws Exception {
    String readme = Files.readString(Path.of("..", "README.md"));
    Matcher example =
        Pattern.compile("```java\\n(try \\(NetworkController .*?)```", Pattern.DOTALL)
            .matcher(readme);
    assertThat(example.find()).as("the example in README.md").isTrue();
    return """
    package consumer;
    import dev.cnm.*;
    public final class Main {
      public static void main(String[] arguments) throws Exception {
        %s
      }
    }
    """
        .formatted(example.group(1));
  }

  @Test
  void theExampleRunsOnTheModulePath() throws Exception {
    program
        .with("module-info.java", "module consumer { requires dev.cnm; }")
        .with("consumer/Main.java", fiveSteps());
    assertThat(program.compile("--module-path", Program.modulePath())).isEmpty();
    // The services bring the controller and the drivers in: nobody has to name their modules.
    assertThat(
            program.run(
                "",
                "--module-path",
                Program.modulePath(program.classes()),
                NATIVE + "dev.cnm.netlink",
                "-m",
                "consumer/consumer.Main"))
        .contains("lo: <LOOPBACK,UP,LOWER_UP>")
        .contains("inet 10.99.0.2/24 brd 10.99.0.255 scope global eth0")
        .doesNotContain("WARNING");
  }

  @Test
  void theExampleRunsOnTheClassPath() throws Exception {
    program.with("consumer/Main.java", fiveSteps());
    assertThat(program.compile("-cp", Program.modulePath())).isEmpty();
    assertThat(
            program.run(
                "",
                "-cp",
                Program.modulePath(program.classes()),
                NATIVE + "ALL-UNNAMED",
                "consumer.Main"))
        .contains("inet 10.99.0.2/24 brd 10.99.0.255 scope global eth0")
        .doesNotContain("WARNING");
  }

  @Test
  void netlinkCanBeUsedAlone() throws Exception {
    program
        .with("module-info.java", "module consumer { requires dev.cnm.netlink; }")
        .with(
            "consumer/Main.java",
            """
            package consumer;
            import dev.cnm.netlink.namespace.NetworkNamespace;
            import dev.cnm.netlink.route.Link;
            import dev.cnm.netlink.route.Links;
            public final class Main {
              public static void main(String[] arguments) throws Exception {
                try (NetworkNamespace here = NetworkNamespace.current()) {
                  for (Link link : new Links(here.route()).list()) {
                    System.out.println(link.index() + " " + link.name());
                  }
                }
              }
            }
            """);
    String netlink =
        Program.jars().stream()
            .filter(it -> it.contains("netlink-ffm") || it.contains("jspecify"))
            .reduce((a, b) -> a + ":" + b)
            .orElseThrow();
    assertThat(program.compile("--module-path", netlink)).isEmpty();
    assertThat(
            program.run(
                "ip link add a1 type veth peer a2",
                "--module-path",
                netlink + ":" + program.classes(),
                NATIVE + "dev.cnm.netlink",
                "-m",
                "consumer/consumer.Main"))
        .contains("1 lo\n", " a1\n", " a2\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dev.cnm.netlink.gen.libc",
        "dev.cnm.netlink.internal.Linux",
        "dev.cnm.driver.bridge.BridgeDriverFactory",
        "dev.cnm.ipam.DefaultIpamFactory",
        "dev.cnm.cli.Cnm"
      })
  void whatIsNotExportedCannotBeSeen(String type) throws Exception {
    program
        .with(
            "module-info.java",
            "module consumer { requires dev.cnm.controller; requires dev.cnm.netlink; requires"
                + " dev.cnm.driver; requires dev.cnm.cli; }")
        .with("consumer/Main.java", "package consumer; class Main { " + type + " x; }");
    assertThat(program.compile("--module-path", Program.modulePath(), "-cp", ""))
        .get()
        .asString()
        .contains("is not visible")
        .contains("does not export it");
  }

  @Test
  void withoutAnImplementationTheErrorSaysWhatToAdd() throws Exception {
    program.with(
        "consumer/Main.java",
        """
        package consumer;
        public final class Main {
          public static void main(String[] arguments) throws Exception {
            try {
              dev.cnm.NetworkController.create();
            } catch (Throwable e) {
              System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
            }
          }
        }
        """);
    String spi =
        Program.jars().stream().filter(it -> it.contains("cnm-spi")).findFirst().orElseThrow();
    assertThat(program.compile("-cp", Program.modulePath())).isEmpty();
    assertThat(program.run("", "-cp", spi + ":" + program.classes(), "consumer.Main"))
        .contains("cnm-controller")
        .hasLineCount(1);
  }

  @Test
  void aDriverOnThePathIsFoundByItsType() throws Exception {
    program
        .with("module-info.java", "module consumer { requires dev.cnm; }")
        .with(
            "consumer/Main.java",
            """
            package consumer;
            import dev.cnm.*;
            public final class Main {
              public static void main(String[] arguments) throws Exception {
                try (NetworkController controller = NetworkController.create()) {
                  System.out.println(controller.driverTypes());
                  Network lab =
                      controller.newNetwork(
                          "host-device",
                          "lab",
                          NetworkOptions.builder()
                              .driverOption("device", "spare")
                              .pool(
                                  IpamConfig.of(IpPrefix.parse("10.55.0.0/24")))
                              .build());
                  Sandbox c1 = controller.newSandbox("c1");
                  lab.createEndpoint("c1").join(c1);
                  c1.start(new ProcessBuilder("ip", "-o", "addr").inheritIO()).waitFor();
                  c1.delete();
                  new ProcessBuilder("ip", "-o", "link").inheritIO().start().waitFor();
                }
              }
            }
            """);
    assertThat(program.compile("--module-path", Program.modulePath())).isEmpty();
    assertThat(
            program.run(
                "ip link add spare type veth peer other",
                "--module-path",
                Program.modulePath(Program.sampleDriver(), program.classes()),
                NATIVE + "dev.cnm.netlink",
                "-m",
                "consumer/consumer.Main"))
        .contains("[bridge, container, host, host-device, null]")
        .contains("eth0    inet 10.55.0.2/24 brd 10.55.0.255")
        .contains(": spare@other: ");
  }
}
