package dev.cnm.endurance.faults;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A {@link Subject} that runs, and the watch over it. */
final class Program implements AutoCloseable {

  private final Process process;
  private final Watch watch;
  private final BufferedReader answers;

  private Program(Process process, Watch watch) {
    this.process = process;
    this.watch = watch;
    answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Starts one with these arguments for {@link Subject#main}. */
  static Program start(Path root, Decoder decoder, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(java(root, Subject.class.getName()));
    command.addAll(arguments);
    Process process = process(root, command).start();
    return new Program(process, Watch.over(process.pid(), decoder));
  }

  /** A process with the state of its commands in {@code root}. */
  static ProcessBuilder process(Path root, List<String> command) {
    ProcessBuilder process =
        new ProcessBuilder(command).redirectError(root.resolveSibling("err").toFile());
    process.environment().put("CNM_ROOT", root.toString());
    return process;
  }

  /** How to start a program of this class path, as {@code ./cnm} starts the command. */
  static List<String> java(Path root, String main) {
    Path scratch = root.resolveSibling("scratch");
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xlog:disable"));
    if (Stream.of(classes.split(":")).map(Path::of).noneMatch(Files::isDirectory)) {
      // Written by the first of them and used by the others, to start faster; classes in folders
      // can't be in one.
      Path archive = scratch.resolve("classes.jsa");
      command.add("-Xshare:auto");
      command.add(
          (Files.exists(archive) ? "-XX:SharedArchiveFile=" : "-XX:ArchiveClassesAtExit=")
              + archive);
    }
    command.addAll(
        List.of(
            "-Djava.io.tmpdir=" + scratch,
            "-Dslf4j.internal.verbosity=ERROR",
            "-Djava.util.logging.SimpleFormatter.format=cnm: %5$s%n",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            classes,
            main));
    return command;
  }

  Watch watch() {
    return watch;
  }

  boolean lives() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  /** Has it answer a line; empty lines are its end. */
  String ask(String line) throws IOException {
    Writer lines = process.outputWriter(StandardCharsets.UTF_8);
    lines.write(line + "\n");
    lines.flush();
    String answer = answers.readLine();
    return answer == null
        ? ""
        : new String(Base64.getDecoder().decode(answer), StandardCharsets.UTF_8);
  }

  /** Waits for its end and returns its exit code. */
  int await() throws IOException {
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        throw new IOException("stood still for a minute");
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** Ends it as a user would, by the end of its input, and waits for that. */
  @Override
  public void close() throws IOException {
    process.outputWriter().close();
    int _ = await();
  }
}
