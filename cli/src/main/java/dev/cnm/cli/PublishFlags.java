package dev.cnm.cli;

import dev.cnm.InvalidParameterException;
import dev.cnm.PortMapping;
import dev.cnm.SandboxOptions;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The options that say which ports are to be reached through the host. */
final class PublishFlags {

  @Option(
      names = {"-p", "--publish"},
      paramLabel = "PORT",
      description =
          "[HOSTIP:][HOSTPORT[-END]:]PORT[-END][/tcp|udp|sctp]: reach a port through the host; may"
              + " be repeated.")
  private List<String> published = new ArrayList<>();

  @Option(
      names = {"-P", "--publish-all"},
      description = "Reach every port of --expose through a free port of the host.")
  private boolean all;

  @Option(
      names = "--expose",
      paramLabel = "PORT",
      description = "PORT[-END][/tcp|udp|sctp]: a port for --publish-all; may be repeated.")
  private List<String> exposed = new ArrayList<>();

  /**
   * What is to be published.
   *
   * @param mode the network mode
   * @throws InvalidParameterException if that makes no sense, or can't be in this mode
   */
  List<PortMapping> mappings(NetworkChoice mode) {
    List<PortMapping> mappings = new ArrayList<>();
    published.forEach(it -> mappings.addAll(PortMapping.parse(it)));
    List<PortMapping> offered = exposed.stream().flatMap(it -> offered(it).stream()).toList();
    if (mode.sharesContainer() && (!published.isEmpty() || all)) {
      throw conflict("port publishing");
    }
    if (mode.sharesContainer() && !exposed.isEmpty()) {
      throw conflict("port exposing");
    }
    for (PortMapping port : all ? offered : List.<PortMapping>of()) {
      if (mappings.stream().noneMatch(it -> isSamePort(it, port))) {
        mappings.add(port);
      }
    }
    return mode.isPrivate() ? List.of() : SandboxOptions.defaults().withPorts(mappings).ports();
  }

  /** Says so if nothing can be published in this mode, as Docker does. */
  void warn(NetworkChoice mode) {
    if (mode.isPrivate() && (!published.isEmpty() || all)) {
      System.err.println(
          "WARNING: Published ports are discarded when using " + mode.network() + " network mode");
    }
  }

  /**
   * Reads {@code PORT[/PROTO]}.
   *
   * @throws InvalidParameterException if it is anything else
   */
  static PortMapping port(String text) {
    List<PortMapping> ports = offered(text);
    if (ports.size() != 1) {
      throw new InvalidParameterException("invalid port: " + text + " is not PORT[/PROTO]");
    }
    return ports.getFirst();
  }

  private static List<PortMapping> offered(String text) {
    if (text.indexOf(':') >= 0 || text.indexOf('=') >= 0) {
      throw new InvalidParameterException("invalid port: " + text + " has no place on the host");
    }
    return PortMapping.parse(text);
  }

  private static boolean isSamePort(PortMapping one, PortMapping other) {
    return one.containerPort() == other.containerPort() && one.protocol() == other.protocol();
  }

  private static InvalidParameterException conflict(String what) {
    return new InvalidParameterException(
        "conflicting options: " + what + " and the container type network mode");
  }
}
