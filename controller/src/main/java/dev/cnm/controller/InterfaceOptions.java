package dev.cnm.controller;

import dev.cnm.ConflictException;
import dev.cnm.EndpointOptions;
import dev.cnm.InvalidParameterException;
import dev.cnm.Names;
import dev.cnm.controller.state.EndpointRecord;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an endpoint's options say of its interface, whatever the driver.
 *
 * @param name the name that it is to have inside, if the caller chose it
 * @param settings values by the path below {@code /proc/sys} with {@link #IFNAME} for the name
 */
record InterfaceOptions(Optional<String> name, Map<String, String> settings) {

  private static final String IFNAME = "IFNAME";

  /** The folders of {@code /proc/sys/net} that have settings of each interface. */
  private static final Set<String> FAMILIES = Set.of("ipv4", "ipv6", "mpls");

  private static final int PARTS = 5;

  /**
   * Reads them.
   *
   * @throws InvalidParameterException if one makes no sense
   */
  static InterfaceOptions of(Map<String, String> driverOptions) {
    @Nullable String name = driverOptions.get(EndpointOptions.INTERFACE_NAME);
    @Nullable String sysctls = driverOptions.get(EndpointOptions.SYSCTLS);
    return new InterfaceOptions(
        Optional.ofNullable(name).map(Names::requireInterfaceName),
        sysctls == null ? Map.of() : settings(sysctls));
  }

  private static Map<String, String> settings(String text) {
    Map<String, String> settings = new LinkedHashMap<>();
    for (String setting : text.split(",", -1)) {
      int equals = setting.indexOf('=');
      String[] parts = setting.substring(0, Math.max(equals, 0)).split("\\.", -1);
      boolean known =
          parts.length == PARTS
              && parts[0].equals("net")
              && FAMILIES.contains(parts[1])
              && parts[2].matches("[a-z]+")
              && parts[3].equalsIgnoreCase(IFNAME)
              && parts[4].matches("[a-z0-9_]+");
      if (!known) {
        throw new InvalidParameterException(
            "unrecognised network interface sysctl: "
                + setting
                + "; it should look like net.ipv4.conf.IFNAME.log_martians=1");
      }
      settings.put(
          String.join("/", parts[0], parts[1], parts[2], IFNAME, parts[4]),
          setting.substring(equals + 1));
    }
    return settings;
  }

  /** The settings of the interface of this name. */
  Map<String, String> sysctls(String interfaceName) {
    Map<String, String> sysctls = new LinkedHashMap<>();
    settings.forEach((path, value) ->
        sysctls.put(path.replace("/" + IFNAME + "/", "/" + interfaceName + "/"), value));
    return sysctls;
  }

  /**
   * The name for a new interface: the one asked for, or the prefix with the lowest free number.
   *
   * @param others what else is in the stack
   * @throws ConflictException if the name that was asked for is taken
   */
  String nameBeside(List<EndpointRecord> others, String prefix) {
    List<String> taken = others.stream().map(it -> it.attachment().interfaceName()).toList();
    if (name.isPresent()) {
      if (taken.contains(name.get()) || name.get().equals("lo")) {
        throw new ConflictException("the interface name " + name.get() + " is taken");
      }
      return name.get();
    }
    int number = 0;
    while (taken.contains(prefix + number)) {
      number++;
    }
    return Names.requireInterfaceName(prefix + number);
  }
}
