package dev.cnm.endurance.races;

import dev.cnm.CnmException;
import dev.cnm.ControllerOptions;
import dev.cnm.Endpoint;
import dev.cnm.MacAddress;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import dev.cnm.PortMapping;
import dev.cnm.Sandbox;
import dev.cnm.SandboxOptions;
import dev.cnm.cli.state.SqliteStore;
import dev.cnm.controller.LocalController;
import dev.cnm.controller.state.MemoryStateStore;
import dev.cnm.controller.state.StateStore;
import dev.cnm.endurance.report.Host;
import dev.cnm.endurance.report.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Threads of one program, and processes of the command, that make, join, publish, connect, leave
 * and delete on the same few networks, which they make and delete as well.
 */
public final class Races {

  private static final int NETWORKS = 6;

  /** Ports that many want at the same time. */
  private static final int WANTED_PORTS = 8;

  private final Path folder;
  private final List<List<String>> rows = new ArrayList<>();
  private final Map<String, LongAdder> refusals = new ConcurrentSkipListMap<>();
  private final Set<String> wrong = new ConcurrentSkipListSet<>();

  private Races(Path folder) {
    this.folder = folder;
  }

  /**
   * Runs it.
   *
   * @param folder of the run's own
   * @param each how long each part goes on
   */
  public static Page run(Path folder, Duration each) throws Exception {
    Races races = new Races(folder);
    races.threads("64 threads, records in memory", new MemoryStateStore(), each);
    races.threads(
        "64 threads, records in SQLite", SqliteStore.open(folder.resolve("races.db")), each);
    races.processes("8 processes of the command", each);
    Page page =
        new Page(
            "Many at once",
            "All make, join, publish, connect, disconnect, leave and delete on the same six"
                + " networks, and make and delete these. Two that have the same address, MAC"
                + " address, port or name at the same time are a duplicate; left is what is there"
                + " once everything is deleted.");
    page.table(List.of("", "seconds", "operations", "refused", "duplicates", "wrong"), races.rows);
    List<List<String>> kinds = new ArrayList<>();
    races.refusals.forEach((kind, count) -> kinds.add(List.of(kind, "" + count.sum())));
    page.table(List.of("refused with", "times"), kinds);
    page.list("Wrong", List.copyOf(races.wrong));
    races.wrong.forEach(it -> System.out.println("wrong: " + it));
    return page;
  }

  /** What is somebody's at this moment. */
  private final class Holdings {
    private final Map<String, String> owners = new ConcurrentHashMap<>();
    private final AtomicLong duplicates = new AtomicLong();

    void take(String what, String owner) {
      String other = owners.putIfAbsent(what, owner);
      if (other != null && !other.equals(owner)) {
        duplicates.incrementAndGet();
        wrong.add(what + " is " + other + "'s and " + owner + "'s");
      }
    }

    void giveUp(String what, String owner) {
      boolean _ = owners.remove(what, owner);
    }
  }

