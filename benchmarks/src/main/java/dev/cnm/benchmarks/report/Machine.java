package dev.cnm.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What the figures were taken on, and how busy that was. */
final class Machine {

  private Machine() {}

  static Map<String, String> describe() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    facts.put(
        "processor",
        first("/proc/cpuinfo", "model name").orElse(System.getProperty("os.arch", "unknown")));
    facts.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    facts.put("memory", first("/proc/meminfo", "MemTotal").orElse("unknown"));
    facts.put("kernel", read("/proc/sys/kernel/osrelease"));
    facts.put("system", first("/etc/os-release", "PRETTY_NAME").orElse("unknown"));
    facts.put("jdk", Runtime.version().toString());
    facts.put("jvm", System.getProperty("java.vm.name", "unknown"));
    return facts;
  }

  /** The load averages of the last 1, 5 and 15 minutes. */
  static String load() {
    String[] fields = read("/proc/loadavg").split(" ");
    return fields.length < 3 ? "unknown" : fields[0] + " " + fields[1] + " " + fields[2];
  }

  private static String read(String path) {
    try {
      return Files.readString(Path.of(path)).strip();
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static Optional<String> first(String path, String key) {
    return read(path)
        .lines()
        .filter(line -> line.startsWith(key))
        .findFirst()
        .map(line -> line.replaceFirst("^[^:=]*[:=]", "").replace("\"", "").strip());
  }
}
