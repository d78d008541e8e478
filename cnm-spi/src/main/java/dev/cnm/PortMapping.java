package dev.cnm;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A port of a sandbox that is to be reached through the host. A value.
 *
 * @param hostAddress the host's address; when empty, what the network says, which is all addresses
 *     of both families unless it says otherwise
 * @param hostPort the host's port, or the first of those to choose from; 0 for any free one of the
 *     kernel's ephemeral ports ({@code ip_local_port_range} of ip(7))
 * @param hostPortEnd the last of those to choose from; the same as {@code hostPort} for that one
 * @param containerPort the sandbox's port; 1 to 65535
 * @param protocol of both
 */
public record PortMapping(
    Optional<InetAddress> hostAddress,
    int hostPort,
    int hostPortEnd,
    int containerPort,
    Protocol protocol) {

  private static final int MAX_PORT = 65_535;
  private static final String HOST_PORT = "host port";

  /**
   * Checks the ranges.
   *
   * @throws InvalidParameterException if a port is out of its range, or the range of host ports is
   *     reversed
   */
  public PortMapping {
    if (hostPort != 0 || hostPortEnd != 0) {
      requirePort(hostPort, HOST_PORT);
      requirePort(hostPortEnd, HOST_PORT);
      if (hostPortEnd < hostPort) {
        throw new InvalidParameterException(
            "invalid host port range: " + hostPort + "-" + hostPortEnd + " is reversed");
      }
    }
    requirePort(containerPort, "container port");
  }

  static void requirePort(int port, String what) {
    if (port < 1 || port > MAX_PORT) {
      throw new InvalidParameterException("invalid " + what + ": " + port + " is not 1 to 65535");
    }
  }

  /** This TCP port of the sandbox at this port of all addresses of the host. */
  public static PortMapping tcp(int hostPort, int containerPort) {
    return of(hostPort, containerPort, Protocol.TCP);
  }

  /** This UDP port of the sandbox at this port of all addresses of the host. */
  public static PortMapping udp(int hostPort, int containerPort) {
    return of(hostPort, containerPort, Protocol.UDP);
  }

  private static PortMapping of(int hostPort, int containerPort, Protocol protocol) {
    return new PortMapping(Optional.empty(), hostPort, hostPort, containerPort, protocol);
  }

  /** The same at this address of the host only. */
  public PortMapping at(InetAddress address) {
    return new PortMapping(Optional.of(address), hostPort, hostPortEnd, containerPort, protocol);
  }

  /** Whether the host's port may be any free one. */
  public boolean ephemeral() {
    return hostPort == 0;
  }

  /** Whether both want the same single port of the same protocol at an address that both have. */
  boolean collidesWith(PortMapping other) {
    return protocol == other.protocol
        && !ephemeral()
        && hostPort == hostPortEnd
        && other.hostPort == other.hostPortEnd
        && hostPort == other.hostPort
        && (everywhereFor(other)
            || other.everywhereFor(this)
            || hostAddress.equals(other.hostAddress));
  }

  private boolean everywhereFor(PortMapping other) {
    return hostAddress.isEmpty()
        || (hostAddress.get().isAnyLocalAddress()
            && other
                .hostAddress
                .filter(it -> it.getClass() != hostAddress.get().getClass())
                .isEmpty());
  }

  /**
   * Reads what {@code docker run -p} takes: {@code
   * [HOSTIP:][HOSTPORT[-END]:]PORT[-END][/tcp|udp|sctp]}, an IPv6 address in brackets, or {@code
   * published=…,target=…,protocol=…}. The host's port 0 stands for any free one. Two ranges are
   * paired port by port and give that many mappings; a range of host ports for one port gives one
   * mapping that takes a free one.
   *
   * @throws InvalidParameterException if it is anything else
   */
  public static List<PortMapping> parse(String text) {
    return text.indexOf('=') >= 0 ? new Spec(text).longForm() : new Spec(text).shortForm();
  }

  /** Ports from first to last; both 0 for none. */
  private record Range(int first, int last) {
    private static final Range NONE = new Range(0, 0);

    boolean isNone() {
      return first == 0;
    }

    int count() {
      return last - first + 1;
    }

    @Override
    public String toString() {
      return first == last ? Integer.toString(first) : first + "-" + last;
    }
  }

  /** A mapping as a person wrote it. */
  private record Spec(String text) {

    List<PortMapping> shortForm() {
      int slash = text.indexOf('/');
      Protocol protocol = slash < 0 ? Protocol.TCP : Protocol.parse(text.substring(slash + 1));
      String ports = slash < 0 ? text : text.substring(0, slash);
      int last = ports.lastIndexOf(':');
      Range container = range(ports.substring(last + 1), "container port");
      if (last < 0) {
        return mappings(Optional.empty(), Range.NONE, container, protocol);
      }
      String host = ports.substring(0, last);
      if (host.endsWith("]")) {
        throw invalid("a host address is followed by a host port, or by none: " + host + "::PORT");
      }
      int middle = host.lastIndexOf(':');
      String published = host.substring(middle + 1);
      Range hostPorts = published.isEmpty() ? Range.NONE : range(published, HOST_PORT);
      return mappings(
          middle < 0 ? Optional.empty() : Optional.of(address(host.substring(0, middle))),
          hostPorts,
          container,
          protocol);
    }

    List<PortMapping> longForm() {
      Map<String, String> fields = new HashMap<>();
      for (String field : text.split(",", -1)) {
        int equals = field.indexOf('=');
        String key = equals < 0 ? field : field.substring(0, equals).toLowerCase(Locale.ROOT);
        String value = equals < 0 ? "" : field.substring(equals + 1);
        if (value.isEmpty()) {
          throw invalid("the field " + field + " has no value");
        }
        if (!key.equals("published") && !key.equals("target") && !key.equals("protocol")) {
          throw invalid("unknown field " + key);
        }
        if (fields.put(key, value) != null) {
          throw invalid("the field " + key + " is given twice");
        }
      }
      String target = fields.get("target");
      if (target == null) {
        throw invalid("the field target is missing");
      }
      String published = fields.get("published");
      return mappings(
          Optional.empty(),
          published == null ? Range.NONE : range(published, HOST_PORT),
          range(target, "container port"),
          Protocol.parse(fields.getOrDefault("protocol", "tcp")));
    }

    private List<PortMapping> mappings(
        Optional<InetAddress> address, Range host, Range container, Protocol protocol) {
      List<PortMapping> mappings = new ArrayList<>(container.count());
      if (container.count() == 1) {
        mappings.add(new PortMapping(address, host.first, host.last, container.first, protocol));
        return mappings;
      }
      if (!host.isNone() && host.count() != container.count()) {
        throw invalid(
            "the ranges "
                + host
                + " of the host and "
                + container
                + " of the container differ in length");
      }
      for (int i = 0; i < container.count(); i++) {
        int port = host.isNone() ? 0 : host.first + i;
        mappings.add(new PortMapping(address, port, port, container.first + i, protocol));
      }
      return mappings;
    }

    private InetAddress address(String written) {
      boolean bracketed = written.startsWith("[") && written.endsWith("]");
      String bare = bracketed ? written.substring(1, written.length() - 1) : written;
      InetAddress address;
      try {
        address = IpPrefix.parseAddress(bare);
      } catch (InvalidParameterException e) {
        throw invalid("invalid host address " + written);
      }
      if (bracketed == address instanceof Inet4Address) {
        throw invalid(
            bracketed
                ? "an IPv4 address stands without brackets"
                : "an IPv6 address stands in brackets: [" + bare + "]");
      }
      return address;
    }

    private Range range(String written, String what) {
      int dash = written.indexOf('-');
      if (written.equals("0") && what.equals(HOST_PORT)) {
        return Range.NONE;
      }
      int first = port(dash < 0 ? written : written.substring(0, dash), what);
      int last = dash < 0 ? first : port(written.substring(dash + 1), what);
      if (last < first) {
        throw invalid("the " + what + " range " + written + " is reversed");
      }
      return new Range(first, last);
    }

    private int port(String digits, String what) {
      boolean number =
          !digits.isEmpty()
              && digits.length() <= 5
              && digits.chars().allMatch(c -> c >= '0' && c <= '9');
      int port = number ? Integer.parseInt(digits) : -1;
      if (port < 1 || port > MAX_PORT) {
        throw invalid(
            "invalid "
                + what
                + " \""
                + digits
                + "\": it is 1 to 65535"
                + (port == 0 && what.equals(HOST_PORT) ? ", or 0 alone for any free one" : ""));
      }
      return port;
    }

    private InvalidParameterException invalid(String reason) {
      return new InvalidParameterException("invalid port mapping " + text + ": " + reason);
    }
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    hostAddress.ifPresent(address -> {
      String literal = IpPrefix.text(address);
      text.append(literal.indexOf(':') < 0 ? literal : "[" + literal + "]").append(':');
    });
    if (!ephemeral()) {
      text.append(new Range(hostPort, hostPortEnd)).append(':');
    } else if (hostAddress.isPresent()) {
      text.append(':');
    }
    return text.append(containerPort).append('/').append(protocol).toString();
  }
}
