package dev.cnm.benchmarks.stacks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Docker's {@code network connect} and {@code network disconnect} of a running container, by the
 * daemon's HTTP interface. The namespace exists already, which the others' times include. A
 * container with a published port gets it back with the network. The daemon is one of its own, in
 * the host's namespace, with its files in a folder that goes with it.
 */
public final class DockerStack implements Stack {

  private static final String NETWORK = "net";
  private static final String CONTAINER = "measured";

  private static final int STARTED_TOGETHER = 4;

  private final int mostPresent;
  private @Nullable Host host;
  private @Nullable Process daemon;
  private @Nullable Path folder;
  private @Nullable DockerApi api;

  /** Makes at most so many containers before the measurement, each of which takes half a second. */
  public DockerStack(int mostPresent) {
    this.mostPresent = mostPresent;
  }

  @Override
  public String name() {
    return "docker network connect";
  }

  @Override
  public Optional<String> missing() {
    return Programs.missing(
        "dockerd", "docker", "containerd", "runc", "iptables", "busybox", "tar");
  }

  @Override
  public int mostPresent() {
    return mostPresent;
  }

  private Host host() throws IOException {
    if (host == null) {
      throw new IOException("not open");
    }
    return host;
  }

  private String docker(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(List.of(Programs.require("docker"), "-H", "unix://" + folder + "/sock"));
    command.addAll(List.of(arguments));
    return host().run(command);
  }

  @Override
  public void open(Host on, int present, boolean withPort) throws IOException {
    openNetwork(on);
    try (ExecutorService starters = Executors.newFixedThreadPool(STARTED_TOGETHER)) {
      List<Future<?>> started = new ArrayList<>();
      for (int i = 0; i < present; i++) {
        String name = "present" + i;
        started.add(
            starters.submit(() -> {
              runContainer(name, List.of());
              return name;
            }));
      }
      for (Future<?> one : started) {
        one.get();
      }
    } catch (ExecutionException | InterruptedException e) {
      throw new IOException("the containers can't be started", e);
    }
    runContainer(CONTAINER, withPort ? List.of("-p", "10000:80") : List.of());
    detach();
  }

  /**
   * Opens it with two containers, {@code client} and {@code server}, the second of which publishes
   * a port.
   *
   * @throws IOException if that fails
   */
  public void openPair(Host on, int port) throws IOException {
    openNetwork(on);
    runContainer("client", List.of());
    runContainer("server", List.of("-p", port + ":" + port));
  }

  private void openNetwork(Host on) throws IOException {
    host = on;
    Path own = Files.createTempDirectory(Path.of("/run"), "docker-bench");
    folder = own;
    start(own);
    importImage(own);
    docker("network", "create", "--subnet", "10.99.0.0/16", NETWORK);
  }

  private void start(Path own) throws IOException {
    daemon =
        host()
            .start(
                new ProcessBuilder(
                        Programs.require("dockerd"),
                        "--data-root",
                        own + "/data",
                        "--exec-root",
                        own + "/exec",
                        "--pidfile",
                        own + "/pid",
                        "-H",
                        "unix://" + own + "/sock")
                    .redirectErrorStream(true)
                    .redirectOutput(own.resolve("log").toFile()));
    api = new DockerApi(own.resolve("sock"));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      try {
        docker("version");
        return;
      } catch (IOException e) {
        if (!daemon.isAlive() || System.nanoTime() > deadline) {
          List<String> log = Files.readAllLines(own.resolve("log"));
          throw new IOException("dockerd does not start: " + (log.isEmpty() ? "" : log.getLast()));
        }
      }
      pause();
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    }
  }

  /** An image that holds nothing but busybox. */
  private void importImage(Path own) throws IOException {
    Path root = Files.createDirectories(own.resolve("image/bin"));
    Files.copy(Path.of(Programs.require("busybox")), root.resolve("busybox"));
    root.resolve("busybox").toFile().setExecutable(true, false);
    String tar = own + "/image.tar";
    host().run(List.of("tar", "-C", own + "/image", "-cf", tar, "."));
    docker("import", tar, "bench");
  }

  private void runContainer(String name, List<String> options) throws IOException {
    List<String> arguments =
        new ArrayList<>(List.of("run", "-d", "--name", name, "--net", NETWORK));
    arguments.addAll(options);
    arguments.addAll(List.of("bench", "/bin/busybox", "sleep", "100000"));
    docker(arguments.toArray(String[]::new));
  }

  private long timed(String action) throws IOException {
    if (api == null) {
      throw new IOException("not open");
    }
    long start = System.nanoTime();
    api.post("/networks/" + NETWORK + "/" + action, "{\"Container\": \"" + CONTAINER + "\"}");
    return System.nanoTime() - start;
  }

  @Override
  public long attach() throws IOException {
    return timed("connect");
  }

  @Override
  public long detach() throws IOException {
    return timed("disconnect");
  }

  /** The process of a container, in whose namespace programs can be started. */
  public long pid(String container) throws IOException {
    return Long.parseLong(docker("inspect", "-f", "{{.State.Pid}}", container).strip());
  }

  /** The address of a container. */
  public String address(String container) throws IOException {
    return docker(
            "inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container)
        .strip();
  }

  @Override
  public void close() throws IOException {
    if (daemon == null || folder == null) {
      return;
    }
    try {
      String all = docker("ps", "-aq").strip();
      if (!all.isEmpty()) {
        List<String> arguments = new ArrayList<>(List.of("rm", "-f"));
        arguments.addAll(all.lines().toList());
        docker(arguments.toArray(String[]::new));
      }
    } finally {
      daemon.destroy();
      try {
        if (!daemon.waitFor(30, TimeUnit.SECONDS)) {
          daemon.destroyForcibly();
        }
      } catch (InterruptedException e) {
        daemon.destroyForcibly();
        Thread.currentThread().interrupt();
      }
      host().run(List.of("rm", "-rf", folder.toString()), "", Map.of());
    }
  }
}
