package dev.cnm.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/** A program as a user of the jars writes it, in a folder of its own. */
record Program(Path folder) {

  /**
   * What the build made of the modules, jars or folders of classes before they are packed, and the
   * libraries. Those of the tests are among them, but nothing asks for their modules.
   */
  static List<String> jars() {
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Stream.of(path.split(":"))
        .filter(it -> it.endsWith(".jar") || it.endsWith("/target/classes"))
        .filter(it -> !it.contains("leak-check") && !it.contains("host-device"))
        .toList();
  }

  /** The sample driver. */
  static String sampleDriver() {
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Stream.of(path.split(":"))
        .filter(it -> it.contains("host-device"))
        .findFirst()
        .orElseThrow();
  }

  static String modulePath(String... further) {
    List<String> all = new ArrayList<>(jars());
    all.addAll(List.of(further));
    return String.join(":", all);
  }

  /** Writes a source file. */
  Program with(String name, String text) throws IOException {
    Path file = folder.resolve("src").resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    return this;
  }

  /** Compiles all of it; what the compiler complains of, or nothing. */
  Optional<String> compile(String... options) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("--release", "22", "-d", classes()));
    arguments.addAll(List.of(options));
    try (Stream<Path> files = Files.walk(folder.resolve("src"))) {
      files.map(Path::toString).filter(it -> it.endsWith(".java")).forEach(arguments::add);
    }
    StringWriter said = new StringWriter();
    int result =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(new PrintWriter(said), new PrintWriter(said), arguments.toArray(new String[0]));
    return result == 0 ? Optional.empty() : Optional.of(said.toString());
  }

  /** Where {@link #compile} puts the classes. */
  String classes() {
    return folder.resolve("classes").toString();
  }

  /** Runs it in a host of its own, which a script prepares; returns what both print. */
  String run(String script, String... javaOptions) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(java()));
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of(javaOptions));
    return onHost(script + "\nexec \"$@\"", Map.of(), command);
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** Runs a script in network and mount namespaces of its own, as a person would on a machine. */
  static String onHost(String script, Map<String, String> environment, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("unshare", "-n", "-m", "sh", "-ec", script));
    command.add("sh");
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
