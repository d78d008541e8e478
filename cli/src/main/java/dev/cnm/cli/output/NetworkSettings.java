package dev.cnm.cli.output;

import dev.cnm.Endpoint;
import dev.cnm.EndpointOptions;
import dev.cnm.IpPrefix;
import dev.cnm.MacAddress;
import dev.cnm.Network;
import dev.cnm.Sandbox;
import dev.cnm.cli.json.JsonText;
import dev.cnm.cli.state.Container;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A container's part of the network, as {@code docker inspect} shows it. One that shares the stack
 * of another container is in no network itself.
 */
final class NetworkSettings {

  private final Container container;
  private final Optional<Sandbox> sandbox;
  private final List<Endpoint> endpoints;
  private final Ports ports;

  private NetworkSettings(
      Container container, Optional<Sandbox> sandbox, List<Endpoint> endpoints, Ports ports) {
    this.container = container;
    this.sandbox = sandbox;
    this.endpoints = endpoints;
    this.ports = ports;
  }

  static NetworkSettings of(Container container, Optional<Sandbox> sandbox) {
    List<Endpoint> own =
        sandbox.map(Sandbox::endpoints).orElse(List.of()).stream()
            .filter(it -> it.name().equals(container.name()) && !NetworkShape.hidden(it.network()))
            .toList();
    return new NetworkSettings(
        container,
        sandbox,
        own,
        new Ports(
            sandbox.map(Sandbox::ports).orElse(List.of()),
            own.stream().flatMap(it -> it.portBindings().stream()).toList()));
  }

  Ports ports() {
    return ports;
  }

  /** The names of its networks, sorted. */
  List<String> networks() {
    return endpoints.stream().map(it -> it.network().name()).sorted().toList();
  }

  /** Whether it is in the network of this name or whole id. */
  boolean isIn(String nameOrId) {
    return endpoints.stream()
        .map(Endpoint::network)
        .anyMatch(it -> it.name().equals(nameOrId) || it.id().equals(nameOrId));
  }

  Map<String, @Nullable Object> inspect() {
    Map<String, @Nullable Object> networks = new TreeMap<>();
    endpoints.forEach(it -> networks.put(it.network().name(), endpoint(it)));
    // What Docker shows beside the networks is what the one of the default network has.
    Optional<Endpoint> first =
        endpoints.stream().filter(it -> it.network().name().equals("bridge")).findFirst();
    return JsonText.object(
        "Bridge",
        "",
        "SandboxID",
        sandbox.map(Sandbox::id).orElse(""),
        "SandboxKey",
        sandbox.map(it -> it.key().toString()).orElse(""),
        "Ports",
        ports.bound(),
        "HairpinMode",
        false,
        "LinkLocalIPv6Address",
        "",
        "LinkLocalIPv6PrefixLen",
        0,
        "SecondaryIPAddresses",
        null,
        "SecondaryIPv6Addresses",
        null,
        "EndpointID",
        first.map(Endpoint::id).orElse(""),
        "Gateway",
        text(first.flatMap(Endpoint::gateway4)),
        "GlobalIPv6Address",
        address(first.flatMap(Endpoint::ipv6)),
        "GlobalIPv6PrefixLen",
        length(first.flatMap(Endpoint::ipv6)),
        "IPAddress",
        address(first.flatMap(Endpoint::ipv4)),
        "IPPrefixLen",
        length(first.flatMap(Endpoint::ipv4)),
        "IPv6Gateway",
        text(first.flatMap(Endpoint::gateway6)),
        "MacAddress",
        first.flatMap(Endpoint::mac).map(MacAddress::toString).orElse(""),
        "Networks",
        networks);
  }

  private Map<String, @Nullable Object> endpoint(Endpoint endpoint) {
    EndpointOptions options = endpoint.options();
    return JsonText.object(
        "IPAMConfig",
        ipam(options),
        "Links",
        null,
        "Aliases",
        options.aliases().isEmpty() ? null : options.aliases(),
        "MacAddress",
        endpoint.mac().map(MacAddress::toString).orElse(""),
        "DriverOpts",
        options.driverOptions().isEmpty() ? null : options.driverOptions(),
        "GwPriority",
        options.gatewayPriority(),
        "NetworkID",
        endpoint.network().id(),
        "EndpointID",
        endpoint.id(),
        "Gateway",
        text(endpoint.gateway4()),
        "IPAddress",
        address(endpoint.ipv4()),
        "IPPrefixLen",
        length(endpoint.ipv4()),
        "IPv6Gateway",
        text(endpoint.gateway6()),
        "GlobalIPv6Address",
        address(endpoint.ipv6()),
        "GlobalIPv6PrefixLen",
        length(endpoint.ipv6()),
        "DNSNames",
        names(endpoint.network(), options));
  }

  /** What was asked of IPAM; null if nothing was. */
  private static @Nullable Map<String, @Nullable Object> ipam(EndpointOptions options) {
    Map<String, @Nullable Object> asked = JsonText.object();
    options.ipv4().ifPresent(it -> asked.put("IPv4Address", IpPrefix.text(it)));
    options.ipv6().ifPresent(it -> asked.put("IPv6Address", IpPrefix.text(it)));
    if (!options.linkLocal().isEmpty()) {
      asked.put(
          "LinkLocalIPs",
          options.linkLocal().stream().map(it -> IpPrefix.text(it.address())).toList());
    }
    return asked.isEmpty() ? null : asked;
  }

  /** What it is called on a network that has names; null on another one. */
  private @Nullable List<String> names(Network network, EndpointOptions options) {
    if (network.predefined()) {
      return null;
    }
    Set<String> names = new LinkedHashSet<>();
    names.add(container.name());
    names.addAll(options.aliases());
    names.add(container.shortId());
    names.add(container.hostname());
    return new ArrayList<>(names);
  }

  private static String text(Optional<InetAddress> address) {
    return address.map(IpPrefix::text).orElse("");
  }

  private static String address(Optional<IpPrefix> prefix) {
    return text(prefix.map(IpPrefix::address));
  }

  private static int length(Optional<IpPrefix> prefix) {
    return prefix.map(IpPrefix::length).orElse(0);
  }
}
