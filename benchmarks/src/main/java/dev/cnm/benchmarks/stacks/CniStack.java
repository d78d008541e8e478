package dev.cnm.benchmarks.stacks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The reference plugins of CNI: bridge with host-local, and portmap for a port; a process for each
 * and one more for host-local, as container runtimes start them. Without masquerading, which the
 * plugin does by rules of each container.
 */
public final class CniStack implements Stack {

  private final Numbered numbers = new Numbered();
  private final Deque<Container> attached = new ArrayDeque<>();
  private final Map<Integer, String> results = new HashMap<>();
  private @Nullable Host host;
  private boolean publishing;
  private String leases = "/run/cni-bench";

  @Override
  public String name() {
    return "CNI bridge + host-local";
  }

  @Override
  public Optional<String> missing() {
    return folder().isPresent()
        ? Programs.missing("iptables")
        : Optional.of("not installed: the CNI plugins");
  }

  /** Looked up by itself, for {@code bridge} is also a program of iproute2. */
  private static Optional<Path> folder() {
    return List.of(Path.of("/usr/lib/cni"), Path.of("/opt/cni/bin")).stream()
        .filter(it -> it.resolve("host-local").toFile().canExecute())
        .findFirst();
  }

  @Override
  public void open(Host on, int present, boolean withPort) throws IOException {
    host = on;
    publishing = withPort;
    leases = "/run/cni-bench-" + System.nanoTime();
    for (int i = 0; i < present; i++) {
      attach();
    }
  }

  private String plugin(String command, String plugin, Container container, String settings)
      throws IOException {
    if (host == null) {
      throw new IOException("not open");
    }
    String folder = folder().orElseThrow().toString();
    return host.run(
        List.of(folder + "/" + plugin),
        settings,
        Map.of(
            "CNI_COMMAND",
            command,
            "CNI_CONTAINERID",
            "bench" + container.number(),
            "CNI_NETNS",
            container.path().toString(),
            "CNI_IFNAME",
            "eth0",
            "CNI_PATH",
            folder));
  }

  private String bridge() {
    return """
    {"cniVersion": "0.4.0", "name": "net", "type": "bridge", "bridge": "cni0",
     "isGateway": true, "ipMasq": false,
     "ipam": {"type": "host-local", "subnet": "10.99.0.0/16", "dataDir": "%s",
              "routes": [{"dst": "0.0.0.0/0"}]}}
    """
        .formatted(leases);
  }

  private static String portmap(Container container, String result) {
    return """
    {"cniVersion": "0.4.0", "name": "net", "type": "portmap",
     "runtimeConfig": {"portMappings": [
       {"hostPort": %d, "containerPort": 80, "protocol": "tcp"}]},
     "prevResult": %s}
    """
        .formatted(Numbered.port(container.number()), result);
  }

  @Override
  public long attach() throws IOException {
    int number = numbers.next();
    long start = System.nanoTime();
    Container container = Container.create("cni", number);
    attached.push(container);
    String result = plugin("ADD", "bridge", container, bridge());
    if (publishing) {
      plugin("ADD", "portmap", container, portmap(container, result));
    }
    long took = System.nanoTime() - start;
    results.put(number, result);
    return took;
  }

  @Override
  public long detach() throws IOException {
    Container container = attached.pop();
    String result = results.remove(container.number());
    long start = System.nanoTime();
    if (publishing && result != null) {
      plugin("DEL", "portmap", container, portmap(container, result));
    }
    plugin("DEL", "bridge", container, bridge());
    container.close();
    return System.nanoTime() - start;
  }

  @Override
  public void close() throws IOException {
    for (Container container : attached) {
      container.close();
    }
    attached.clear();
  }
}
