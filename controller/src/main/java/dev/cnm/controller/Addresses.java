package dev.cnm.controller;

import static dev.cnm.spi.IpamDriver.GATEWAY;

import dev.cnm.AddressPool;
import dev.cnm.CnmException;
import dev.cnm.ExhaustedException;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.IpamConfig;
import dev.cnm.NetworkOptions;
import dev.cnm.NotFoundException;
import dev.cnm.controller.Records.Draft;
import dev.cnm.controller.driver.GuardedIpamDriver;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.spi.IpamDriver;
import dev.cnm.spi.IpamDriver.AllocatedPool;
import dev.cnm.spi.IpamDriver.PoolRequest;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the IPAM drivers have handed out. A driver that keeps its allocations in memory is told of
 * those that the records hold before it is first asked, and of the difference whenever another
 * process has changed the records. Used within {@link Records#change} only, which guards it.
 */
final class Addresses {

  private static final System.Logger LOG = System.getLogger(Addresses.class.getName());
  private static final String GATEWAY_KEY = "com.docker.network.gateway";

  private final Drivers drivers;

  /** For each type that replays: what its driver holds, by network and subnet. */
  private final Map<String, Map<Key, Held>> replayed = new HashMap<>();

  private record Key(String networkId, String subnet) {}

  private record Held(String poolId, Set<InetAddress> addresses) {}

  Addresses(Drivers drivers) {
    this.drivers = drivers;
  }

  /** The pools of a new network: one for each family that it has, or those that were asked for. */
  List<NetworkRecord.Pool> requestPools(
      Draft draft, String networkId, NetworkOptions options, List<IpPrefix> exclude)
      throws IOException {
    IpamDriver driver = ready(options.ipamDriver(), draft.picture());
    List<NetworkRecord.Pool> pools = new ArrayList<>();
    for (boolean ipv6 : new boolean[] {false, true}) {
      if (ipv6 ? !options.ipv6() : !options.ipv4()) {
        continue;
      }
      List<IpamConfig> configs =
          options.ipam().stream().filter(it -> it.subnet().isIpv6() == ipv6).toList();
      if (configs.isEmpty()) {
        requestPool(draft, driver, networkId, options, Optional.empty(), ipv6, exclude)
            .ifPresent(pools::add);
      }
      for (IpamConfig config : configs) {
        requestPool(draft, driver, networkId, options, Optional.of(config), ipv6, exclude)
            .ifPresent(pools::add);
      }
    }
    return pools;
  }

  /** Empty if the driver has no addresses, as the one of the type {@code null} says. */
  private Optional<NetworkRecord.Pool> requestPool(
      Draft draft,
      IpamDriver driver,
      String networkId,
      NetworkOptions options,
      Optional<IpamConfig> config,
      boolean ipv6,
      List<IpPrefix> exclude)
      throws IOException {
    AllocatedPool pool =
        driver.requestPool(
            new PoolRequest(
                driver.localAddressSpace(),
                config.map(IpamConfig::subnet),
                config.flatMap(IpamConfig::ipRange),
                options.ipamOptions(),
                exclude,
                ipv6));
    if (pool.subnet().length() == 0) {
      release(driver, pool.id());
      return Optional.empty();
    }
    Key key = new Key(networkId, pool.subnet().toString());
    Map<Key, Held> held = replayed.getOrDefault(options.ipamDriver(), new HashMap<>());
    held.put(key, new Held(pool.id(), new HashSet<>()));
    draft.onFailure(() -> {
      held.remove(key);
      driver.releasePool(pool.id());
    });
    Optional<InetAddress> gateway = config.flatMap(IpamConfig::gateway);
    String metadata = pool.metadata().get(GATEWAY_KEY);
    if (gateway.isEmpty() && metadata != null) {
      gateway = Optional.of(IpPrefix.parse(metadata).address());
    } else {
      IpPrefix given = driver.requestAddress(pool.id(), gateway, GATEWAY);
      if (driver instanceof GuardedIpamDriver stranger) {
        stranger.requireFits(pool.id(), given, pool.subnet(), false);
      }
      gateway = Optional.of(given.address());
    }
    Map<String, InetAddress> auxiliary =
        config.map(IpamConfig::auxiliaryAddresses).orElse(Map.of());
    for (InetAddress address : auxiliary.values()) {
      driver.requestAddress(pool.id(), Optional.of(address), Map.of());
    }
    return Optional.of(
        NetworkRecord.Pool.of(
            new AddressPool(
                pool.id(),
                pool.subnet(),
                config.flatMap(IpamConfig::ipRange),
                gateway,
                auxiliary)));
  }

  /** Gives the pools of a network back, with all their addresses. */
  void releasePools(NetworkRecord network) {
    if (network.pools().isEmpty()) {
      return;
    }
    String type = network.options().ipamDriver();
    for (NetworkRecord.Pool pool : network.pools()) {
      giveBack(
          "subnet " + pool.subnet() + " of network " + network.name(),
          type,
          driver -> {
            Optional<String> id = poolId(driver, type, network, pool);
            if (id.isPresent()) {
              release(driver, id.get());
            }
          });
      replayed.getOrDefault(type, new HashMap<>()).remove(new Key(network.id(), pool.subnet()));
    }
  }

  @FunctionalInterface
  private interface Return {
    void to(IpamDriver driver) throws IOException;
  }

  /**
   * Tells a driver that something is not needed any more. One that can't be told, or isn't there
   * any more, keeps nobody from forgetting it: as libnetwork's {@code ipamRelease}.
   */
  private void giveBack(String what, String type, Return step) {
    try {
      step.to(drivers.ipam(type));
    } catch (IOException | CnmException e) {
      LOG.log(
          Level.WARNING, "{0} can''t be given back to the IPAM driver: {1}", what, e.getMessage());
    }
  }

  private static void release(IpamDriver driver, String poolId) throws IOException {
    try {
      driver.releasePool(poolId);
    } catch (NotFoundException e) {
      LOG.log(Level.DEBUG, "the pool is gone already", e);
    }
  }

  /**
   * An address for an endpoint: the preferred one, or one from the first pool that has one left.
   */
  IpPrefix requestAddress(
      Draft draft, NetworkRecord network, boolean ipv6, Optional<InetAddress> preferred)
      throws IOException {
    String type = network.options().ipamDriver();
    IpamDriver driver = ready(type, draft.picture());
    ExhaustedException exhausted = null;
    for (NetworkRecord.Pool pool : network.pools()) {
      IpPrefix subnet = IpPrefix.parse(pool.subnet());
      if (subnet.isIpv6() != ipv6 || preferred.filter(it -> !subnet.contains(it)).isPresent()) {
        continue;
      }
      String id =
          poolId(driver, type, network, pool)
              .orElseThrow(() ->
                  new InvalidParameterException(
                      "network "
                          + network.name()
                          + ": the IPAM driver does not know its pool "
                          + pool.subnet()
                          + " any more"));
      try {
        IpPrefix address = driver.requestAddress(id, preferred, Map.of());
        if (driver instanceof GuardedIpamDriver stranger) {
          stranger.requireFits(
              id, address, subnet, isTaken(draft.picture(), network, address.address()));
        }
        Held held = replayed.getOrDefault(type, Map.of()).get(new Key(network.id(), pool.subnet()));
        if (held != null) {
          held.addresses.add(address.address());
        }
        draft.onFailure(() -> releaseAddress(network, address.address()));
        return address;
      } catch (ExhaustedException e) {
        exhausted = e;
      }
    }
    if (exhausted != null) {
      throw exhausted;
    }
    throw outside(network, preferred.map(IpPrefix::text).orElse(ipv6 ? "::" : "0.0.0.0"));
  }

  /** Whether the records give an address of a network to somebody. */
  private static boolean isTaken(Picture picture, NetworkRecord network, InetAddress address) {
    for (AddressPool pool : network.context().pools()) {
      if (pool.gateway().filter(address::equals).isPresent()
          || pool.auxiliaryAddresses().containsValue(address)) {
        return true;
      }
    }
    String text = IpPrefix.text(address) + "/";
    return picture.endpointsOf(network.id()).values().stream()
        .anyMatch(it -> it.ipv4().startsWith(text) || it.ipv6().startsWith(text));
  }

  static InvalidParameterException outside(NetworkRecord network, String address) {
    return new InvalidParameterException(
        "invalid address "
            + address
            + ": it does not belong to any of network "
            + network.name()
            + "'s subnets");
  }

  /** Gives the addresses of an endpoint back. */
  void release(NetworkRecord network, EndpointRecord endpoint) {
    for (String address : List.of(endpoint.ipv4(), endpoint.ipv6())) {
      if (!address.isEmpty()) {
        releaseAddress(network, IpPrefix.parse(address).address());
      }
    }
  }

  /** Gives one address back. */
  void releaseAddress(NetworkRecord network, InetAddress address) {
    String type = network.options().ipamDriver();
    for (NetworkRecord.Pool pool : network.pools()) {
      if (IpPrefix.parse(pool.subnet()).contains(address)) {
        giveBack(
            "address " + IpPrefix.text(address) + " of network " + network.name(),
            type,
            driver -> {
              Optional<String> id = poolId(driver, type, network, pool);
              if (id.isPresent()) {
                driver.releaseAddress(id.get(), address);
              }
            });
        Held held = replayed.getOrDefault(type, Map.of()).get(new Key(network.id(), pool.subnet()));
        if (held != null) {
          held.addresses.remove(address);
        }
      }
    }
  }

  /** The id by which the driver knows a pool now; empty if it has not been told of it. */
  private Optional<String> poolId(
      IpamDriver driver, String type, NetworkRecord network, NetworkRecord.Pool pool) {
    if (!driver.requiresReplay()) {
      return Optional.of(pool.id());
    }
    Held held = replayed.getOrDefault(type, Map.of()).get(new Key(network.id(), pool.subnet()));
    return held == null ? Optional.empty() : Optional.of(held.poolId);
  }

  private IpamDriver ready(String type, Picture picture) throws IOException {
    IpamDriver driver = drivers.ipam(type);
    if (driver.requiresReplay() && !replayed.containsKey(type)) {
      replayed.put(type, new HashMap<>());
      replay(type, driver, picture);
    }
    return driver;
  }

  /** Tells the drivers that have been told once what has changed since. */
  void redrawn(Picture picture) {
    for (String type : replayed.keySet()) {
      try {
        replay(type, drivers.ipam(type), picture);
      } catch (IOException e) {
        LOG.log(Level.WARNING, "cannot tell the IPAM driver " + type + " what is allocated", e);
      }
    }
  }

  private record Wanted(NetworkRecord.Pool pool, Set<InetAddress> addresses) {}

  private void replay(String type, IpamDriver driver, Picture picture) throws IOException {
    Map<Key, Held> held = replayed.getOrDefault(type, new HashMap<>());
    Map<Key, Wanted> wanted = wanted(type, picture);
    for (Key key : List.copyOf(held.keySet())) {
      if (!wanted.containsKey(key)) {
        Held gone = held.remove(key);
        if (gone != null) {
          attempt(type, () -> release(driver, gone.poolId));
        }
      }
    }
    for (Map.Entry<Key, Wanted> entry : wanted.entrySet()) {
      attempt(type, () -> replayPool(driver, held, entry.getKey(), entry.getValue()));
    }
  }

  private static void replayPool(IpamDriver driver, Map<Key, Held> all, Key key, Wanted wanted)
      throws IOException {
    Held held = all.get(key);
    if (held == null) {
      AddressPool pool = wanted.pool.toPool();
      AllocatedPool allocated =
          driver.requestPool(
              new PoolRequest(
                  driver.localAddressSpace(),
                  Optional.of(pool.subnet()),
                  pool.ipRange(),
                  Map.of(),
                  List.of(),
                  pool.subnet().isIpv6()));
      held = new Held(allocated.id(), new HashSet<>());
      all.put(key, held);
      Failures failures = new Failures();
      String id = held.poolId;
      if (!allocated.metadata().containsKey(GATEWAY_KEY)) {
        pool.gateway()
            .ifPresent(
                it -> failures.attempt(() -> driver.requestAddress(id, Optional.of(it), GATEWAY)));
      }
      pool.auxiliaryAddresses()
          .values()
          .forEach(
              it -> failures.attempt(() -> driver.requestAddress(id, Optional.of(it), Map.of())));
      failures.orElseThrow();
    }
    for (InetAddress address : Set.copyOf(held.addresses)) {
      if (!wanted.addresses.contains(address)) {
        driver.releaseAddress(held.poolId, address);
        held.addresses.remove(address);
      }
    }
    for (InetAddress address : wanted.addresses) {
      if (!held.addresses.contains(address)) {
        driver.requestAddress(held.poolId, Optional.of(address), Map.of());
        held.addresses.add(address);
      }
    }
  }

  private static void attempt(String type, Undo.Step step) throws IOException {
    try {
      step.run();
    } catch (CnmException e) {
      LOG.log(Level.WARNING, "the IPAM driver " + type + " refuses what is allocated already", e);
    }
  }

  private static Map<Key, Wanted> wanted(String type, Picture picture) {
    Map<Key, Wanted> wanted = new HashMap<>();
    for (NetworkRecord network : picture.networks().values()) {
      if (!network.options().ipamDriver().equals(type)) {
        continue;
      }
      Map<IpPrefix, Wanted> pools =
          new TreeMap<>(java.util.Comparator.comparing(IpPrefix::toString));
      for (NetworkRecord.Pool pool : network.pools()) {
        Wanted one = new Wanted(pool, new HashSet<>());
        pools.put(IpPrefix.parse(pool.subnet()), one);
        wanted.put(new Key(network.id(), pool.subnet()), one);
      }
      for (EndpointRecord endpoint : picture.endpointsOf(network.id()).values()) {
        for (String text : List.of(endpoint.ipv4(), endpoint.ipv6())) {
          if (!text.isEmpty()) {
            InetAddress address = IpPrefix.parse(text).address();
            pools.forEach((subnet, one) -> {
              if (subnet.contains(address)) {
                one.addresses.add(address);
              }
            });
          }
        }
      }
    }
    return wanted;
  }
}
