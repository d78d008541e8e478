package dev.cnm.benchmarks.stacks;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Podman's netavark, one process for each attachment, as podman starts it. With none present it
 * also makes and removes its bridge and its chains each time, so one endpoint is always there.
 */
public final class NetavarkStack implements Stack {

  private final Numbered numbers = new Numbered();
  private final Deque<Container> attached = new ArrayDeque<>();
  private @Nullable Host host;
  private boolean publishing;

  @Override
  public String name() {
    return "netavark";
  }

  @Override
  public Optional<String> missing() {
    return Programs.missing("netavark", "iptables");
  }

  @Override
  public void open(Host on, int present, boolean withPort) throws IOException {
    host = on;
    publishing = withPort;
    for (int i = 0; i < Math.max(present, 1); i++) {
      attach();
    }
  }

  private String options(int number) {
    return """
    {"container_id": "%1$064x", "container_name": "%2$s",
     "networks": {"net": {"static_ips": ["%3$s"], "interface_name": "eth0"}},
     "network_info": {"net": {
       "name": "net", "id": "%4$064x", "driver": "bridge", "network_interface": "nv0",
       "subnets": [{"subnet": "10.99.0.0/16", "gateway": "10.99.0.1"}],
       "ipv6_enabled": false, "internal": false, "dns_enabled": false,
       "ipam_options": {"driver": "host-local"}}},
     "port_mappings": [%5$s]}
    """
        .formatted(
            number + 1,
            Numbered.name(number),
            Numbered.address(number),
            0xbe5,
            publishing
                ? """
                {"container_port": 80, "host_ip": "", "host_port": %d, "protocol": "tcp",
                 "range": 1}\
                """
                    .formatted(Numbered.port(number))
                : "");
  }

  private void netavark(String command, Container container) throws IOException {
    if (host == null) {
      throw new IOException("not open");
    }
    host.run(
        List.of(
            Programs.require("netavark"),
            "--config",
            "/run/netavark-bench",
            command,
            container.path().toString()),
        options(container.number()),
        Map.of());
  }

  @Override
  public long attach() throws IOException {
    int number = numbers.next();
    long start = System.nanoTime();
    Container container = Container.create("nv", number);
    attached.push(container);
    netavark("setup", container);
    return System.nanoTime() - start;
  }

  @Override
  public long detach() throws IOException {
    Container container = attached.pop();
    long start = System.nanoTime();
    netavark("teardown", container);
    container.close();
    return System.nanoTime() - start;
  }

  @Override
  public void close() throws IOException {
    // The host takes bridge and chains along.
    for (Container container : attached) {
      container.close();
    }
    attached.clear();
  }
}
