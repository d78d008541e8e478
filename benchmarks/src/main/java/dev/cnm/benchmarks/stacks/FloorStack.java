package dev.cnm.benchmarks.stacks;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The floor in C (src/main/c/floor.c), one process for a whole run. It measures itself. */
public final class FloorStack implements Stack {

  private final String mode;
  private final Path program = Path.of(System.getProperty("cnm.floor", "target/floor"));
  private @Nullable Process process;

  private FloorStack(String mode) {
    this.mode = mode;
  }

  /** The pair made in place. */
  public static FloorStack inPlace() {
    return new FloorStack("in-place");
  }

  /** The pair made on the host and moved. */
  public static FloorStack stepByStep() {
    return new FloorStack("step");
  }

  @Override
  public String name() {
    return mode.equals("step") ? "C, step by step" : "C, in place (floor)";
  }

  @Override
  public Optional<String> missing() {
    return Files.isExecutable(program) ? Optional.empty() : Optional.of("no C compiler (cc)");
  }

  @Override
  public int perRound() {
    return 5;
  }

  @Override
  public int warmUps() {
    return 4;
  }

  @Override
  public void open(Host host, int present, boolean publishing) throws IOException {
    List<String> command = new ArrayList<>(List.of(program.toString(), mode));
    if (publishing) {
      command.add("port");
    }
    process =
        host.start(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT));
    for (int i = 0; i < present; i++) {
      attach();
    }
  }

  @Override
  public long attach() throws IOException {
    return command("attach");
  }

  @Override
  public long detach() throws IOException {
    return command("detach");
  }

  /**
   * Asks for the mean time of one exchange with the kernel.
   *
   * @param exchange {@code get} or {@code change} a link
   * @return nanoseconds
   * @throws IOException if the program has ended
   */
  public long roundTrip(String exchange, int times) throws IOException {
    return command(exchange + " " + times);
  }

  /**
   * Several callers at once, each a process of its own that attaches and lets go, so that the
   * kernel removes it meanwhile.
   *
   * @return the nanoseconds of each turn, of all callers
   * @throws IOException if the program fails
   */
  public double[] crowd(Host host, int callers, int seconds) throws IOException {
    return host.run(List.of(program.toString(), "crowd", "" + callers, "" + seconds))
        .lines()
        .mapToDouble(Double::parseDouble)
        .toArray();
  }

  private long command(String command) throws IOException {
    Process floor = process;
    if (floor == null) {
      throw new IOException("the floor is not open");
    }
    floor.outputWriter(StandardCharsets.US_ASCII).append(command).append('\n').flush();
    BufferedReader answers = floor.inputReader(StandardCharsets.US_ASCII);
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException("the floor ended at " + command);
    }
    return Long.parseLong(answer);
  }

  @Override
  public void close() throws IOException {
    if (process != null) {
      command("drop");
      process.getOutputStream().close();
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
