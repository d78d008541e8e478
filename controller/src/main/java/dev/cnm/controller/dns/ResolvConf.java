package dev.cnm.controller.dns;

import dev.cnm.DnsOptions;
import dev.cnm.IpPrefix;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * What a resolv.conf says (resolv.conf(5)). A value; safe to share.
 *
 * @param servers in the order in which they are to be asked
 * @param search domains to look in
 * @param options such as {@code ndots:1}
 */
public record ResolvConf(List<NameServer> servers, List<String> search, List<String> options) {

  /** Says nothing. */
  public static final ResolvConf EMPTY = new ResolvConf(List.of(), List.of(), List.of());

  static final String NDOTS = "ndots:";

  private static final NameServer LOCAL = NameServer.of(IpPrefix.parseAddress("127.0.0.1"));

  /** Copies the lists. */
  public ResolvConf {
    servers = List.copyOf(servers);
    search = List.copyOf(search);
    options = List.copyOf(options);
  }

  /** Reads a file, as {@link HostFile#read} does. */
  public static ResolvConf read(Path file) {
    return parse(HostFile.read(file));
  }

  /**
   * Reads a file's text. Lines that it doesn't know are skipped, and so is what can be no address;
   * of several search lines the last one counts, and a comment may follow on a line, as for the C
   * library.
   */
  static ResolvConf parse(String text) {
    List<NameServer> servers = new ArrayList<>();
    List<String> search = List.of();
    List<String> options = new ArrayList<>();
    for (String line : text.split("\n")) {
      List<String> words = words(line);
      if (words.size() > 1) {
        List<String> values = words.subList(1, words.size());
        switch (words.getFirst()) {
          case "nameserver" -> NameServer.parse(values.getFirst()).ifPresent(servers::add);
          case "search", "domain" -> search = values;
          case "options" -> options.addAll(values);
          default -> {}
        }
      }
    }
    return new ResolvConf(servers, search, options);
  }

  /** Those before a comment; what is not printable is no part of one. */
  private static List<String> words(String line) {
    String told = line.split("[#;]", 2)[0];
    return Arrays.stream(told.split("[^!-~]+")).filter(it -> !it.isEmpty()).toList();
  }

  /** Whom the C library asks, which is the machine itself if nobody is named. */
  List<NameServer> asked() {
    return servers.isEmpty() ? List.of(LOCAL) : servers;
  }

  /**
   * The number of dots from which on a name is tried as it is first, if an option says so and the
   * number makes sense.
   */
  public OptionalInt ndots() {
    return options.stream()
        .filter(ResolvConf::isNdots)
        .mapToInt(it -> Integer.parseInt(it.substring(NDOTS.length())))
        .reduce((former, latter) -> latter);
  }

  static boolean isNdots(String option) {
    return option.matches("ndots:[0-9]{1,4}");
  }

  /** The same with what a sandbox has of its own instead. */
  ResolvConf with(DnsOptions own) {
    return new ResolvConf(
        own.servers().isEmpty() ? servers : own.servers().stream().map(NameServer::of).toList(),
        own.search().isEmpty()
            ? search
            : own.search().stream().filter(it -> !it.equals(".")).toList(),
        own.options().isEmpty() ? options : own.options());
  }
}
