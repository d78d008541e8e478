package dev.cnm.benchmarks.report;

import dev.cnm.benchmarks.stacks.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How long the command takes from the shell, in turns with less and less of it: what two lines
 * differ by is what the one does more. What would make it lie: the first run on a host, which makes
 * the bridge and the table, and files that the machine has not read yet, so the first turns don't
 * count.
 */
final class StartUp {

  /** The line that the goal is for. */
  static final String BRIDGE = "cnm run --net bridge -- true";

  private static final Path CNM = Path.of("cli/target/dist/cnm");
  private static final int WARM_UP = 3;
  private static final int TURNS = 30;

  private final Host host;
  private final Path root;

  private StartUp(Host host, Path root) {
    this.host = host;
    this.root = root;
  }

  static List<Measurement> run() throws IOException {
    if (!Files.isExecutable(CNM)) {
      throw new IOException("the distribution is not built: there is no " + CNM);
    }
    // In a file system of the benchmarks' own, which ends with them.
    Path root = Files.createTempDirectory(Path.of("/run"), "cnm-start-up");
    try (Host host = Host.create("bench-start-up")) {
      return new StartUp(host, root).measure();
    }
  }

  private static Map<String, List<String>> commands() {
    String cnm = CNM.toAbsolutePath().toString();
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Map<String, List<String>> commands = new LinkedHashMap<>();
    commands.put("true", List.of("true"));
    commands.put(
        "a JVM that does nothing",
        List.of(java, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-version"));
    commands.put("cnm version", List.of(cnm, "version"));
    for (String mode : List.of("host", "none", "bridge")) {
      commands.put(
          "cnm run --net " + mode + " -- true", List.of(cnm, "run", "--net", mode, "--", "true"));
    }
    return commands;
  }

  private List<Measurement> measure() throws IOException {
    Map<String, List<String>> commands = commands();
    Map<String, List<Double>> taken = new LinkedHashMap<>();
    for (int turn = -WARM_UP; turn < TURNS; turn++) {
      for (Map.Entry<String, List<String>> command : commands.entrySet()) {
        double millis = millis(command.getValue());
        if (turn >= 0) {
          taken.computeIfAbsent(command.getKey(), key -> new ArrayList<>()).add(millis);
        }
      }
    }
    List<Measurement> all = new ArrayList<>();
    taken.forEach((command, millis) ->
        all.add(
            new Measurement(
                "start-up",
                command,
                "",
                "ms",
                Distribution.of(millis.stream().mapToDouble(it -> it).toArray()))));
    return all;
  }

  private double millis(List<String> command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("CNM_ROOT", root.toString());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    long start = System.nanoTime();
    try {
      int status = host.start(builder).waitFor();
      double millis = (System.nanoTime() - start) / 1e6;
      if (status != 0) {
        throw new IOException(String.join(" ", command) + " ended with " + status);
      }
      return millis;
    } catch (InterruptedException e) {
      throw new IOException("interrupted while waiting for " + command, e);
    }
  }
}
