package dev.cnm.controller.dns;

import dev.cnm.IpPrefix;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** The lines of a sandbox's hosts file (hosts(5)), as Docker writes them. */
public final class HostsFile {

  private static final String LOOPBACK = "127.0.0.1\tlocalhost";

  private static final List<String> LOOPBACK_IPV6 =
      List.of(
          "::1\tlocalhost ip6-localhost ip6-loopback",
          "fe00::0\tip6-localnet",
          "ff00::0\tip6-mcastprefix",
          "ff02::1\tip6-allnodes",
          "ff02::2\tip6-allrouters");

  private HostsFile() {}

  /** A line that gives an address to a name, and to nothing else. */
  public static String line(InetAddress address, String name) {
    return IpPrefix.text(address) + '\t' + name;
  }

  /** One of the sandbox's own: its host name, and the first part of it as a second name. */
  private static String ownLine(InetAddress address, String hostname) {
    return line(address, ownNames(hostname));
  }

  private static String ownNames(String hostname) {
    int dot = hostname.indexOf('.');
    return dot < 0 ? hostname : hostname + ' ' + hostname.substring(0, dot);
  }

  /**
   * A new file.
   *
   * @param ipv6 whether the loopback link has its IPv6 address
   * @param extra lines to come before the sandbox's own
   */
  public static String create(
      boolean ipv6, List<String> extra, String hostname, List<InetAddress> addresses) {
    List<String> lines = new ArrayList<>(List.of(LOOPBACK));
    if (ipv6) {
      lines.addAll(LOOPBACK_IPV6);
    }
    lines.addAll(extra);
    addresses.forEach(address -> lines.add(ownLine(address, hostname)));
    return String.join("\n", lines) + '\n';
  }

  /**
   * The file with the sandbox's own lines as they are now; all others, and their order, stay octet
   * for octet.
   *
   * @param extra lines with the same name that are none of an interface
   */
  public static String update(
      String file, List<String> extra, String hostname, List<InetAddress> addresses) {
    List<String> wanted =
        new ArrayList<>(addresses.stream().map(address -> ownLine(address, hostname)).toList());
    List<String> lines = new ArrayList<>();
    for (String line : file.split("\n", -1)) {
      boolean others = !isOwn(line, hostname) || extra.contains(line);
      if (wanted.remove(line) || others) {
        lines.add(line);
      }
    }
    // What follows the last line's end is empty, unless that line has none.
    if (lines.isEmpty() || !lines.getLast().isEmpty()) {
      lines.add("");
    }
    lines.addAll(lines.size() - 1, wanted);
    return String.join("\n", lines);
  }

  private static boolean isOwn(String line, String hostname) {
    int tab = line.indexOf('\t');
    return tab > 0
        && line.substring(tab + 1).equals(ownNames(hostname))
        && !line.equals(LOOPBACK)
        && !LOOPBACK_IPV6.contains(line);
  }
}
