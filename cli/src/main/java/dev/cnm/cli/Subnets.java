package dev.cnm.cli;

import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.IpamConfig;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The address options of {@code network create}: what belongs to which subnet is told by what
 * contains what, as Docker's command does it.
 */
final class Subnets {

  private final Map<IpPrefix, IpamConfig> configs = new LinkedHashMap<>();

  private Subnets() {}

  /**
   * Nothing but the subnets.
   *
   * @throws InvalidParameterException if one is none, or two overlap
   */
  static Subnets of(List<String> texts) {
    Subnets subnets = new Subnets();
    for (String text : texts) {
      IpPrefix subnet = IpPrefix.parse(text);
      for (IpPrefix other : subnets.configs.keySet()) {
        if (other.overlaps(subnet)) {
          throw new InvalidParameterException(
              "the subnets " + other + " and " + subnet + " of one network overlap");
        }
      }
      subnets.configs.put(subnet, IpamConfig.of(subnet));
    }
    return subnets;
  }

  /**
   * Adds an {@code --ip-range}.
   *
   * @throws InvalidParameterException if it belongs to no subnet, or its subnet has one
   */
  void range(String text) {
    IpPrefix range = IpPrefix.parse(text);
    IpamConfig config = find(range.address(), "range " + text);
    config
        .ipRange()
        .ifPresent(other -> {
          throw two("ranges", other, range, config);
        });
    put(config, Optional.of(range), config.gateway(), config.auxiliaryAddresses());
  }

  /**
   * Adds a {@code --gateway}.
   *
   * @throws InvalidParameterException if it belongs to no subnet, or its subnet has one
   */
  void gateway(String text) {
    InetAddress gateway = IpPrefix.parseAddress(text);
    IpamConfig config = find(gateway, "gateway " + text);
    config
        .gateway()
        .ifPresent(other -> {
          throw two("gateways", IpPrefix.text(other), text, config);
        });
    put(config, config.ipRange(), Optional.of(gateway), config.auxiliaryAddresses());
  }

  /**
   * Adds an {@code --aux-address}.
   *
   * @throws InvalidParameterException if it belongs to no subnet
   */
  void auxiliary(String name, String text) {
    InetAddress address = IpPrefix.parseAddress(text);
    IpamConfig config = find(address, "aux-address " + name + "=" + text);
    Map<String, InetAddress> all = new TreeMap<>(config.auxiliaryAddresses());
    all.put(name, address);
    put(config, config.ipRange(), config.gateway(), all);
  }

  private void put(
      IpamConfig config,
      Optional<IpPrefix> range,
      Optional<InetAddress> gateway,
      Map<String, InetAddress> auxiliary) {
    configs.put(config.subnet(), new IpamConfig(config.subnet(), range, gateway, auxiliary));
  }

  private IpamConfig find(InetAddress address, String what) {
    return configs.values().stream()
        .filter(it -> it.subnet().contains(address))
        .findFirst()
        .orElseThrow(() ->
            new InvalidParameterException(
                configs.isEmpty()
                    ? "no subnet for " + what + ": it needs a --subnet"
                    : "no matching subnet for "
                        + what
                        + ": it is not inside "
                        + String.join(
                            ", ", configs.keySet().stream().map(IpPrefix::toString).toList())));
  }

  private static InvalidParameterException two(
      String what, Object one, Object other, IpamConfig config) {
    return new InvalidParameterException(
        "cannot configure multiple "
            + what
            + " ("
            + one
            + ", "
            + other
            + ") for the same subnet ("
            + config.subnet()
            + ")");
  }

  boolean anyIpv6() {
    return configs.keySet().stream().anyMatch(IpPrefix::isIpv6);
  }

  List<IpamConfig> configs() {
    return List.copyOf(configs.values());
  }
}
