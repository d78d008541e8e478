package dev.cnm.benchmarks.stacks;

import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A network namespace that plays the host of one stack. It has a path below {@code /run/netns},
 * which is a file system of the benchmarks' own.
 */
public final class Host implements AutoCloseable {

  private static final Path NAMESPACES = Path.of("/run/netns");

  private final NetworkNamespace namespace;
  private final Path path;

  private Host(NetworkNamespace namespace, Path path) {
    this.namespace = namespace;
    this.path = path;
  }

  /**
   * Makes one.
   *
   * @throws IOException if the kernel refuses, or the name is taken
   */
  public static Host create(String name) throws IOException {
    NetworkNamespace namespace = NetworkNamespace.create();
    Path path = NAMESPACES.resolve(name);
    try {
      namespace.pin(path);
    } catch (IOException e) {
      namespace.close();
      throw e;
    }
    return new Host(namespace, path);
  }

  /** Where it can be entered. */
  public Path path() {
    return path;
  }

  /** The path below which a container's namespace can be pinned. */
  public static Path container(String name) {
    return NAMESPACES.resolve(name);
  }

  /** Starts a process on it. */
  public Process start(ProcessBuilder process) throws IOException {
    return namespace.start(process);
  }

  /** Runs a command on it. */
  public String run(List<String> command) throws IOException {
    return run(command, "", Map.of());
  }

  /**
   * Runs a command on it, with this input and these variables.
   *
   * @return what it printed
   * @throws IOException if it doesn't end with 0
   */
  public String run(List<String> command, String input, Map<String, String> environment)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = namespace.start(builder);
    try (var stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    }
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      int status = process.waitFor();
      if (status != 0) {
        throw new IOException(String.join(" ", command) + " ended with " + status + ": " + printed);
      }
      return printed;
    } catch (InterruptedException e) {
      process.destroyForcibly();
      throw new IOException("interrupted while waiting for " + command, e);
    }
  }

  /** Removes it. */
  @Override
  public void close() throws IOException {
    NetworkNamespace.unpin(path);
    namespace.close();
  }
}
