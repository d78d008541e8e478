package dev.cnm.benchmarks.report;

import dev.cnm.ControllerOptions;
import dev.cnm.Network;
import dev.cnm.NetworkController;
import dev.cnm.NetworkOptions;
import dev.cnm.PortMapping;
import dev.cnm.Sandbox;
import dev.cnm.SandboxOptions;
import dev.cnm.benchmarks.stacks.DockerStack;
import dev.cnm.benchmarks.stacks.Host;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Throughput of one TCP stream (iperf3) between two containers, from a container to its host and
 * from another machine through a published port, on our bridge and on Docker's in turn. The other
 * machine is a namespace that a veth pair ties to the host.
 *
 * <p>What would make it lie: one long run of each after the other on a machine that others use (so
 * they are short and take turns, and each begins as often), and a server on the same processor,
 * which all of them have.
 */
final class DataPath {

  private static final int PORT = 10_000;

  /** On the host, where Docker's proxy has the published one. */
  private static final int OTHER_PORT = 10_001;

  private static final Pattern RECEIVED =
      Pattern.compile(
          "\"sum_received\":\\s*\\{.*?\"bits_per_second\":\\s*([0-9.e+]+)", Pattern.DOTALL);

  private final int turns;
  private final int seconds;
  private final Progress progress;

  DataPath(boolean quick, Progress progress) {
    turns = quick ? 2 : 12;
    seconds = quick ? 1 : 2;
    this.progress = progress;
  }

  /** Two containers on a bridge, the second one with port 80 published, and who they belong to. */
  private record Ends(
      String name, Path host, Path client, Path server, String address, String gateway) {}

  /** The outside of one host. */
  private record Outside(Path namespace, String hostAddress) {}

  List<Measurement> run() throws IOException {
    Map<String, List<Double>> results = new LinkedHashMap<>();
    try (Host ours = Host.create("bench-data-cnm");
        Host theirs = Host.create("bench-data-docker");
        Host ourClient = Host.create("bench-out-cnm");
        Host theirClient = Host.create("bench-out-docker");
        NetworkController controller =
            NetworkController.create(ControllerOptions.defaults().withHostNamespace(ours.path()))) {
      Outside ourOutside = connect(ours, ourClient);
      Outside theirOutside = connect(theirs, theirClient);
      DockerStack docker = new DockerStack(1);
      try {
        List<Ends> all = new ArrayList<>();
        List<Outside> outsides = new ArrayList<>();
        all.add(cnm(controller, ours));
        outsides.add(ourOutside);
        if (docker.missing().isEmpty()
            && progress.attempt("docker's data path", () -> all.add(docker(docker, theirs)))) {
          outsides.add(theirOutside);
        }
        for (int turn = 0; turn < turns; turn++) {
          for (int i = 0; i < all.size(); i++) {
            int next = turn % 2 == 0 ? i : all.size() - 1 - i;
            measure(all.get(next), outsides.get(next), results);
          }
        }
      } finally {
        docker.close();
      }
    }
    List<Measurement> measurements = new ArrayList<>();
    results.forEach((key, samples) -> {
      String[] parts = key.split("\t", 2);
      measurements.add(
          new Measurement(
              "data path",
              parts[0],
              parts[1],
              "Gbit/s",
              Distribution.of(samples.stream().mapToDouble(it -> it).toArray())));
    });
    return measurements;
  }

  private static Outside connect(Host host, Host client) throws IOException {
    host.run(
        List.of(
            "ip",
            "link",
            "add",
            "up",
            "type",
            "veth",
            "peer",
            "name",
            "out0",
            "netns",
            client.path().getFileName().toString()));
    host.run(List.of("ip", "addr", "add", "192.0.2.1/24", "dev", "veth0"));
    host.run(List.of("ip", "link", "set", "lo", "up"));
    client.run(List.of("ip", "addr", "add", "192.0.2.2/24", "dev", "out0"));
    client.run(List.of("ip", "link", "set", "out0", "up"));
    return new Outside(client.path(), "192.0.2.1");
  }

  private static Ends cnm(NetworkController controller, Host host) throws IOException {
    Network network = controller.newNetwork("bridge", "net", NetworkOptions.subnet("10.99.0.0/16"));
    Sandbox client = sandbox(controller, network, "client", SandboxOptions.defaults());
    Sandbox server =
        sandbox(
            controller,
            network,
            "server",
            SandboxOptions.defaults().withPorts(List.of(PortMapping.tcp(PORT, PORT))));
    String address = server.endpoints().getFirst().ipv4().orElseThrow().address().getHostAddress();
    return new Ends("cnm", host.path(), client.key(), server.key(), address, "10.99.0.1");
  }

  private static Sandbox sandbox(
      NetworkController controller, Network network, String name, SandboxOptions options)
      throws IOException {
    Sandbox sandbox = controller.newSandbox(name, options);
    network.createEndpoint(name).join(sandbox);
    return sandbox;
  }

  private static Ends docker(DockerStack docker, Host host) throws IOException {
    docker.openPair(host, PORT);
    return new Ends(
        "docker",
        host.path(),
        Path.of("/proc/" + docker.pid("client") + "/ns/net"),
        Path.of("/proc/" + docker.pid("server") + "/ns/net"),
        docker.address("server"),
        "10.99.0.1");
  }

  private void measure(Ends ends, Outside outside, Map<String, List<Double>> results) {
    add(results, ends, "between containers", ends.server, PORT, ends.client, ends.address);
    add(results, ends, "to the host", ends.host, OTHER_PORT, ends.client, ends.gateway);
    add(results, ends, "published port", ends.server, PORT, outside.namespace, outside.hostAddress);
  }

  private void add(
      Map<String, List<Double>> results,
      Ends ends,
      String path,
      Path server,
      int port,
      Path client,
      String address) {
    progress.attempt(
        "iperf3, " + ends.name + ", " + path,
        () -> {
          double rate = iperf(server, port, client, address);
          results.computeIfAbsent(ends.name + "\t" + path, key -> new ArrayList<>()).add(rate);
        });
  }

  private double iperf(Path server, int port, Path client, String address) throws IOException {
    Process listener =
        new ProcessBuilder("nsenter", "--net=" + server, "iperf3", "-s", "-1", "-p", "" + port)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      for (int attempt = 0; ; attempt++) {
        String said =
            output(
                "nsenter",
                "--net=" + client,
                "iperf3",
                "-J",
                "-c",
                address,
                "-p",
                "" + port,
                "-t",
                "" + seconds);
        Matcher matcher = RECEIVED.matcher(said);
        if (matcher.find()) {
          return Double.parseDouble(matcher.group(1)) / 1e9;
        }
        // The server may not listen yet.
        if (attempt == 20) {
          throw new IOException("iperf3 said " + said.replaceAll("(?s).*\"error\":\\s*", ""));
        }
        Thread.sleep(100);
      }
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    } finally {
      listener.destroy();
      try {
        listener.waitFor(5, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static String output(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }
}
