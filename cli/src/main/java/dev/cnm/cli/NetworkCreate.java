package dev.cnm.cli;

import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.IpamConfig;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cnm network create}. */
@Command(name = "create", mixinStandardHelpOptions = true, description = "Create a network.")
final class NetworkCreate implements Callable<Integer> {

  @Option(
      names = {"-d", "--driver"},
      paramLabel = "TYPE",
      description = "The driver (default: bridge).")
  private String driver = "bridge";

  @Option(names = "--subnet", paramLabel = "CIDR", description = "A subnet.")
  private List<String> subnets = new ArrayList<>();

  @Option(names = "--ip-range", paramLabel = "CIDR", description = "Where addresses are from.")
  private List<String> ranges = new ArrayList<>();

  @Option(names = "--gateway", paramLabel = "ADDRESS", description = "A subnet's gateway.")
  private List<String> gateways = new ArrayList<>();

  @Option(
      names = "--aux-address",
      paramLabel = "NAME=ADDRESS",
      description = "An address that is kept free.")
  private Map<String, String> auxiliary = new TreeMap<>();

  @Option(names = "--internal", description = "No way out and no way in.")
  private boolean internal;

  @Option(names = "--ipv6", description = "With IPv6.")
  private boolean ipv6;

  @Option(names = "--ipam-driver", paramLabel = "TYPE", description = "The IPAM driver.")
  private String ipamDriver = "default";

  @Option(
      names = {"-o", "--opt"},
      paramLabel = "KEY=VALUE",
      description = "An option for the driver.")
  private Map<String, String> options = new TreeMap<>();

  @Option(names = "--label", paramLabel = "KEY=VALUE", description = "A label.")
  private Map<String, String> labels = new TreeMap<>();

  @Parameters(paramLabel = "NAME", description = "The network's name.")
  private String name = "";

  @Override
  public Integer call() throws IOException {
    NetworkOptions.Builder network =
        NetworkOptions.builder().internal(internal).ipamDriver(ipamDriver);
    boolean six = ipv6;
    for (IpamConfig pool : pools()) {
      six |= pool.subnet().isIpv6();
      network.pool(pool);
    }
    network.ipv6(six);
    options.forEach(network::driverOption);
    labels.forEach(network::label);
    try (Workplace workplace = Workplace.open()) {
      Network made = workplace.controller().newNetwork(driver, name, network.build());
      System.out.println(made.id());
    }
    return 0;
  }

  /** Puts together what belongs to one subnet, as Docker does: by what contains what. */
  private List<IpamConfig> pools() {
    List<IpPrefix> prefixes = subnets.stream().map(IpPrefix::parse).toList();
    Map<IpPrefix, IpPrefix> rangeOf = new HashMap<>();
    for (String text : ranges) {
      IpPrefix range = IpPrefix.parse(text);
      IpPrefix subnet = find(prefixes, range.address(), "no matching subnet for range " + text);
      if (rangeOf.put(subnet, range) != null) {
        throw new InvalidParameterException("two ranges for the subnet " + subnet);
      }
    }
    Map<IpPrefix, InetAddress> gatewayOf = new HashMap<>();
    for (String text : gateways) {
      InetAddress gateway = IpPrefix.parseAddress(text);
      IpPrefix subnet = find(prefixes, gateway, "no matching subnet for gateway " + text);
      if (gatewayOf.put(subnet, gateway) != null) {
        throw new InvalidParameterException("two gateways for the subnet " + subnet);
      }
    }
    Map<IpPrefix, Map<String, InetAddress>> auxiliaryOf = new HashMap<>();
    auxiliary.forEach((key, text) -> {
      InetAddress address = IpPrefix.parseAddress(text);
      IpPrefix subnet = find(prefixes, address, "no matching subnet for aux-address " + text);
      auxiliaryOf.computeIfAbsent(subnet, none -> new TreeMap<>()).put(key, address);
    });
    return prefixes.stream()
        .map(subnet ->
            new IpamConfig(
                subnet,
                Optional.ofNullable(rangeOf.get(subnet)),
                Optional.ofNullable(gatewayOf.get(subnet)),
                auxiliaryOf.getOrDefault(subnet, Map.of())))
        .toList();
  }

  private static IpPrefix find(List<IpPrefix> subnets, InetAddress address, String otherwise) {
    return subnets.stream()
        .filter(subnet -> subnet.contains(address))
        .findFirst()
        .orElseThrow(() -> new InvalidParameterException(otherwise));
  }
}
