package dev.cnm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/** A host of its own for each call, made with {@code unshare}, on which {@code cnm} is run. */
final class TestHost {

  private static final String FUNCTIONS =
      """
      until_ok() {
        tries=0
        until "$@" >/dev/null 2>&1; do
          tries=$((tries + 1))
          [ $tries -lt 300 ] || { echo "never: $*"; return 1; }
          sleep 0.1
        done
      }
      """;

  private final Path root;

  /** One whose state is kept in {@code root}. */
  TestHost(Path root) {
    this.root = root;
  }

  /**
   * What a line of a script said.
   *
   * @param out its standard output
   * @param err its standard error
   * @param code its exit code
   */
  record Answer(String out, String err, int code) {

    /** Its output, once it is sure that it succeeded and said nothing else. */
    String succeeded() {
      assertThat(err).isEmpty();
      assertThat(code).isZero();
      return out;
    }

    /** Its message, once it is sure that it is one line and there is no output. */
    String failed(int expected) {
      assertThat(err).startsWith("cnm: ").endsWith("\n").hasLineCount(1);
      assertThat(code).isEqualTo(expected);
      return err;
    }
  }

  /**
   * Runs a shell script in which {@code cnm} starts the command as a person does, and {@code
   * until_ok} repeats a command until it succeeds.
   *
   * @return what it said on both streams
   */
  String script(String script) throws IOException {
    Process process = started(List.of("sh", "-c", FUNCTIONS + script), true);
    process.outputWriter().close();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** Starts a program on a host of its own, with {@code cnm} in its path. */
  private Process started(List<String> program, boolean mixed) throws IOException {
    List<String> command = new ArrayList<>(List.of("unshare", "-n", "-m"));
    command.addAll(program);
    ProcessBuilder process = new ProcessBuilder(command).redirectErrorStream(mixed);
    if (!mixed) {
      process.redirectError(ProcessBuilder.Redirect.INHERIT);
    }
    return withCommand(process).start();
  }

  /** The same with {@code cnm} in its path. */
  ProcessBuilder withCommand(ProcessBuilder process) throws IOException {
    Path bin = Files.createDirectories(Path.of("target", "test-bin").toAbsolutePath());
    Path cnm = bin.resolve("cnm");
    String java = java().stream().map(it -> "'" + it + "'").collect(Collectors.joining(" "));
    Files.writeString(cnm, "#!/bin/sh\nexec " + java + " dev.cnm.cli.Cnm \"$@\"\n");
    Files.setPosixFilePermissions(cnm, PosixFilePermissions.fromString("rwx------"));
    process.environment().put("PATH", bin + ":" + System.getenv("PATH"));
    process.environment().put("CNM_ROOT", root.toString());
    return process;
  }

  private static List<String> java() {
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    String modules = System.getProperty("jdk.module.path", "");
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-XX:-MaxFDLimit",
        // Its files are named by process numbers, which another PID namespace has as well.
        "-XX:-UsePerfData",
        "-Dslf4j.internal.verbosity=ERROR",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        classes + ":" + modules);
  }

  /**
   * Runs lines one after another on one host, in one process where they begin with {@code cnm} and
   * are not {@code cnm run}: much faster than a process each.
   */
  List<Answer> lines(String... lines) throws IOException {
    List<String> command = new ArrayList<>(java());
    command.addAll(List.of(HostShell.class.getName(), root.toString()));
    Process process = started(command, false);
    try (Writer in = process.outputWriter(StandardCharsets.UTF_8)) {
      for (String line : lines) {
        in.write(line + "\n");
      }
    }
    List<Answer> answers = new ArrayList<>();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        String[] fields = line.split(",", -1);
        answers.add(
            new Answer(decoded(fields[0]), decoded(fields[1]), Integer.parseInt(fields[2])));
      }
    }
    assertThat(answers).hasSameSizeAs(lines);
    return answers;
  }

  /** The answer to the last of these lines; the others have to succeed. */
  Answer last(String... lines) throws IOException {
    List<Answer> answers = lines(lines);
    answers.subList(0, answers.size() - 1).forEach(Answer::succeeded);
    return answers.getLast();
  }

  private static String decoded(String text) {
    return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
  }
}
