package dev.cnm.leakcheck;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What can be found on the machine of the tests of this JVM. Links and tables are those of the
 * machine's own network namespace, in which no test has any business; the rest is only what this
 * JVM, its children or their children have made, since other builds may run beside this one.
 *
 * @param found one line for each thing
 * @param sockets how many this process has open
 */
record Traces(Set<String> found, long sockets) {

  /** Set by the build for the test JVM, inherited by all that it starts. */
  private static final String SESSION = "CNM_TEST_SESSION";

  /** The JDK keeps one or two for itself once it has closed one (SocketDispatcher.preClose). */
  private static final int SOCKETS_OF_JDK = 2;

  private static final Pattern NAMESPACE = Pattern.compile("(net|mnt|uts|user):\\[\\d+]");

  static Traces now() throws IOException, InterruptedException {
    Set<String> found = new TreeSet<>();
    lines("link", found, "ip", "-o", "link", "show");
    lines("nftables", found, "nft", "list", "tables");
    mounts(found);
    processes(found);
    long sockets = descriptors(found);
    return new Traces(found, sockets);
  }

  /** What is here and not in {@code before}. */
  List<String> since(Traces before) {
    List<String> left = new ArrayList<>(found);
    left.removeAll(before.found);
    if (sockets > before.sockets + SOCKETS_OF_JDK) {
      left.add((sockets - before.sockets) + " open sockets in this process");
    }
    return left;
  }

  private static void lines(String kind, Set<String> found, String... command)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    for (String line : output.lines().toList()) {
      // Of a link its number and name: its flags may change.
      found.add(kind + " " + (kind.equals("link") ? line.split(": ")[1] : line));
    }
  }

  /** Those below a folder of this JVM: proc_pid_mountinfo(5), the fifth word. */
  private static void mounts(Set<String> found) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
      String point = line.split(" ")[4];
      if (point.contains("/" + OwnTempDirs.PREFIX)) {
        found.add("mount " + point);
      }
    }
  }

  private static void processes(Set<String> found) throws IOException {
    String session = System.getenv(SESSION);
    if (session == null) {
      return;
    }
    String mark = SESSION + "=" + session;
    try (Stream<Path> all = Files.list(Path.of("/proc"))) {
      for (Path process : all.filter(it -> isProcess(it.getFileName().toString())).toList()) {
        String command = commandIfMarked(process, mark);
        if (command != null) {
          found.add("process " + process.getFileName() + " " + command);
        }
      }
    }
  }

  private static boolean isProcess(String name) {
    return name.chars().allMatch(Character::isDigit)
        && Long.parseLong(name) != ProcessHandle.current().pid();
  }

  private static @Nullable String commandIfMarked(Path process, String mark) {
    try {
      String environment =
          Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1);
      return List.of(environment.split("\0")).contains(mark)
          ? Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1)
              .replace('\0', ' ')
              .strip()
          : null;
    } catch (IOException e) {
      // It has ended, or is another user's.
      return null;
    }
  }

  private static long descriptors(Set<String> found) throws IOException {
    long sockets = 0;
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path descriptor : all.toList()) {
        String target = target(descriptor);
        if (target.startsWith("socket:")) {
          sockets++;
        } else if (NAMESPACE.matcher(target).matches() && !isOwn(target)) {
          found.add("open descriptor of " + target);
        }
      }
    }
    return sockets;
  }

  /** The factory of namespaces keeps the one of the process open, to come back to. */
  private static boolean isOwn(String namespace) {
    String kind = namespace.substring(0, namespace.indexOf(':'));
    return target(Path.of("/proc/self/ns", kind)).equals(namespace);
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return "";
    }
  }
}
