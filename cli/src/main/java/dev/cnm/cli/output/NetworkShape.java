package dev.cnm.cli.output;

import dev.cnm.AddressPool;
import dev.cnm.Endpoint;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.MacAddress;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import dev.cnm.cli.json.JsonText;
import dev.cnm.cli.state.Container;
import java.net.InetAddress;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A network as {@code docker network} shows it. */
public final class NetworkShape {

  /** The filters of {@code network ls}. */
  public static final List<String> FILTERS =
      List.of("dangling", "driver", "id", "label", "name", "scope", "type");

  /** The titles of {@code network ls}. */
  public static final Map<String, String> TITLES = titles();

  /** The columns of {@code network ls}. */
  public static final List<String> COLUMNS = List.of("ID", "Name", "Driver", "Scope");

  private static final int SHORT_ID = 12;
  private static final String SCOPE = "local";

  /** Go's default for a time, which Docker prints here. */
  private static final DateTimeFormatter GO_TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS xx 'UTC'").withZone(ZoneOffset.UTC);

  private NetworkShape() {}

  private static Map<String, String> titles() {
    Map<String, String> titles = new LinkedHashMap<>();
    titles.put("ID", "NETWORK ID");
    titles.put("Name", "NAME");
    titles.put("Driver", "DRIVER");
    titles.put("Scope", "SCOPE");
    titles.put("IPv4", "IPV4");
    titles.put("IPv6", "IPV6");
    titles.put("Internal", "INTERNAL");
    titles.put("Labels", "LABELS");
    titles.put("CreatedAt", "CREATED AT");
    return Collections.unmodifiableMap(titles);
  }

  static String time(Instant instant) {
    return GO_TIME.format(instant);
  }

  /** Whether it only carries the sharing of a container's stack, and is nobody's to see. */
  public static boolean hidden(Network network) {
    return network.name().indexOf(':') >= 0;
  }

  /**
   * Whether the filters of {@link #FILTERS} let it through.
   *
   * @throws InvalidParameterException if a filter's value makes no sense
   */
  public static boolean passes(Network network, Filters filters) {
    NetworkOptions options = network.options();
    return filters.any("type", it -> isOfType(network, it))
        && filters.flag("dangling", () -> !network.predefined() && network.endpoints().isEmpty())
        && filters.equal("driver", network.type())
        && filters.equal("scope", SCOPE)
        && filters.found("id", network.id())
        && filters.found("name", network.name())
        && filters.labels(options.labels());
  }

  private static boolean isOfType(Network network, String wanted) {
    return switch (wanted) {
      case "builtin" -> network.predefined();
      case "custom" -> !network.predefined();
      default -> throw Filters.invalid("type", wanted, "it can be builtin or custom");
    };
  }

  /** Its row of {@code network ls}, with all fields of {@link #TITLES}. */
  public static Map<String, String> row(Network network, boolean wholeId) {
    NetworkOptions options = network.options();
    Map<String, String> row = new TreeMap<>();
    row.put("CreatedAt", time(network.created()));
    row.put("Driver", network.type());
    row.put("ID", wholeId ? network.id() : network.id().substring(0, SHORT_ID));
    row.put("IPv4", Boolean.toString(options.ipv4()));
    row.put("IPv6", Boolean.toString(options.ipv6()));
    row.put("Internal", Boolean.toString(options.internal()));
    row.put("Labels", labels(options.labels()));
    row.put("Name", network.name());
    row.put("Scope", SCOPE);
    return row;
  }

  static String labels(Map<String, String> labels) {
    return String.join(
        ",", labels.entrySet().stream().map(it -> it.getKey() + "=" + it.getValue()).toList());
  }

  /**
   * The object of {@code network inspect}, key by key.
   *
   * @param containers those that there are, by name
   */
  public static Map<String, @Nullable Object> inspect(
      Network network, Map<String, Container> containers) {
    NetworkOptions options = network.options();
    return JsonText.object(
        "Name",
        network.name(),
        "Id",
        network.id(),
        "Created",
        network.created().toString(),
        "Scope",
        SCOPE,
        "Driver",
        network.type(),
        "EnableIPv4",
        options.ipv4(),
        "EnableIPv6",
        options.ipv6(),
        "IPAM",
        JsonText.object(
            "Driver",
            options.ipamDriver(),
            "Options",
            network.predefined() ? null : options.ipamOptions(),
            "Config",
            pools(network.addressPools())),
        "Internal",
        options.internal(),
        "Attachable",
        false,
        "Ingress",
        false,
        "ConfigFrom",
        JsonText.object("Network", ""),
        "ConfigOnly",
        false,
        "Containers",
        members(network, containers),
        "Options",
        options.driverOptions(),
        "Labels",
        options.labels());
  }

  private static @Nullable List<Map<String, @Nullable Object>> pools(List<AddressPool> pools) {
    if (pools.isEmpty()) {
      return null;
    }
    List<Map<String, @Nullable Object>> configs = new ArrayList<>();
    for (AddressPool pool : pools) {
      Map<String, @Nullable Object> config = JsonText.object("Subnet", pool.subnet().toString());
      pool.ipRange().ifPresent(range -> config.put("IPRange", range.toString()));
      pool.gateway().ifPresent(gateway -> config.put("Gateway", IpPrefix.text(gateway)));
      if (!pool.auxiliaryAddresses().isEmpty()) {
        config.put("AuxiliaryAddresses", texts(pool.auxiliaryAddresses()));
      }
      configs.add(config);
    }
    return configs;
  }

  private static Map<String, String> texts(Map<String, InetAddress> addresses) {
    Map<String, String> texts = new TreeMap<>();
    addresses.forEach((name, address) -> texts.put(name, IpPrefix.text(address)));
    return texts;
  }

  /** The endpoints, by container, or by {@code ep-ID} where there is none. */
  private static Map<String, @Nullable Object> members(
      Network network, Map<String, Container> containers) {
    Map<String, @Nullable Object> members = new TreeMap<>();
    for (Endpoint endpoint : network.endpoints()) {
      // The command calls an endpoint by its container's name.
      Optional<Container> container = Optional.ofNullable(containers.get(endpoint.name()));
      members.put(
          container.map(Container::id).orElse("ep-" + endpoint.id()),
          JsonText.object(
              "Name",
              container.map(Container::name).orElse(endpoint.name()),
              "EndpointID",
              endpoint.id(),
              "MacAddress",
              endpoint.mac().map(MacAddress::toString).orElse(""),
              "IPv4Address",
              endpoint.ipv4().map(IpPrefix::toString).orElse(""),
              "IPv6Address",
              endpoint.ipv6().map(IpPrefix::toString).orElse("")));
    }
    return members;
  }
}
