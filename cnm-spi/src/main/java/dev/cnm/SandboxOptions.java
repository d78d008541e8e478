package dev.cnm;

import dev.cnm.spi.SandboxSource;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * How a sandbox is to be. A value; safe to share.
 *
 * @param source where its network stack comes from; {@link SandboxSource.Fresh} unless said
 *     otherwise
 * @param pin where a fresh namespace is to be bound in the file system, so that it can be entered
 *     by path from other processes and outlives this one; the file must not exist, its folder must
 * @param sysctls settings below {@code net.} for a fresh namespace, such as {@code
 *     net.ipv4.ip_unprivileged_port_start} to {@code 0}, sorted by key. One of an interface, such
 *     as {@code net.ipv4.conf.eth0.log_martians}, is set whenever an interface of that name joins,
 *     before it goes up; a dot in the interface's name is written {@code /}, as sysctl(8) has it,
 *     whose other way, {@code net/ipv4/conf/eth0.5/log_martians}, is read as well
 * @param ports those of a fresh stack that are to be reached through the host, wherever its default
 *     route leads
 * @param dns what it is called, and how it finds others by name; a stack that another sandbox has
 *     as well is looked after with that one
 */
public record SandboxOptions(
    SandboxSource source,
    Optional<Path> pin,
    SortedMap<String, String> sysctls,
    List<PortMapping> ports,
    DnsOptions dns) {

  private static final Pattern SYSCTL = Pattern.compile("net(?:\\.[a-zA-Z0-9_-][a-zA-Z0-9_/-]*)+");

  private static final SandboxOptions DEFAULTS = of(SandboxSource.fresh());

  /**
   * Copies what can change, and checks the sysctl names.
   *
   * @throws InvalidParameterException if one is not of the form {@code net.a.b}, or two ports want
   *     the same port of the host
   */
  public SandboxOptions {
    SortedMap<String, String> dotted = new TreeMap<>();
    sysctls.forEach((key, value) -> dotted.put(requireSysctl(key, value), value));
    sysctls = Collections.unmodifiableSortedMap(dotted);
    ports = withoutRepetition(ports);
    requireNoCollision(ports);
  }

  private static String requireSysctl(String key, String value) {
    boolean slashes = key.startsWith("net/");
    String dotted = slashes ? key.replace('.', '\0').replace('/', '.').replace('\0', '/') : key;
    if (!SYSCTL.matcher(dotted).matches()) {
      throw new InvalidParameterException(
          "invalid sysctl for a network namespace: "
              + key
              + "; only what begins with net. belongs to one");
    }
    // The kernel would take a line's end for the value's, and what is behind it for nothing.
    if (value.isBlank() || value.chars().anyMatch(c -> (c < ' ' && c != '\t') || c > '~')) {
      throw new InvalidParameterException("invalid value of sysctl " + key + ": \"" + value + '"');
    }
    return dotted;
  }

  /** A certain port mapped twice is the same as once; of those to choose from, each gets one. */
  private static List<PortMapping> withoutRepetition(List<PortMapping> ports) {
    Set<PortMapping> certain = new HashSet<>();
    return ports.stream()
        .filter(it -> it.hostPort() != it.hostPortEnd() || it.ephemeral() || certain.add(it))
        .toList();
  }

  private static void requireNoCollision(List<PortMapping> ports) {
    for (int i = 0; i < ports.size(); i++) {
      for (PortMapping later : ports.subList(i + 1, ports.size())) {
        if (ports.get(i).collidesWith(later)) {
          throw new InvalidParameterException(
              "the port mappings " + ports.get(i) + " and " + later + " collide");
        }
      }
    }
  }

  /** A network stack of its own, not bound in the file system. */
  public static SandboxOptions defaults() {
    return DEFAULTS;
  }

  /** The defaults with this source. */
  public static SandboxOptions of(SandboxSource source) {
    return new SandboxOptions(
        source, Optional.empty(), new TreeMap<>(), List.of(), DnsOptions.defaults());
  }

  /** These options with the namespace bound at {@code path}. */
  public SandboxOptions pinnedAt(Path path) {
    return new SandboxOptions(source, Optional.of(path), sysctls, ports, dns);
  }

  /** These options with the settings added. */
  public SandboxOptions withSysctls(Map<String, String> settings) {
    SortedMap<String, String> all = new TreeMap<>(sysctls);
    all.putAll(settings);
    return new SandboxOptions(source, pin, all, ports, dns);
  }

  /**
   * These options with other ports.
   *
   * {@snippet :
   * SandboxOptions.defaults().withPorts(List.of(PortMapping.tcp(8080, 80)));
   * }
   */
  public SandboxOptions withPorts(List<PortMapping> published) {
    return new SandboxOptions(source, pin, sysctls, published, dns);
  }

  /** These options with other names, servers and files. */
  public SandboxOptions withDns(DnsOptions names) {
    return new SandboxOptions(source, pin, sysctls, ports, names);
  }
}
