package dev.cnm.benchmarks.stacks;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a careful shell script does: {@code ip -batch} once on the host and once inside, the pair
 * made in place; a published port is an element added with {@code nft}.
 */
public final class IpBatchStack implements Stack {

  private static final String RULES =
      """
      table ip script {
        map ports { type inet_service : ipv4_addr . inet_service; }
        chain pre {
          type nat hook prerouting priority dstnat;
          dnat ip to tcp dport map @ports
        }
      }
      """;

  private final Numbered numbers = new Numbered();
  private final Deque<Integer> attached = new ArrayDeque<>();
  private @Nullable Host host;
  private boolean publishing;

  @Override
  public String name() {
    return "ip -batch";
  }

  @Override
  public Optional<String> missing() {
    return Programs.missing("ip", "nft");
  }

  private String batch(List<String> command, String input) throws IOException {
    if (host == null) {
      throw new IOException("not open");
    }
    return host.run(command, input, Map.of());
  }

  @Override
  public void open(Host on, int present, boolean withPort) throws IOException {
    host = on;
    publishing = withPort;
    batch(
        List.of("ip", "-batch", "-"),
        """
        link add script0 up address 02:42:01:02:03:04 type bridge
        addr add 10.99.0.1/16 dev script0
        """);
    if (withPort) {
      batch(List.of("nft", "-f", "-"), RULES);
    }
    for (int i = 0; i < present; i++) {
      attach();
    }
  }

  @Override
  public long attach() throws IOException {
    int number = numbers.next();
    String name = Numbered.name(number);
    String address = Numbered.address(number);
    long start = System.nanoTime();
    batch(
        List.of("ip", "-batch", "-"),
        """
        netns add %1$s
        link add v%1$s up master script0 type veth peer name eth0 netns %1$s
        """
            .formatted(name));
    batch(
        List.of("ip", "-n", name, "-batch", "-"),
        """
        link set lo up
        link set eth0 up
        addr add %s/16 broadcast + dev eth0
        route add default via 10.99.0.1
        """
            .formatted(address));
    if (publishing) {
      batch(
          List.of("nft", "-f", "-"),
          "add element ip script ports { %d : %s . 80 }\n"
              .formatted(Numbered.port(number), address));
    }
    long took = System.nanoTime() - start;
    attached.push(number);
    return took;
  }

  @Override
  public long detach() throws IOException {
    int number = attached.pop();
    String name = Numbered.name(number);
    long start = System.nanoTime();
    if (publishing) {
      batch(
          List.of("nft", "-f", "-"),
          "delete element ip script ports { %d : %s . 80 }\n"
              .formatted(Numbered.port(number), Numbered.address(number)));
    }
    batch(List.of("ip", "-batch", "-"), "link del v%1$s\nnetns del %1$s\n".formatted(name));
    return System.nanoTime() - start;
  }

  @Override
  public void close() throws IOException {
    StringBuilder all = new StringBuilder();
    for (int number : attached) {
      all.append("netns del ").append(Numbered.name(number)).append('\n');
    }
    attached.clear();
    if (!all.isEmpty()) {
      batch(List.of("ip", "-batch", "-"), all.toString());
    }
  }
}
