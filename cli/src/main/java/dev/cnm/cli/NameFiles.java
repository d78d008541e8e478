package dev.cnm.cli;

import dev.cnm.Endpoint;
import dev.cnm.IpPrefix;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The files {@code hosts}, {@code hostname} and {@code resolv.conf} of a container. */
final class NameFiles {

  private static final String LOCALHOST =
      """
      127.0.0.1\tlocalhost
      ::1\tlocalhost ip6-localhost ip6-loopback
      fe00::0\tip6-localnet
      ff00::0\tip6-mcastprefix
      ff02::1\tip6-allnodes
      ff02::2\tip6-allrouters
      """;

  private NameFiles() {}

  /** Writes those of a container with these addresses. */
  static void write(Path folder, String hostname, List<InetAddress> addresses) throws IOException {
    StringBuilder hosts = new StringBuilder(LOCALHOST);
    for (InetAddress address : addresses) {
      hosts.append(IpPrefix.text(address)).append('\t').append(hostname).append('\n');
    }
    write(folder.resolve("hosts"), hosts.toString());
    write(folder.resolve("hostname"), hostname + "\n");
    write(folder.resolve("resolv.conf"), resolvers());
  }

  /** Adds the addresses of a network that the container has been connected to. */
  static void connected(Path folder, String hostname, Endpoint endpoint) throws IOException {
    Path hosts = folder.resolve("hosts");
    Files.write(hosts, linesOf(hostname, endpoint), StandardOpenOption.APPEND);
  }

  /** Removes the addresses of a network that the container has been disconnected from. */
  static void disconnected(Path folder, String hostname, Endpoint endpoint) throws IOException {
    Path hosts = folder.resolve("hosts");
    List<String> lines = new ArrayList<>(Files.readAllLines(hosts));
    lines.removeAll(linesOf(hostname, endpoint));
    // In place, since the file is mounted.
    Files.write(hosts, lines);
  }

  private static List<String> linesOf(String hostname, Endpoint endpoint) {
    return Stream.of(endpoint.ipv4(), endpoint.ipv6())
        .flatMap(Optional::stream)
        .map(it -> IpPrefix.text(it.address()) + "\t" + hostname)
        .toList();
  }

  /** Copies the host's own. */
  static void copyOfHost(Path folder, String hostname) throws IOException {
    for (String name : List.of("hosts", "resolv.conf")) {
      Path host = Path.of("/etc", name);
      write(folder.resolve(name), Files.exists(host) ? Files.readString(host) : "");
    }
    write(folder.resolve("hostname"), hostname + "\n");
  }

  /** For everybody to read inside; outside, the folder is private. */
  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }

  /** Those of another container, the very same files: what changes in one changes in both. */
  static void share(Path from, Path folder) throws IOException {
    for (String name : Inside.FILES) {
      Files.createLink(folder.resolve(name), from.resolve(name));
    }
  }

  /**
   * The host's, without name servers on its loopback link, which can't be reached from inside; when
   * none is left, Google's, as Docker does.
   */
  private static String resolvers() throws IOException {
    Path host = Path.of("/etc/resolv.conf");
    List<String> lines = new ArrayList<>();
    boolean anyServer = false;
    if (Files.exists(host)) {
      for (String line : Files.readAllLines(host, StandardCharsets.UTF_8)) {
        String[] words = line.strip().split("\\s+");
        if (words[0].equals("nameserver") && words.length > 1) {
          if (words[1].startsWith("127.") || words[1].equals("::1")) {
            continue;
          }
          anyServer = true;
        }
        lines.add(line);
      }
    }
    if (!anyServer) {
      lines.add("nameserver 8.8.8.8");
      lines.add("nameserver 8.8.4.4");
    }
    return String.join("\n", lines) + "\n";
  }
}
