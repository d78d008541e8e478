package dev.cnm.controller.dns;

import dev.cnm.IpPrefix;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The lines of a sandbox's hosts file (hosts(5)), as Docker writes them. */
public final class HostsFile {

  private static final List<String> LOCALHOST =
      List.of(
          "127.0.0.1\tlocalhost",
          "::1\tlocalhost ip6-localhost ip6-loopback",
          "fe00::0\tip6-localnet",
          "ff00::0\tip6-mcastprefix",
          "ff02::1\tip6-allnodes",
          "ff02::2\tip6-allrouters");

  private HostsFile() {}

  /** A line, with the first part of a name that has several as a second name. */
  public static String line(InetAddress address, String name) {
    return IpPrefix.text(address) + names(name);
  }

  private static String names(String name) {
    int dot = name.indexOf('.');
    return '\t' + (dot < 0 ? name : name + ' ' + name.substring(0, dot));
  }

  /**
   * A new file.
   *
   * @param extra lines to come before the sandbox's own
   */
  public static String create(List<String> extra, String hostname, List<InetAddress> addresses) {
    Stream<String> own = addresses.stream().map(address -> line(address, hostname));
    return text(Stream.of(LOCALHOST.stream(), extra.stream(), own).flatMap(it -> it).toList());
  }

  /**
   * The file with the sandbox's own lines as they are now; all others, and their order, stay.
   *
   * @param extra lines with the same name that are none of an interface
   */
  public static String update(
      String file, List<String> extra, String hostname, List<InetAddress> addresses) {
    List<String> wanted =
        new ArrayList<>(addresses.stream().map(address -> line(address, hostname)).toList());
    List<String> lines = new ArrayList<>();
    for (String line : file.lines().toList()) {
      boolean others = !isOwn(line, hostname) || extra.contains(line);
      if (wanted.remove(line) || others) {
        lines.add(line);
      }
    }
    lines.addAll(wanted);
    return text(lines);
  }

  private static boolean isOwn(String line, String hostname) {
    int tab = line.indexOf('\t');
    return tab > 0 && line.substring(tab).equals(names(hostname)) && !LOCALHOST.contains(line);
  }

  private static String text(List<String> lines) {
    return String.join("\n", lines) + '\n';
  }
}
