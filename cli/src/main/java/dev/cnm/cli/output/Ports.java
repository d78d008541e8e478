package dev.cnm.cli.output;

import dev.cnm.IpPrefix;
import dev.cnm.PortBinding;
import dev.cnm.PortMapping;
import dev.cnm.Protocol;
import dev.cnm.cli.json.JsonText;
import java.net.Inet6Address;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The published ports of a container.
 *
 * @param mappings what was asked for
 * @param bindings what leads there
 */
record Ports(List<PortMapping> mappings, List<PortBinding> bindings) {

  private static final Comparator<PortBinding> ORDER =
      Comparator.comparing((PortBinding it) -> it.hostAddress() instanceof Inet6Address)
          .thenComparing(it -> IpPrefix.text(it.hostAddress()))
          .thenComparing(PortBinding::protocol)
          .thenComparingInt(PortBinding::containerPort)
          .thenComparingInt(PortBinding::hostPort);

  private static String key(int port, Protocol protocol) {
    return port + "/" + protocol;
  }

  /** {@code HostConfig.PortBindings}: what was asked for, by port of the container. */
  Map<String, @Nullable Object> asked() {
    Map<String, List<@Nullable Object>> ports = new TreeMap<>();
    for (PortMapping mapping : mappings) {
      ports
          .computeIfAbsent(
              key(mapping.containerPort(), mapping.protocol()), none -> new ArrayList<>())
          .add(host(mapping.hostAddress().map(IpPrefix::text).orElse(""), hostPort(mapping)));
    }
    return new TreeMap<>(ports);
  }

  private static String hostPort(PortMapping mapping) {
    if (mapping.ephemeral()) {
      return "";
    }
    return mapping.hostPort() == mapping.hostPortEnd()
        ? Integer.toString(mapping.hostPort())
        : mapping.hostPort() + "-" + mapping.hostPortEnd();
  }

  /** {@code NetworkSettings.Ports}: what leads there; null for a port that nothing leads to. */
  Map<String, @Nullable Object> bound() {
    Map<String, @Nullable Object> ports = new TreeMap<>();
    mappings.forEach(it -> ports.put(key(it.containerPort(), it.protocol()), null));
    Map<String, List<@Nullable Object>> led = new TreeMap<>();
    for (PortBinding binding : bindings.stream().sorted(ORDER).toList()) {
      led.computeIfAbsent(
              key(binding.containerPort(), binding.protocol()), none -> new ArrayList<>())
          .add(host(IpPrefix.text(binding.hostAddress()), Integer.toString(binding.hostPort())));
    }
    ports.putAll(led);
    return ports;
  }

  private static Map<String, @Nullable Object> host(String address, String port) {
    return JsonText.object("HostIp", address, "HostPort", port);
  }

  /** The column of {@code ps}: neighbours that keep their number are one range. */
  String inWords() {
    List<String> words = new ArrayList<>();
    List<PortBinding> sorted = bindings.stream().sorted(ORDER).toList();
    for (int i = 0; i < sorted.size(); ) {
      PortBinding first = sorted.get(i);
      PortBinding last = first;
      i++;
      while (i < sorted.size() && continues(last, sorted.get(i))) {
        last = sorted.get(i++);
      }
      words.add(
          first.equals(last)
              ? first.host() + "->" + key(first.containerPort(), first.protocol())
              : first.host()
                  + "-"
                  + last.hostPort()
                  + "->"
                  + first.containerPort()
                  + "-"
                  + key(last.containerPort(), last.protocol()));
    }
    return String.join(", ", words);
  }

  private static boolean continues(PortBinding last, PortBinding next) {
    return last.hostPort() == last.containerPort()
        && next.hostPort() == next.containerPort()
        && next.hostPort() == last.hostPort() + 1
        && next.protocol() == last.protocol()
        && next.hostAddress().equals(last.hostAddress());
  }
}
