package dev.cnm.endurance.cycles;

import dev.cnm.ControllerOptions;
import dev.cnm.Endpoint;
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
import java.lang.management.ManagementFactory;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes a sandbox with an endpoint and published ports, joins it and deletes it, and asks a
 * resolver, thousands of times. What grows by more than chance from the first tenth to the end is
 * told.
 */
public final class Cycles {

  /** What may be added to the heap by one cycle, in bytes: less than any object that is kept. */
  private static final double MOST_BYTES = 8;

  /** The same of the process's whole memory, where the JVM has habits of its own. */
  private static final double MOST_RESIDENT_BYTES = 2_048;

  private final Path folder;
  private final List<List<String>> rows = new ArrayList<>();
  private final List<String> grown = new ArrayList<>();

  private Cycles(Path folder) {
    this.folder = folder;
  }

  /**
   * Runs it.
   *
   * @param cycles how many sandboxes come and go, in memory; a tenth of them in a file
   * @param questions how often a resolver is asked
   */
  public static Page run(Path folder, int cycles, int questions) throws Exception {
    Cycles all = new Cycles(folder);
    all.sandboxes("sandboxes, records in memory", new MemoryStateStore(), cycles);
    Path file = folder.resolve("cycles.db");
    all.sandboxes("sandboxes, records in SQLite", SqliteStore.open(file), cycles / 10);
    all.questions(questions);
    Page page =
        new Page(
            "The same thousands of times",
            "A cycle makes a sandbox with two published ports and an endpoint, joins and deletes"
                + " them, and deletes the sandbox once more; a question goes to a sandbox's"
                + " resolver. Each figure is what there is after a tenth of the cycles and at the"
                + " end, with everything deleted; the heap is what is left after a full"
                + " collection.");
    page.table(
        List.of(
            "",
            "cycles",
            "heap, bytes per cycle",
            "native, bytes per cycle",
            "threads",
            "descriptors",
            "namespaces",
            "links",
            "firewall elements",
            "connections",
            "store, bytes"),
        all.rows);
    page.list("Grew", all.grown);
    all.grown.forEach(it -> System.out.println("grew: " + it));
    return page;
  }

  private record Figures(
      long heap,
      long nativeBytes,
      long threads,
      long descriptors,
      long namespaces,
      long links,
      long elements,
      long connections,
      long store) {}

  private Figures figures() throws Exception {
    Path file = folder.resolve("cycles.db");
    return new Figures(
        heap(),
        nativeBytes(),
        Host.threads(),
        Host.descriptors(),
        Host.namespaces(),
        Host.links(),
        Host.elements(),
        Host.connections(),
        Files.exists(file) ? Files.size(file) : 0);
  }

