package dev.cnm.controller.dns;

import dev.cnm.DnsOptions;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * What a resolv.conf says (resolv.conf(5)). A value; safe to share.
 *
 * @param servers addresses, in the order in which they are to be asked
 * @param search domains to look in
 * @param options such as {@code ndots:1}
 */
public record ResolvConf(List<InetAddress> servers, List<String> search, List<String> options) {

  /** Says nothing. */
  public static final ResolvConf EMPTY = new ResolvConf(List.of(), List.of(), List.of());

  static final String NDOTS = "ndots:";

  /** Copies the lists. */
  public ResolvConf {
    servers = List.copyOf(servers);
    search = List.copyOf(search);
    options = List.copyOf(options);
  }

  /**
   * Reads a file. Lines that it doesn't know are skipped, and of several search lines the last one
   * counts, as for the C library.
   *
   * @throws IOException if it can't be read
   */
  public static ResolvConf read(Path file) throws IOException {
    return parse(Files.readString(file, StandardCharsets.ISO_8859_1));
  }

  static ResolvConf parse(String text) {
    List<InetAddress> servers = new ArrayList<>();
    List<String> search = List.of();
    List<String> options = new ArrayList<>();
    for (String line : text.split("\n")) {
      List<String> words = List.of(line.strip().split("\\s+"));
      List<String> values = words.subList(1, words.size());
      switch (words.getFirst()) {
        case "nameserver" -> values.stream().limit(1).forEach(it -> addServer(servers, it));
        case "search", "domain" -> search = values;
        case "options" -> options.addAll(values);
        default -> {}
      }
    }
    return new ResolvConf(servers, search, options);
  }

  private static void addServer(List<InetAddress> servers, String text) {
    try {
      servers.add(IpPrefix.parseAddress(text));
    } catch (InvalidParameterException e) {
      // The C library skips it as well.
    }
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
        own.servers().isEmpty() ? servers : own.servers(),
        own.search().isEmpty()
            ? search
            : own.search().stream().filter(it -> !it.equals(".")).toList(),
        own.options().isEmpty() ? options : own.options());
  }
}
