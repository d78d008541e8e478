package dev.cnm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A host of its own for each call, made with {@code unshare}, on which {@code cnm} is run. */
final class TestHost {

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

  /** Runs a shell script in which {@code cnm} starts the command as a person does. */
  String script(String script) throws IOException {
    Process process =
        new ProcessBuilder("unshare", "-n", "-m", "sh", "-c", function(root) + script)
            .redirectErrorStream(true)
            .start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** The {@code cnm} of scripts. */
  static String function(Path root) {
    return "cnm() { "
        + String.join(" ", java().stream().map(it -> "'" + it + "'").toList())
        + " dev.cnm.cli.Cnm --root '"
        + root
        + "' \"$@\"; }\n";
  }

  private static List<String> java() {
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    String modules = System.getProperty("jdk.module.path", "");
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
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
    List<String> command = new ArrayList<>(List.of("unshare", "-n", "-m"));
    command.addAll(java());
    command.addAll(List.of(HostShell.class.getName(), root.toString()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
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