  private static long heap() throws InterruptedException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      System.gc();
      Thread.sleep(50);
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  /** What the JVM has allocated outside the heap, by -XX:NativeMemoryTracking, or is resident. */
  private static long nativeBytes() throws Exception {
    String summary =
        String.valueOf(
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new javax.management.ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "vmNativeMemory",
                    new Object[] {new String[] {"summary", "scale=b"}},
                    new String[] {String[].class.getName()}));
    Matcher other = Pattern.compile("- +Other \\(reserved=(\\d+)").matcher(summary);
    return other.find() ? Long.parseLong(other.group(1)) : Host.residentKib() * 1024;
  }

  @FunctionalInterface
  private interface Cycle {
    void run(int number) throws Exception;
  }

  private void repeat(String name, int cycles, Cycle cycle, Callable<?> settle) throws Exception {
    int warm = cycles / 10;
    for (int i = 0; i < warm; i++) {
      cycle.run(i);
    }
    settle.call();
    Figures before = figures();
    for (int i = warm; i < cycles; i++) {
      cycle.run(i);
    }
    settle.call();
    Figures after = figures();
    double perCycle = (after.heap - before.heap) / (double) (cycles - warm);
    double nativePerCycle = (after.nativeBytes - before.nativeBytes) / (double) (cycles - warm);
    rows.add(
        List.of(
            name,
            "" + cycles,
            "%.1f".formatted(perCycle),
            "%.1f".formatted(nativePerCycle),
            fromTo(before.threads, after.threads),
            fromTo(before.descriptors, after.descriptors),
            fromTo(before.namespaces, after.namespaces),
            fromTo(before.links, after.links),
            fromTo(before.elements, after.elements),
            fromTo(before.connections, after.connections),
            fromTo(before.store, after.store)));
    System.out.println(rows.getLast());
    int counted = cycles - warm;
    // What the JVM and its libraries make once and late, by which a short run is all.
    long once = cycles < 5_000 ? 2 << 20 : 1 << 18;
    require(
        name + ": heap, bytes per cycle", after.heap - before.heap <= once + MOST_BYTES * counted);
    require(
        name + ": native memory, bytes per cycle",
        after.nativeBytes - before.nativeBytes <= 4 * once + MOST_RESIDENT_BYTES * counted);
    // Threads of pools come and go.
    require(name + ": threads", after.threads <= before.threads + 4);
    // Sockets of ports that were given back are closed a little later, many at a time.
    require(name + ": descriptors", after.descriptors <= before.descriptors + 64);
    require(name + ": namespaces", after.namespaces <= before.namespaces);
    require(name + ": links", after.links <= before.links);
    require(name + ": elements of the firewall", after.elements <= before.elements);
    require(name + ": connections", after.connections <= before.connections + 16);
    require(name + ": the store", after.store <= 2 * Math.max(before.store, 65_536));
  }

  private static String fromTo(long before, long after) {
    return before == after ? "" + before : before + " → " + after;
  }

  private void require(String what, boolean holds) {
    if (!holds) {
      grown.add(what);
    }
  }

  private void sandboxes(String name, StateStore store, int cycles) throws Exception {
    try (LocalController controller =
        LocalController.open(ControllerOptions.defaults().withoutAdoption(), store)) {
      Network web = controller.newNetwork("bridge", "web", NetworkOptions.subnet("10.97.0.0/24"));
      SandboxOptions options =
          SandboxOptions.defaults()
              .withPorts(List.of(PortMapping.tcp(0, 80), PortMapping.udp(0, 53)));
      repeat(
          name,
          cycles,
          number -> {
            Sandbox sandbox = controller.newSandbox("c" + number, options);
            Endpoint endpoint = web.createEndpoint("c" + number);
            endpoint.join(sandbox);
            sandbox.delete();
            try {
              sandbox.delete();
            } catch (dev.cnm.NotFoundException e) {
              // So it is.
            }
          },
          () -> {
            controller.awaitRemovals();
            return "";
          });
      web.delete();
    }
  }

  private void questions(int questions) throws Exception {
    try (LocalController controller =
        LocalController.open(
            ControllerOptions.defaults().withoutAdoption(), new MemoryStateStore())) {
      Network web = controller.newNetwork("bridge", "named", NetworkOptions.subnet("10.96.0.0/24"));
      Sandbox asking = controller.newSandbox("asking");
      web.createEndpoint("asking").join(asking);
      DatagramSocket socket = asking.call(DatagramSocket::new);
      socket.setSoTimeout(10_000);
      // A question for the address of "asking".
      byte[] question = {
        0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 6, 'a', 's', 'k', 'i', 'n', 'g', 0, 0, 1, 0, 1
      };
      DatagramPacket packet =
          new DatagramPacket(question, question.length, InetAddress.getByName("127.0.0.11"), 53);
      DatagramPacket answer = new DatagramPacket(new byte[512], 512);
      repeat(
          "questions to a resolver",
          questions,
          number -> {
            question[0] = (byte) (number >> 8);
            question[1] = (byte) number;
            socket.send(packet);
            socket.receive(answer);
            if ((answer.getData()[3] & 15) != 0) {
              throw new IOException("the resolver answers with an error");
            }
          },
          () -> "");
      socket.close();
      asking.delete();
      controller.awaitRemovals();
      web.delete();
    }
  }
}
