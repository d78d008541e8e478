package dev.cnm.endurance.faults;

import dev.cnm.cli.InProcess;
import dev.cnm.cli.state.SqliteStore;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.controller.state.SandboxRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The host on which operations are tried, with one container that lives through all of them. It is
 * the network, mount and process namespace of this process, which are to be its own.
 */
final class Scene {

  /** What lives: an answer at a port of the host. */
  private static final List<String> LIVE =
      List.of(
          "run",
          "-d",
          "--name",
          "live",
          "--net",
          "web",
          "-p",
          "8081:80",
          "--",
          "socat",
          "TCP-LISTEN:80,fork,reuseaddr",
          "SYSTEM:echo hello");

  private static final int DELAY_MILLIS = 20;

  private final Path root;
  private final Decoder decoder;
  private final Set<Long> ours = ConcurrentHashMap.newKeySet();
  private @Nullable Program idle;

  /** Keeps everything below {@code folder}, which is this one's. */
  Scene(Path folder) throws IOException {
    root = Files.createDirectories(folder.resolve("root")).toRealPath();
    decoder = new Decoder(root);
    Files.createDirectories(root.resolveSibling("scratch"));
  }

  Path root() {
    return root;
  }

  Decoder decoder() {
    return decoder;
  }

  /** Starts a program that is not to be seen in {@link #picture}. */
  Program start(String... arguments) throws IOException {
    Program program = Program.start(root, decoder, List.of(arguments));
    ours.add(program.pid());
    return program;
  }

  /** One that has answered lines with commands before, or a new one. */
  Program commands() throws IOException {
    Program program = idle;
    idle = null;
    // One that had taken over a container may have been killed with it.
    return program != null && program.lives() ? program : start("lines", root.toString());
  }

  /** Keeps it for {@link #commands}. */
  void keep(Program program) throws IOException {
    if (idle != null) {
      idle.close();
    }
    idle = program;
  }

  /** Makes it as it is before any operation. */
  void prepare() throws IOException {
    clear();
    // What a caller of the library makes for itself.
    Files.createDirectories(root.resolve("containers").resolve("t3"));
    cnm("network", "create", "--subnet", "10.97.0.0/24", "web").succeeded();
    // So that the bridge of the predefined network is there already.
    command(List.of("run", "--net", "bridge", "--", "true"));
    command(LIVE);
    awaitLive();
  }

  private void awaitLive() throws IOException {
    for (int i = 0; i < 200 && !liveComplaint().isEmpty(); i++) {
      pause();
    }
  }

  /** Runs a command in this process. */
  InProcess.Answer cnm(String... arguments) {
    return InProcess.run(root, arguments);
  }

  /** Runs a command that starts others, and so in a process of its own. */
  String command(List<String> arguments) throws IOException {
    InProcess.Answer answer = apart(arguments);
    if (answer.code() != 0) {
      throw new IOException(arguments + ": " + answer.err());
    }
    return answer.out();
  }

  /** The same, whatever it says; for what must not be left in the name of this process, too. */
  InProcess.Answer apart(List<String> arguments) throws IOException {
    List<String> all = new ArrayList<>(Program.java(root, "dev.cnm.cli.Cnm"));
    all.addAll(arguments);
    Process process = Program.process(root, all).start();
    process.outputWriter().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      int code = process.waitFor();
      return new InProcess.Answer(out, Files.readString(root.resolveSibling("err")), code);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** Removes everything, by whatever does it. */
  void clear() throws IOException {
    idle = null;
    ours.clear();
    for (long pid : strangers()) {
      Seccomp.kill(pid);
    }
    for (int i = 0; i < 200 && !strangers().isEmpty(); i++) {
      pause();
    }
    for (String mount : mounts()) {
      run("umount", "-l", mount);
    }
    for (String line : run("ip", "-o", "link").lines().toList()) {
      String name = line.split("[: @]+")[1];
      if (!name.equals("lo")) {
        run("ip", "link", "del", name);
      }
    }
    run("nft", "flush", "ruleset");
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.equals(root)) {
          Files.delete(file);
        }
      }
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(DELAY_MILLIS);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** Runs one of the machine's own tools. */
  static String run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.outputWriter().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      int code = process.waitFor();
      return code == 0 ? out : out + "exit code " + code + "\n";
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** All processes of this namespace but its first and this one. */
  private static List<Long> strangers() throws IOException {
    long own = ProcessHandle.current().pid();
    List<Long> pids = new ArrayList<>();
    try (Stream<Path> all = Files.list(Path.of("/proc"))) {
      for (Path one : all.toList()) {
        String name = one.getFileName().toString();
        if (name.matches("[0-9]+") && !name.equals("1") && Long.parseLong(name) != own) {
          pids.add(Long.parseLong(name));
        }
      }
    }
    return pids;
  }

