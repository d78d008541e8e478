package dev.cnm.cli;

import dev.cnm.EndpointOptions;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.MacAddress;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A network to be in, and how.
 *
 * @param network a name, an id, or {@code container:NAME}
 * @param options of the endpoint there
 */
record NetworkChoice(String network, EndpointOptions options) {

  /**
   * Reads what {@code docker run --network} takes: a network, or fields such as {@code
   * name=web,alias=db,ip=10.1.0.9}, separated by commas; a field that holds commas stands in double
   * quotes, as in a CSV file (RFC 4180).
   *
   * @throws InvalidParameterException if it is anything else
   */
  static NetworkChoice parse(String text) {
    if (text.indexOf('=') < 0) {
      return new NetworkChoice(requireName(text, text), EndpointOptions.defaults());
    }
    EndpointOptions.Builder options = EndpointOptions.builder();
    Optional<String> name = Optional.empty();
    for (String field : fields(text)) {
      int equals = field.indexOf('=');
      if (equals <= 0) {
        throw new InvalidParameterException("invalid field \"" + field + "\" in " + text);
      }
      String key = field.substring(0, equals).strip().toLowerCase(Locale.ROOT);
      String value = field.substring(equals + 1).strip();
      if (key.equals("name")) {
        name = Optional.of(value);
      } else {
        set(options, key, value);
      }
    }
    return new NetworkChoice(requireName(name.orElse(""), text), options.build());
  }

  private static String requireName(String name, String text) {
    if (name.isEmpty()) {
      throw new InvalidParameterException("network name/id is not specified in \"" + text + '"');
    }
    return name.equals("default") ? "bridge" : name;
  }

  private static List<String> fields(String text) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' && quoted && i + 1 < text.length() && text.charAt(i + 1) == '"') {
        field.append(c);
        i++;
      } else if (c == '"' && (quoted || field.isEmpty())) {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    if (quoted) {
      throw new InvalidParameterException("a quote is left open in " + text);
    }
    fields.add(field.toString());
    return fields;
  }

  /**
   * Sets what the field or option of this name says.
   *
   * @throws InvalidParameterException if there is none, or it makes no sense
   */
  static void set(EndpointOptions.Builder options, String key, String value) {
    switch (key) {
      case "alias" -> options.alias(value);
      case "ip" -> options.address(address("IPv4", value, false));
      case "ip6" -> options.address(address("IPv6", value, true));
      case "mac-address" -> options.mac(MacAddress.parse(value));
      case "link-local-ip" ->
          options.linkLocal(address("link-local IP", value, value.indexOf(':') >= 0));
      case "driver-opt" -> {
        int equals = value.indexOf('=');
        if (equals <= 0) {
          throw new InvalidParameterException("invalid driver option " + value + ": no KEY=VALUE");
        }
        options.driverOption(value.substring(0, equals).strip(), value.substring(equals + 1));
      }
      case "gw-priority" -> {
        try {
          options.gatewayPriority(Integer.parseInt(value));
        } catch (NumberFormatException e) {
          throw new InvalidParameterException("invalid gw-priority: " + value);
        }
      }
      default -> throw new InvalidParameterException("invalid field key " + key);
    }
  }

  private static InetAddress address(String kind, String text, boolean ipv6) {
    InetAddress address;
    try {
      address = IpPrefix.parseAddress(text);
    } catch (InvalidParameterException e) {
      throw new InvalidParameterException("invalid " + kind + " address: " + text);
    }
    if (address.getAddress().length == 16 != ipv6) {
      throw new InvalidParameterException("invalid " + kind + " address: " + text);
    }
    return address;
  }

  /** Whether the network is a mode that allows no other one beside it. */
  boolean isPrivate() {
    return network.equals("none") || network.equals("host") || sharesContainer();
  }

  /** Whether it is the network stack of another container. */
  boolean sharesContainer() {
    return network.startsWith(Run.CONTAINER);
  }
}
