package dev.cnm.cli;

import dev.cnm.ControllerOptions.AddressRange;
import dev.cnm.InvalidParameterException;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cnm network create}. */
@Command(
    name = "create",
    mixinStandardHelpOptions = true,
    abbreviateSynopsis = true,
    description = "Create a network, and print its id.")
final class NetworkCreate implements Callable<Integer> {

  @Option(
      names = {"-d", "--driver"},
      paramLabel = "TYPE",
      description = "The driver (default: bridge).")
  private String driver = "bridge";

  @Option(
      names = "--subnet",
      paramLabel = "CIDR",
      split = ",",
      description = "A subnet, such as 10.50.0.0/24; 0.0.0.0/26 for any of that size.")
  private List<String> subnets = new ArrayList<>();

  @Option(
      names = "--ip-range",
      paramLabel = "CIDR",
      split = ",",
      description = "The part of a subnet that addresses are taken from.")
  private List<String> ranges = new ArrayList<>();

  @Option(
      names = "--gateway",
      paramLabel = "ADDRESS",
      split = ",",
      description = "The network's own address in a subnet (default: the first).")
  private List<String> gateways = new ArrayList<>();

  @Option(
      names = "--aux-address",
      paramLabel = "NAME=ADDRESS",
      description = "An address that no container gets.")
  private Map<String, String> auxiliary = new TreeMap<>();

  @Option(
      names = "--default-address-pool",
      paramLabel = "base=CIDR,size=LENGTH",
      description =
          "Where subnets are taken from if none is given; also $$CNM_DEFAULT_ADDRESS_POOLS,"
              + " separated by semicolons.")
  private List<String> addressRanges = new ArrayList<>();

  @Option(names = "--internal", description = "No way out and no way in.")
  private boolean internal;

  @Option(
      names = "--ipv4",
      paramLabel = "true|false",
      arity = "0..1",
      fallbackValue = "true",
      description = "With IPv4 (default: true).")
  private boolean ipv4 = true;

  @Option(
      names = "--ipv6",
      paramLabel = "true|false",
      arity = "0..1",
      fallbackValue = "true",
      description = "With IPv6 (default: true if there is an IPv6 subnet).")
  private @Nullable Boolean ipv6;

  @Option(
      names = "--ipam-driver",
      paramLabel = "TYPE",
      description = "The IPAM driver (default: default).")
  private String ipamDriver = "default";

  @Option(
      names = "--ipam-opt",
      paramLabel = "KEY=VALUE",
      mapFallbackValue = "",
      description = "An option for the IPAM driver.")
  private Map<String, String> ipamOptions = new TreeMap<>();

  @Option(
      names = {"-o", "--opt"},
      paramLabel = "KEY=VALUE",
      mapFallbackValue = "",
      description = "An option for the driver.")
  private Map<String, String> options = new TreeMap<>();

  @Option(
      names = "--label",
      paramLabel = "KEY=VALUE",
      mapFallbackValue = "",
      description = "A label.")
  private Map<String, String> labels = new TreeMap<>();

  @Parameters(paramLabel = "NETWORK", description = "The network's name.")
  private String name = "";

  @Override
  public Integer call() throws IOException {
    requireNames("--aux-address", auxiliary);
    requireNames("--ipam-opt", ipamOptions);
    requireNames("--opt", options);
    requireNames("--label", labels);
    Subnets pools = Subnets.of(subnets);
    ranges.forEach(pools::range);
    gateways.forEach(pools::gateway);
    auxiliary.forEach(pools::auxiliary);
    NetworkOptions.Builder network =
        NetworkOptions.builder()
            .internal(internal)
            .ipv4(ipv4)
            .ipv6(ipv6 != null ? ipv6 : pools.anyIpv6())
            .ipamDriver(ipamDriver);
    pools.configs().forEach(network::pool);
    ipamOptions.forEach(network::ipamOption);
    options.forEach(network::driverOption);
    labels.forEach(network::label);
    List<AddressRange> from = addressRanges.stream().map(AddressRanges::parse).toList();
    try (Workplace workplace = from.isEmpty() ? Workplace.open() : Workplace.open(from)) {
      Network made = workplace.controller().newNetwork(driver, name, network.build());
      System.out.println(made.id());
    }
    return 0;
  }

  private static void requireNames(String option, Map<String, String> values) {
    values.forEach((key, value) -> {
      if (key.isBlank()) {
        throw new InvalidParameterException(
            "invalid " + option + ": \"" + key + "=" + value + "\" has no name");
      }
    });
  }
}
