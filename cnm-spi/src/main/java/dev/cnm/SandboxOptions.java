package dev.cnm;

import dev.cnm.spi.SandboxSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a sandbox is to be. A value; safe to share.
 *
 * @param source where its network stack comes from; {@link SandboxSource.Fresh} unless said
 *     otherwise
 * @param pin where a fresh namespace is to be bound in the file system, so that it can be entered
 *     by path from other processes and outlives this one; the file must not exist, its folder must
 * @param sysctls settings below {@code net.} for a fresh namespace, such as {@code
 *     net.ipv4.ip_unprivileged_port_start} to {@code 0}, sorted by key
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

  private static final SandboxOptions DEFAULTS = of(SandboxSource.fresh());

  /**
   * Copies what can change, and checks the sysctl names.
   *
   * @throws InvalidParameterException if one is not of the form {@code net.a.b}, or two ports want
   *     the same port of the host
   */
  public SandboxOptions {
    for (String key : sysctls.keySet()) {
      if (!key.matches("net(?:\\.[a-zA-Z0-9_-]++)++")) {
        throw new InvalidParameterException("invalid sysctl for a network namespace: " + key);
      }
    }
    sysctls = NetworkOptions.sorted(sysctls);
    ports = List.copyOf(ports);
    requireNoCollision(ports);
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