  private List<String> mounts() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
        .map(line -> line.split(" ")[4])
        .filter(it -> it.startsWith(root + "/"))
        .toList();
  }

  /**
   * What there is on the host and in the books, a line each: links, addresses, the ruleset, mounts,
   * files, processes and records.
   */
  List<String> picture() throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line : run("ip", "-o", "link").lines().toList()) {
      String[] words = line.split("\\s+");
      String master = line.contains(" master ") ? line.replaceAll(".* master (\\S+).*", "$1") : "";
      String mac = line.replaceAll(".*link/\\S+ (\\S+).*", "$1");
      String alias = line.contains(" alias ") ? line.replaceAll(".* alias ", "") : "";
      lines.add(
          "link "
              + words[1].replaceAll("[:@].*", "")
              + (words[2].contains(",UP") ? " up " : " down ")
              + master
              + " "
              + mac
              + " "
              + alias);
    }
    for (String line : run("ip", "-o", "addr").lines().toList()) {
      String[] words = line.split("\\s+");
      // The kernel's own comes when it wants.
      if (!words[3].startsWith("fe80:")) {
        lines.add("address " + words[1] + " " + words[3]);
      }
    }
    Arrays.stream(run("nft", "list", "ruleset").split("[,{}\n]|elements ="))
        .map(String::strip)
        .filter(it -> !it.isEmpty())
        .forEach(it -> lines.add("nft " + it));
    mounts().forEach(it -> lines.add("mount " + it));
    try (Stream<Path> files = Files.walk(root)) {
      files
          .map(it -> root.relativize(it).toString())
          // SQLite's own, which come and go with who has the store open.
          .filter(it -> !it.startsWith("state.db-"))
          .forEach(it -> lines.add("file " + it));
    }
    for (long pid : strangers()) {
      String said = commandLine(pid);
      if (!ours.contains(pid) && !said.isEmpty()) {
        lines.add("process " + pid + " " + said);
      }
    }
    lines.addAll(records());
    Collections.sort(lines);
    return lines;
  }

  private static String commandLine(long pid) {
    try {
      String[] words = Files.readString(Path.of("/proc/" + pid + "/cmdline")).split("\0");
      // What lives starts others for a moment.
      return words[0].isEmpty() || words[words.length - 1].endsWith("echo hello")
          ? ""
          : words[0] + " … " + words[words.length - 1];
    } catch (IOException e) {
      return "";
    }
  }

  private List<String> records() throws IOException {
    if (!Files.exists(root.resolve("state.db"))) {
      return List.of();
    }
    try (java.sql.Connection connection =
            java.sql.DriverManager.getConnection("jdbc:sqlite:" + root.resolve("state.db"));
        java.sql.Statement statement = connection.createStatement();
        java.sql.ResultSet rows = statement.executeQuery("select kind, json from record")) {
      List<String> lines = new ArrayList<>();
      while (rows.next()) {
        String json = rows.getString(2);
        // Who has last changed what is whole is of no account.
        lines.add(
            "record "
                + rows.getString(1)
                + " "
                + (json.contains("\"state\":\"READY\"")
                    ? json.replaceAll("\"owner\":\\{[^{}]*(\\{[^{}]*\\})?[^{}]*\\}", "")
                    : json));
      }
      return lines;
    } catch (java.sql.SQLException e) {
      throw new IOException(e);
    }
  }

  /**
   * How the picture differs from an earlier one, once it has had the time to become the same: the
   * kernel takes a namespace apart, and a killed process ends, some time after the request.
   *
   * @return a line for what is missing or too much; none if it is the same
   */
  List<String> difference(List<String> before, int millis) throws IOException {
    long deadline = System.nanoTime() + millis * 1_000_000L;
    while (true) {
      List<String> now = picture();
      List<String> lines = new ArrayList<>();
      List<String> more = new ArrayList<>(now);
      before.forEach(more::remove);
      more.forEach(it -> lines.add("+ " + it));
      List<String> fewer = new ArrayList<>(before);
      now.forEach(fewer::remove);
      fewer.forEach(it -> lines.add("- " + it));
      if (lines.isEmpty() || System.nanoTime() > deadline) {
        return lines;
      }
      pause();
    }
  }

  /** What is wrong with the container that lives; empty if nothing is. */
  String liveComplaint() throws IOException {
    String said = run("socat", "-u", "-T1", "TCP:127.0.0.1:8081,connect-timeout=1", "-");
    if (!said.equals("hello\n")) {
      return "the port of what lived doesn't answer: " + said;
    }
    String pinged = run("ping", "-c1", "-W1", "10.97.0.2");
    return pinged.contains(" 0% packet loss") ? "" : "what lived doesn't answer: " + pinged;
  }

  /** Where the books and the kernel disagree; empty if nowhere. */
  List<String> complaints() throws IOException {
    List<String> wrong = new ArrayList<>();
    List<NetworkRecord> networks;
    List<EndpointRecord> endpoints;
    List<SandboxRecord> sandboxes;
    try (SqliteStore store = SqliteStore.open(root.resolve("state.db"))) {
      networks = store.transaction(it -> it.load(NetworkRecord.class));
      endpoints = store.transaction(it -> it.load(EndpointRecord.class));
      sandboxes = store.transaction(it -> it.load(SandboxRecord.class));
    }
    for (NetworkRecord it : networks) {
      switch (it.state()) {
        case READY, DORMANT -> {}
        default -> wrong.add("network " + it.name() + " is " + it.state());
      }
    }
    for (EndpointRecord it : endpoints) {
      switch (it.state()) {
        case READY, JOINED -> {}
        default -> wrong.add("endpoint " + it.name() + " is " + it.state());
      }
    }
    for (SandboxRecord it : sandboxes) {
      if (it.state() != SandboxRecord.State.READY) {
        wrong.add("sandbox " + it.name() + " is " + it.state());
      }
    }
    List<String> bridged =
        networks.stream().filter(it -> it.type().equals("bridge")).map(NetworkRecord::id).toList();
    List<String> ends =
        endpoints.stream()
            .filter(it -> it.state() == EndpointRecord.State.JOINED)
            .filter(it -> bridged.contains(it.networkId()))
            .map(it -> "veth" + it.id().substring(0, 11))
            .sorted()
            .toList();
    List<String> links =
        run("ip", "-o", "link")
            .lines()
            .map(line -> line.split("[: @]+")[1])
            .filter(it -> it.startsWith("veth"))
            .sorted()
            .toList();
    if (!ends.equals(links)) {
      wrong.add("endpoints want the links " + ends + ", there are " + links);
    }
    return wrong;
  }
}
