package dev.cnm.controller.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A sandbox and a host, joined by a link; on the host's side there is the address 10.0.0.1, in the
 * sandbox 10.0.0.2. Other people's tools are run in them.
 */
final class Namespaces implements AutoCloseable {

  final NetworkNamespace host = NetworkNamespace.create();
  final NetworkNamespace sandbox = NetworkNamespace.create();
  private final List<Process> servers = new ArrayList<>();

  Namespaces() throws IOException {
    run(host, "ip", "link", "set", "lo", "up");
    run(sandbox, "ip", "link", "set", "lo", "up");
    run(
        host,
        "ip",
        "link",
        "add",
        "outside0",
        "type",
        "veth",
        "peer",
        "name",
        "inside0",
        "netns",
        sandbox.path().toString());
    run(host, "ip", "addr", "add", "10.0.0.1/24", "dev", "outside0");
    run(sandbox, "ip", "addr", "add", "10.0.0.2/24", "dev", "inside0");
    run(host, "ip", "link", "set", "outside0", "up");
    run(sandbox, "ip", "link", "set", "inside0", "up");
  }

  static String run(NetworkNamespace namespace, String... command) throws IOException {
    Process process = in(namespace, command).redirectErrorStream(true).start();
    String output;
    try (InputStream stream = process.getInputStream()) {
      output = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
    try {
      assertThat(process.waitFor()).as("%s: %s", List.of(command), output).isZero();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return output;
  }

  static ProcessBuilder in(NetworkNamespace namespace, String... command) {
    List<String> words = new ArrayList<>(List.of("nsenter", "--net=" + namespace.path()));
    words.addAll(List.of(command));
    return new ProcessBuilder(words);
  }

  /** Asks the resolver in the sandbox; only what it says, not how long it took. */
  String dig(String... question) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of(
                "dig", "@127.0.0.11", "+tries=1", "+time=10", "+noall", "+comments", "+answer"));
    words.addAll(List.of(question));
    return run(sandbox, words.toArray(String[]::new));
  }

  /** Starts Debian's dnsmasq, and waits until it answers. */
  Process dnsmasq(NetworkNamespace namespace, Path folder, String address, String... options)
      throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of(
                "dnsmasq",
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--pid-file",
                "--no-resolv",
                "--no-hosts",
                "--user=",
                "--group=",
                "--bind-interfaces",
                "--listen-address=" + address,
                "--address=/ready.test/192.0.2.1"));
    words.addAll(List.of(options));
    Path log = Files.createTempFile(folder, "dnsmasq", ".log");
    Process server =
        in(namespace, words.toArray(String[]::new))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    servers.add(server);
    String answer = "";
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!answer.contains("192.0.2.1") && System.nanoTime() < end) {
      assertThat(server.isAlive()).as(Files.readString(log)).isTrue();
      Process dig =
          in(namespace, "dig", "@" + address, "+tries=1", "+time=1", "+short", "ready.test")
              .start();
      try (InputStream stream = dig.getInputStream()) {
        answer = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      }
    }
    assertThat(answer).contains("192.0.2.1");
    return server;
  }

  @Override
  public void close() {
    for (Process server : servers) {
      server.destroyForcibly();
      server.onExit().join();
    }
    sandbox.close();
    host.close();
  }
}
