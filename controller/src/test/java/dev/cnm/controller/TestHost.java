package dev.cnm.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.ControllerOptions;
import dev.cnm.Sandbox;
import dev.cnm.controller.state.StateStore;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A network namespace that plays the host, looked at with other people's tools. */
record TestHost(NetworkNamespace namespace) implements AutoCloseable {

  TestHost() throws IOException {
    this(NetworkNamespace.create());
  }

  LocalController open(StateStore store) throws IOException {
    return open(store, 0);
  }

  LocalController open(StateStore store, int preparedNamespaces) throws IOException {
    return LocalController.open(
        ControllerOptions.defaults()
            .withHostNamespace(namespace.path())
            .withPreparedNamespaces(preparedNamespaces),
        store);
  }

  String ip(String... arguments) throws Exception {
    return in(namespace.path(), "ip", arguments);
  }

  static String ip(Sandbox sandbox, String... arguments) throws Exception {
    return in(sandbox.key(), "ip", arguments);
  }

  static String in(Path namespace, String command, String... arguments) throws Exception {
    List<String> words = new ArrayList<>(List.of("nsenter", "--net=" + namespace, command));
    words.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", words, output).isZero();
    return output;
  }

  /** The names of the host's links but the loopback. */
  List<String> links() throws Exception {
    return ip("-o", "link")
        .lines()
        .map(line -> line.split(": ")[1].split("@")[0])
        .filter(name -> !name.equals("lo"))
        .sorted()
        .toList();
  }

  @Override
  public void close() {
    namespace.close();
  }
}