  private void threads(String name, StateStore store, Duration duration) throws Exception {
    // What is made once and stays, such as the firewall's table.
    try (LocalController first =
        LocalController.open(
            ControllerOptions.defaults().withoutAdoption(), new MemoryStateStore())) {
      Network network = first.newNetwork("bridge", "first", NetworkOptions.defaults());
      network.createEndpoint("first").join(first.newSandbox("first"));
    }
    long links = Host.links();
    long elements = Host.elements();
    long namespaces = Host.namespaces();
    Holdings holdings = new Holdings();
    LongAdder operations = new LongAdder();
    LongAdder refused = new LongAdder();
    int before = wrong.size();
    try (LocalController controller =
        LocalController.open(ControllerOptions.defaults().withoutAdoption(), store)) {
      long end = System.nanoTime() + duration.toNanos();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        Racer racer = new Racer(controller, i, holdings, operations, refused);
        threads.add(
            Thread.ofPlatform()
                .name("racer-" + i)
                .daemon()
                .start(() -> {
                  while (System.nanoTime() < end) {
                    racer.round();
                  }
                }));
      }
      for (Thread thread : threads) {
        if (!thread.join(duration.plusSeconds(120))) {
          wrong.add(thread.getName() + " hangs at " + List.of(thread.getStackTrace()));
        }
      }
      for (Sandbox sandbox : controller.sandboxes()) {
        sandbox.delete();
      }
      controller.awaitRemovals();
      for (Network network : controller.networks()) {
        for (Endpoint endpoint : network.endpoints()) {
          endpoint.delete();
        }
        if (!network.predefined()) {
          network.delete();
        }
      }
    }
    left(name, "links", links, Host.links());
    left(name, "elements of the firewall", elements, Host.elements());
    left(name, "namespaces", namespaces, Host.namespaces());
    row(name, duration, operations.sum(), refused.sum(), holdings.duplicates.get(), before);
  }

  private void left(String name, String what, long before, long after) {
    if (after > before) {
      wrong.add(name + ": " + (after - before) + " " + what + " are left");
    }
  }

  private void row(
      String name, Duration duration, long operations, long refused, long duplicates, int before) {
    rows.add(
        List.of(
            name,
            "" + duration.toSeconds(),
            "" + operations,
            "" + refused,
            "" + duplicates,
            "" + (wrong.size() - before)));
    System.out.println(rows.getLast());
  }

  /** A refusal without what differs from one to the next. */
  private static String kind(Throwable failure) {
    String text =
        String.valueOf(failure.getMessage())
            .replaceAll("[0-9a-f]{12,64}", "ID")
            .replaceAll("\\b(t|s|n|e)[0-9]+(-[0-9]+)*\\b", "NAME")
            .replaceAll("\\d+\\.\\d+\\.\\d+\\.\\d+(:\\d+)?(/\\d+)?", "ADDRESS")
            .replaceAll("(NAME(-N)?, )+", "")
            .replaceAll("\\d+", "N");
    return failure.getClass().getSimpleName()
        + ": "
        + (text.length() < 160 ? text : text.substring(0, 160) + "…");
  }

  /** One of the threads. */
  private final class Racer {
    private final LocalController controller;
    private final int number;
    private final Holdings holdings;
    private final LongAdder operations;
    private final LongAdder refused;
    private final SplittableRandom random;
    private int round;

    Racer(
        LocalController controller,
        int number,
        Holdings holdings,
        LongAdder operations,
        LongAdder refused) {
      this.controller = controller;
      this.number = number;
      this.holdings = holdings;
      this.operations = operations;
      this.refused = refused;
      random = new SplittableRandom(number);
    }

    @FunctionalInterface
    interface Step {
      void run() throws Exception;
    }

    private boolean attempt(Step step) {
      operations.increment();
      try {
        step.run();
        return true;
      } catch (CnmException | IOException e) {
        refused.increment();
        refusals.computeIfAbsent(kind(e), key -> new LongAdder()).increment();
      } catch (Throwable e) {
        wrong.add("undocumented: " + kind(e) + " at " + List.of(e.getStackTrace()).getFirst());
      }
      return false;
    }

    private Network network() throws IOException {
      String name = "n" + random.nextInt(NETWORKS);
      return controller.networkByName(name).isPresent()
          ? controller.network(name)
          : controller.newNetwork("bridge", name, NetworkOptions.defaults());
    }

    void round() {
      round++;
      String name = random.nextInt(8) == 0 ? "s" + random.nextInt(4) : "t" + number + "-" + round;
      String me = "t" + number;
      PortMapping port =
          PortMapping.tcp(random.nextBoolean() ? 0 : 20_000 + random.nextInt(WANTED_PORTS), 80);
      List<Sandbox> mine = new ArrayList<>();
      if (!attempt(
          () ->
              mine.add(
                  controller.newSandbox(
                      name, SandboxOptions.defaults().withPorts(List.of(port)))))) {
        return;
      }
      holdings.take("name " + name, me);
      Sandbox sandbox = mine.getFirst();
      List<String> held = new ArrayList<>();
      List<Endpoint> joined = new ArrayList<>();
      for (int i = 0; i < 1 + random.nextInt(2); i++) {
        attempt(() -> {
          Endpoint endpoint = network().createEndpoint(name + "-" + joined.size());
          joined.add(endpoint);
          take(held, me, "address " + endpoint.ipv4().orElseThrow());
          take(held, me, "MAC " + endpoint.mac().map(MacAddress::toString).orElseThrow());
          endpoint.join(sandbox);
        });
      }
      // While a default route moves to another endpoint, the ports are nobody's.
      attempt(() ->
          sandbox
              .portBindings()
              .forEach(it -> take(held, me, "port " + it.protocol() + "/" + it.host())));
      if (!joined.isEmpty() && random.nextBoolean()) {
        Endpoint endpoint = joined.getLast();
        held.stream().filter(it -> it.startsWith("port ")).forEach(it -> holdings.giveUp(it, me));
        attempt(() -> {
          holdings.giveUp("address " + endpoint.ipv4().orElseThrow(), me);
          holdings.giveUp("MAC " + endpoint.mac().map(MacAddress::toString).orElseThrow(), me);
          endpoint.leave();
          endpoint.delete();
        });
      }
      held.forEach(it -> holdings.giveUp(it, me));
      holdings.giveUp("name " + name, me);
      attempt(sandbox::delete);
      for (Endpoint endpoint : joined) {
        // One that could not join is still there.
        if (controller.networkById(endpoint.network().id()).isPresent()
            && endpoint.network().endpointByName(endpoint.name()).isPresent()) {
          attempt(endpoint::delete);
        }
      }
      if (random.nextInt(6) == 0) {
        attempt(() -> network().delete());
      }
    }

    private void take(List<String> held, String me, String what) {
      holdings.take(what, me);
      held.add(what);
    }
  }

  private void processes(String name, Duration duration) throws Exception {
    int before = wrong.size();
    Path root = Files.createDirectories(folder.resolve("commands"));
    Path held = Files.createDirectories(root.resolve("held"));
    String script =
        """
        for i in $(seq 100000); do
          [ "$(date +%s)" -lt "$END" ] || break
          n=n$((($RANDOM_SEED + i * 7) % 3))
          case $((($RANDOM_SEED + i) % 5)) in
            0) "$CNM" network create $n ;;
            1) "$CNM" network rm $n ;;
            *) "$CNM" run --net $n -p $((21000 + i % 3)):80 -- sh -c '
                 set -- $(ip -4 -o addr show eth0)
                 a=$(echo $4 | tr / _)
                 mkdir "$HELD/$a" || echo "DUPLICATE $a"
                 sleep 0.1
                 rmdir "$HELD/$a"' ;;
          esac
          echo "CODE $?"
        done
        """;
    List<Process> all = new ArrayList<>();
    long end = System.currentTimeMillis() / 1000 + duration.toSeconds();
    for (int i = 0; i < 8; i++) {
      ProcessBuilder one = new ProcessBuilder("bash", "-c", script).redirectErrorStream(true);
      one.environment()
          .putAll(
              Map.of(
                  "CNM", Path.of("cnm").toAbsolutePath().toString(),
                  "CNM_ROOT", root.toString(),
                  "HELD", held.toString(),
                  "END", "" + end,
                  "RANDOM_SEED", "" + i,
                  "JAVA_HOME", System.getProperty("java.home")));
      one.redirectOutput(folder.resolve("commands-" + i).toFile());
      all.add(one.start());
    }
    for (Process one : all) {
      int _ = one.waitFor();
    }
    long operations = 0;
    long refused = 0;
    long duplicates = 0;
    Map<String, Long> codes = new TreeMap<>();
    for (int i = 0; i < 8; i++) {
      for (String line : Files.readAllLines(folder.resolve("commands-" + i))) {
        if (line.startsWith("CODE ")) {
          operations++;
          long _ = codes.merge(line, 1L, Long::sum);
        } else if (line.startsWith("DUPLICATE")) {
          duplicates++;
          wrong.add(name + ": " + line);
        } else if (line.startsWith("cnm: ")) {
          refused++;
          refusals
              .computeIfAbsent(kind(new IOException(line.substring(5))), key -> new LongAdder())
              .increment();
        } else if (!line.matches("[0-9a-f]{64}|n[0-9]")) {
          wrong.add(name + " says: " + line);
        }
      }
    }
    for (String code : codes.keySet()) {
      if (!Set.of("CODE 0", "CODE 1", "CODE 125").contains(code)) {
        wrong.add(name + ": " + codes.get(code) + " times " + code);
      }
    }
    for (int i = 0; i < 3; i++) {
      ProcessBuilder last =
          new ProcessBuilder("./cnm", "--root", root.toString(), "network", "rm", "n" + i);
      int _ =
          last.redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor();
    }
    if (!Host.run("ip", "-o", "link", "show", "type", "veth").isEmpty()) {
      wrong.add(name + ": there are links left");
    }
    row(name, duration, operations, refused, duplicates, before);
  }
}
