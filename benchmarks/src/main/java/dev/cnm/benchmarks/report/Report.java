package dev.cnm.benchmarks.report;

import dev.cnm.benchmarks.stacks.CniStack;
import dev.cnm.benchmarks.stacks.CnmStack;
import dev.cnm.benchmarks.stacks.DockerStack;
import dev.cnm.benchmarks.stacks.FloorStack;
import dev.cnm.benchmarks.stacks.IpBatchStack;
import dev.cnm.benchmarks.stacks.NetavarkStack;
import dev.cnm.benchmarks.stacks.Stack;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs everything and writes the report: {@code Report FOLDER PARTS [--quick] [--resume]
 * [PART]...}. Each part is written down in the folder {@code PARTS} when it is done; with {@code
 * --resume}, those are not run again.
 */
public final class Report {

  private static final int MANY = 300;

  private final Path folder;
  private final Path parts;
  private final boolean quick;
  private final boolean resume;
  private final List<String> chosen;
  private final PrintStream out = System.out;
  private final Progress progress = new Progress(out);
  private final Jmh jmh;

  private Report(Path folder, Path parts, boolean quick, boolean resume, List<String> chosen) {
    this.folder = folder;
    this.parts = parts;
    this.quick = quick;
    this.resume = resume;
    this.chosen = chosen;
    jmh = new Jmh(quick, parts);
  }

  /** Runs it. */
  public static void main(String[] arguments) throws IOException {
    List<String> rest = new ArrayList<>(Arrays.asList(arguments));
    boolean quick = rest.remove("--quick");
    boolean resume = rest.remove("--resume");
    if (rest.size() < 2) {
      System.err.println("usage: Report FOLDER PARTS [--quick] [--resume] [PART]...");
      System.exit(2);
    }
    Path folder = Path.of(rest.removeFirst());
    Path parts = Path.of(rest.removeFirst());
    new Report(folder, parts, quick, resume, rest).run();
    System.exit(0);
  }

  private interface Part {
    List<Measurement> measure() throws IOException;
  }

  private void run() throws IOException {
    Files.createDirectories(folder);
    Files.createDirectories(parts);
    Map<String, String> machine = Machine.describe();
    machine.put("load before", Machine.load());
    machine.put("form", quick ? "quick, for trying: not to be quoted" : "full");
    List<Measurement> all = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    for (Map.Entry<String, Part> part : parts().entrySet()) {
      Path file = parts.resolve(part.getKey() + ".json");
      if (!chosen.isEmpty() && !chosen.contains(part.getKey())) {
        continue;
      }
      if (!resume || !Files.exists(file)) {
        measure(part.getKey(), part.getValue(), file);
      }
      Path failed = failed(file);
      if (Files.exists(failed)) {
        notes.addAll(Results.read(failed).notes());
      }
      if (Files.exists(file)) {
        Results results = Results.read(file);
        all.addAll(results.measurements());
        results.notes().stream().filter(it -> !notes.contains(it)).forEach(notes::add);
      }
    }
    machine.put("load after", Machine.load());
    Results results = new Results(machine, notes, all);
    results.write(folder.resolve("report.json"));
    Files.writeString(folder.resolve("README.md"), Markdown.page(results));
    for (Map.Entry<String, String> plot : Plots.of(results).entrySet()) {
      Files.writeString(folder.resolve(plot.getKey()), plot.getValue());
    }
    out.println(Files.readString(folder.resolve("README.md")));
    out.println("written to " + folder);
  }

  private void measure(String name, Part part, Path file) throws IOException {
    out.println(name + ", load " + Machine.load());
    int before = progress.notes().size();
    List<Measurement> measured = new ArrayList<>();
    boolean done = progress.attempt(name, () -> measured.addAll(part.measure()));
    List<String> notes = progress.notes().subList(before, progress.notes().size());
    Files.deleteIfExists(file);
    Files.deleteIfExists(failed(file));
    Path target = done ? file : failed(file);
    new Results(Map.of("load", Machine.load()), notes, measured).write(target);
  }

  /** A part that failed as a whole: its notes are kept, and it is run again with --resume. */
  private static Path failed(Path file) {
    return file.resolveSibling(file.getFileName() + ".failed");
  }

  private Map<String, Part> parts() {
    Map<String, Part> parts = new LinkedHashMap<>();
    SideBySide stacks =
        new SideBySide(stacks(), quick ? 15 : 100, Duration.ofSeconds(quick ? 40 : 150), progress);
    int many = quick ? 50 : MANY;
    parts.put("round-trip", RoundTrip::run);
    parts.put("attach-0", () -> stacks.run(0, false));
    parts.put("attach-0-port", () -> stacks.run(0, true));
    parts.put("attach-" + many, () -> stacks.run(many, false));
    parts.put("attach-" + many + "-port", () -> stacks.run(many, true));
    parts.put("removal", Removal::run);
    parts.put("codec", () -> jmh.run("codec", "NetlinkBenchmark.encode", Map.of()));
    parts.put("modes", this::modes);
    parts.put("growth", () -> jmh.run("growth", "GrowthBenchmark", Map.of()));
    parts.put("publish", () -> jmh.run("publish", "PublishBenchmark", Map.of()));
    parts.put("concurrency", this::concurrency);
    parts.put("lock", LockWait::run);
    parts.put("queries", () -> jmh.run("queries", "QueryBenchmark", Map.of()));
    parts.put("memory", Memory::run);
    parts.put("start-up", StartUp::run);
    parts.put("data-path", () -> new DataPath(quick, progress).run());
    return parts;
  }

  private List<Stack> stacks() {
    return List.of(
        FloorStack.inPlace(),
        CnmStack.cold(),
        CnmStack.warm(),
        CnmStack.resolving(),
        new IpBatchStack(),
        FloorStack.stepByStep(),
        new CniStack(),
        new NetavarkStack(),
        new DockerStack(quick ? 10 : MANY));
  }

  private List<Measurement> modes() {
    List<Measurement> all = new ArrayList<>(jmh.run("modes", "EndpointBenchmark", Map.of()));
    all.addAll(
        jmh.run(
            "modes",
            "EndpointBenchmark.attach",
            Map.of("driver", new String[] {"bridge", "null"}, "prepared", new String[] {"64"})));
    return all;
  }

  private List<Measurement> concurrency() throws IOException {
    List<Measurement> all = new ArrayList<>();
    for (int callers : new int[] {1, 4, 16, 64}) {
      all.addAll(jmh.run("concurrency", "ConcurrencyBenchmark", Map.of(), callers));
      all.addAll(Crowd.run(callers));
    }
    return all;
  }
}
