package dev.cnm.endurance.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What there is on the host of this process and in the process, as other people's tools say. */
public final class Host {

  private Host() {}

  /** What a program prints. */
  public static String run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(List.of(command) + ": " + output);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
    return output;
  }

  /** How many links there are. */
  public static long links() throws IOException {
    return run("ip", "-o", "link").lines().count();
  }

  /** How many elements the sets and maps of the firewall have. */
  public static long elements() throws IOException {
    // One is printed with each comment that names whose it is.
    return run("nft", "list", "ruleset").lines().mapToLong(Host::comments).sum();
  }

  private static long comments(String line) {
    return line.split("comment \"", -1).length - 1L;
  }

  /** How many connections are tracked; 0 where nothing tracks any. */
  public static long connections() throws IOException {
    Path count = Path.of("/proc/sys/net/netfilter/nf_conntrack_count");
    return Files.exists(count) ? Long.parseLong(Files.readString(count).strip()) : 0;
  }

  /** How many descriptors this process has. */
  public static long descriptors() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }

  /** How many descriptors of network namespaces this process has. */
  public static long namespaces() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.filter(
              it -> {
                try {
                  return Files.readSymbolicLink(it).toString().startsWith("net:");
                } catch (IOException e) {
                  return false;
                }
              })
          .count();
    }
  }

  /** How many threads this process has. */
  public static long threads() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/task"))) {
      return all.count();
    }
  }

  /** How much memory of this process is resident, in KiB. */
  public static long residentKib() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(it -> it.startsWith("VmRSS:"))
        .mapToLong(it -> Long.parseLong(it.replaceAll("\\D", "")))
        .sum();
  }
}
