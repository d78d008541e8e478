package dev.cnm.cli;

import dev.cnm.DnsOptions;
import dev.cnm.EndpointOptions;
import dev.cnm.ExtraHost;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what a container is called, and how it finds others by name. */
final class NameFlags {

  @Option(names = "--hostname", paramLabel = "NAME", description = "The host name inside.")
  private @Nullable String hostname;

  @Option(
      names = {"--network-alias", "--net-alias"},
      paramLabel = "NAME",
      description = "A further name in the first network; may be repeated.")
  private List<String> aliases = new ArrayList<>();

  @Option(
      names = "--dns",
      paramLabel = "ADDRESS",
      description = "A server to ask instead of the host's; may be repeated.")
  private List<String> servers = new ArrayList<>();

  @Option(
      names = "--dns-search",
      paramLabel = "DOMAIN",
      description = "A domain to look in instead of the host's, or . for none; may be repeated.")
  private List<String> search = new ArrayList<>();

  @Option(
      names = {"--dns-option", "--dns-opt"},
      paramLabel = "OPTION",
      description = "An option of resolv.conf(5) instead of the host's; may be repeated.")
  private List<String> options = new ArrayList<>();

  @Option(
      names = "--add-host",
      paramLabel = "NAME:ADDRESS",
      description = "A line of the hosts file, also NAME:host-gateway; may be repeated.")
  private List<String> hosts = new ArrayList<>();

  /**
   * A choice with the aliases added.
   *
   * @throws InvalidParameterException if the choice has some by itself, or one is no host name
   */
  NetworkChoice addTo(NetworkChoice choice) {
    if (aliases.isEmpty()) {
      return choice;
    }
    if (!choice.options().aliases().isEmpty()) {
      throw new InvalidParameterException(
          "conflicting options: cannot specify both --network-alias and the same in --network");
    }
    EndpointOptions.Builder all = choice.options().toBuilder();
    aliases.forEach(all::alias);
    return new NetworkChoice(choice.network(), all.build());
  }

  /**
   * What they say.
   *
   * @param mode the network mode
   * @throws InvalidParameterException if one makes no sense, or the container has the names of
   *     another one
   */
  DnsOptions dns(NetworkChoice mode) {
    if (mode.sharesContainer()) {
      requireNone("hostname", hostname == null);
      requireNone("dns", servers.isEmpty());
      requireNone("dns-search", search.isEmpty());
      requireNone("dns-option", options.isEmpty());
      requireNone("custom host-to-IP mapping", hosts.isEmpty());
    }
    DnsOptions.Builder dns = DnsOptions.builder();
    if (hostname != null) {
      dns.hostname(hostname);
    }
    for (String server : servers) {
      try {
        dns.server(IpPrefix.parseAddress(server));
      } catch (InvalidParameterException e) {
        throw new InvalidParameterException(
            "invalid DNS server: IP address is not correctly formatted: " + server);
      }
    }
    search.forEach(dns::search);
    options.forEach(dns::option);
    hosts.forEach(it -> dns.extraHost(ExtraHost.parse(it)));
    return dns.build();
  }

  private static void requireNone(String what, boolean none) {
    if (!none) {
      throw new InvalidParameterException("conflicting options: " + what + " and the network mode");
    }
  }
}
