package dev.cnm.controller;

import dev.cnm.InvalidParameterException;
import dev.cnm.controller.state.EndpointRecord;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The sysctls that a stack is to have, by names such as {@code net.ipv4.conf.eth0.forwarding}, in
 * which a slash stands for a dot: those that are there from the start, and those of interfaces.
 */
record StackSettings(Map<String, String> chosen) {

  /** Turns IPv6 off; of {@code all}, for new links too (addrconf_disable_ipv6). */
  static final String DISABLE_IPV6 = "net/ipv6/conf/all/disable_ipv6";

  /** What has the settings of each interface below it, in a folder named like the interface. */
  private static final Set<String> PER_INTERFACE =
      Set.of("net/ipv4/conf", "net/ipv4/neigh", "net/ipv6/conf", "net/ipv6/neigh", "net/mpls/conf");

  private static final Set<String> THERE_FROM_THE_START = Set.of("all", "default", "lo");

  private static final int INTERFACE = 3;

  private static String[] parts(String name) {
    String[] parts = name.split("\\.", -1);
    for (int i = 0; i < parts.length; i++) {
      parts[i] = parts[i].replace('/', '.');
    }
    return parts;
  }

  /** Names an interface that comes, or is empty. */
  private static String interfaceOf(String[] parts) {
    boolean ofInterface =
        parts.length > INTERFACE + 1
            && PER_INTERFACE.contains(String.join("/", parts[0], parts[1], parts[2]))
            && !THERE_FROM_THE_START.contains(parts[INTERFACE]);
    return ofInterface ? parts[INTERFACE] : "";
  }

  /** What a new stack has, by path below {@code /proc/sys}. */
  Map<String, String> first() {
    return ofInterface("");
  }

  /** What is to be set of the interface of this name, by path below {@code /proc/sys}. */
  Map<String, String> ofInterface(String name) {
    Map<String, String> settings = new LinkedHashMap<>();
    chosen.forEach((key, value) -> {
      String[] parts = parts(key);
      if (interfaceOf(parts).equals(name)) {
        settings.put(String.join("/", parts), value);
      }
    });
    return settings;
  }

  /**
   * What is to be set of an interface: what the stack has for it, then what the endpoint has.
   *
   * @throws InvalidParameterException if that turns IPv6 off and the endpoint has an IPv6 address
   */
  Map<String, String> of(EndpointRecord endpoint, String name, InterfaceOptions options) {
    Map<String, String> settings = ofInterface(name);
    settings.putAll(options.sysctls(name));
    boolean ipv6 =
        !endpoint.ipv6().isEmpty()
            || endpoint.options().linkLocal().stream().anyMatch(it -> it.indexOf(':') >= 0);
    if (ipv6) {
      Map<String, String> all = first();
      all.putAll(settings);
      for (String link : new String[] {"all", "default", "lo", name}) {
        String path = "net/ipv6/conf/" + link + "/disable_ipv6";
        if (!all.getOrDefault(path, "0").strip().equals("0")) {
          throw new InvalidParameterException(
              "sysctl "
                  + path.replace('/', '.')
                  + "="
                  + all.get(path)
                  + " and the IPv6 address of endpoint "
                  + endpoint.name()
                  + (endpoint.ipv6().isEmpty() ? "" : ", " + endpoint.ipv6() + ",")
                  + " exclude each other: leave the setting out, or take a network without IPv6");
        }
      }
    }
    return settings;
  }
}
