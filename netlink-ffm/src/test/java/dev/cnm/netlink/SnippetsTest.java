package dev.cnm.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That the examples in the documentation compile as they stand. */
final class SnippetsTest {

  private static final Path SOURCES = Path.of("src/main/java");

  /** From the line after the tag to the brace that closes it, alone on its line. */
  private static final Pattern SNIPPET =
      Pattern.compile("\\{@snippet :\\R(.*?)\\R \\* }\\R \\*(?:/|\\R)", Pattern.DOTALL);

  /** What examples take for granted: everything exported, and some objects by these names. */
  private static final String FRAME =
      """
      %s
      import java.net.*;
      import java.util.*;
      class %s {
        static final int IFLA_MTU = 4;
        int mtu;
        int bridge;
        AttributeCursor attributes;
        InetAddress container;
        InetAddress hostAddress;
        NetlinkSocket socket;
        NetworkNamespace host;
        NetworkNamespace namespace;
        void serve(Object connection) {}
        void run() throws Exception {
      %s
        }
      }
      """;

  private static boolean isOurs(Path path) {
    return path.toString().endsWith(".java") && !path.toString().contains("/gen/");
  }

  @Test
  void examplesCompile(@TempDir Path folder) throws IOException {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("-proc:none", "-d", folder.toString()));
    arguments.addAll(List.of("-classpath", "target/classes"));
    String imports =
        Files.readString(SOURCES.resolve("module-info.java"))
            .lines()
            .filter(line -> line.startsWith("  exports "))
            .map(line -> line.replace("  exports ", "import ").replace(";", ".*;"))
            .collect(Collectors.joining("\n"));
    int count = 0;
    try (Stream<Path> sources = Files.walk(SOURCES)) {
      for (Path source : sources.filter(SnippetsTest::isOurs).toList()) {
        String text = Files.readString(source);
        Matcher matcher = SNIPPET.matcher(text);
        int found = 0;
        while (matcher.find()) {
          String body = matcher.group(1).replaceAll("(?m)^ \\* ?", "    ");
          String name = "Snippet" + count++;
          Path file = folder.resolve(name + ".java");
          Files.writeString(file, FRAME.formatted(imports, name, body));
          arguments.add(file.toString());
          found++;
        }
        assertThat(found)
            .as("examples of %s", source)
            .isEqualTo(text.split("\\{@snippet", -1).length - 1);
      }
    }
    assertThat(count).isGreaterThan(5);

    StringWriter output = new StringWriter();
    int result =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(
                new PrintWriter(output), new PrintWriter(output), arguments.toArray(String[]::new));
    assertThat(result).as(output.toString()).isZero();
  }
}
