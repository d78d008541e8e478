package dev.cnm.controller;

import dev.cnm.ConflictException;
import dev.cnm.ForbiddenException;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.IpamConfig;
import dev.cnm.Names;
import dev.cnm.NetworkOptions;
import dev.cnm.NotFoundException;
import dev.cnm.SubnetInUseException;
import dev.cnm.controller.Records.Draft;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.controller.state.NetworkRecord.State;
import dev.cnm.controller.state.Owner;
import dev.cnm.controller.state.Place;
import dev.cnm.spi.NetworkDriver;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Makes and removes networks. */
final class Networks {

  private static final System.Logger LOG = System.getLogger(Networks.class.getName());

  /** How often a subnet is chosen that somebody else on the host then has first. */
  private static final int ATTEMPTS = 16;

  private record Predefined(String name, String type) {}

  private static final List<Predefined> PREDEFINED =
      List.of(
          new Predefined("none", "null"),
          new Predefined("host", "host"),
          new Predefined("bridge", "bridge"));

  private final Records records;
  private final Drivers drivers;
  private final Addresses addresses;
  private final HeldNamespace host;
  private final Place here;

  Networks(Records records, Drivers drivers, Addresses addresses, HeldNamespace host, Place here) {
    this.records = records;
    this.drivers = drivers;
    this.addresses = addresses;
    this.host = host;
    this.here = here;
  }

  /** Writes down the predefined networks that there is a driver for. */
  void predefine() throws IOException {
    if (!records.read(this::missing).isEmpty()) {
      records.run(draft -> {
        for (Predefined network : missing(draft.picture())) {
          draft.put(
              record(network.type, network.name, NetworkOptions.defaults(), true, State.DORMANT));
        }
      });
    }
  }

  private List<Predefined> missing(Picture picture) {
    return PREDEFINED.stream()
        .filter(it -> picture.networkNamed(it.name) == null && drivers.hasNetworkType(it.type))
        .toList();
  }

  private NetworkRecord record(
      String type, String name, NetworkOptions options, boolean predefined, State state)
      throws IOException {
    return new NetworkRecord(
        Ids.next(),
        name,
        type,
        Instant.now().truncatedTo(ChronoUnit.MICROS).toString(),
        state,
        Owner.current(),
        here,
        NetworkRecord.Options.of(options),
        List.of(),
        predefined,
        Map.of());
  }

  NetworkRecord create(String type, String name, NetworkOptions options) throws IOException {
    requireName(type, name);
    NetworkDriver driver = drivers.network(type);
    if (driver.capabilities().single()) {
      throw new ForbiddenException("only one instance of \"" + type + "\" network is allowed");
    }
    check(type, name, options, driver.capabilities().addressed());
    for (int attempt = 1; ; attempt++) {
      try {
        return create(driver, name, options, record(type, name, options, false, State.CREATING));
      } catch (SubnetInUseException e) {
        // Somebody else on this host, with records of his own, was faster.
        if (!chooses(options) || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private NetworkRecord create(
      NetworkDriver driver, String name, NetworkOptions options, NetworkRecord named)
      throws IOException {
    boolean addressed = driver.capabilities().addressed();
    List<IpPrefix> taken =
        addressed && chooses(options) ? HostRoutes.of(host.namespace()) : List.of();
    NetworkRecord creating =
        records.change(draft -> {
          if (draft.picture().networkNamed(name) != null) {
            throw new ConflictException("network with name " + name + " already exists");
          }
          NetworkRecord intent =
              addressed
                  ? named.with(addresses.requestPools(draft, named.id(), options, taken))
                  : named;
          draft.put(intent);
          return intent;
        });
    Undo undo = new Undo();
    undo.push(() -> forget(creating));
    return make(driver, creating, undo);
  }

  private NetworkRecord make(NetworkDriver driver, NetworkRecord network, Undo undo)
      throws IOException {
    try {
      Map<String, String> state = driver.createNetwork(network.context());
      NetworkRecord made = network.made(here, state);
      undo.push(() -> driver.deleteNetwork(made.context()));
      records.run(draft -> draft.put(made));
      return made;
    } catch (Throwable e) {
      undo.after(e);
      Records.abandon(network);
      throw e;
    }
  }

  private void forget(NetworkRecord network) throws IOException {
    records.run(draft -> {
      draft.delete(network);
      draft.release(() -> addresses.releasePools(network));
    });
  }

  /** A name with a colon is that of a network which goes with its last endpoint. */
  static boolean isDynamic(NetworkRecord network) {
    return network.name().indexOf(':') >= 0;
  }

  private static void requireName(String type, String name) {
    if (PREDEFINED.stream().anyMatch(it -> it.name.equals(name))) {
      throw new ForbiddenException("operation is not permitted on predefined " + name + " network");
    }
    Names.requireNetworkName(
        type.equals("container") && name.startsWith("container:")
            ? name.substring("container:".length())
            : name);
  }

  private static void check(String type, String name, NetworkOptions options, boolean addressed) {
    if (!addressed) {
      if (!options.ipam().isEmpty()) {
        throw new InvalidParameterException(
            "network "
                + name
                + " can have no subnet "
                + options.ipam().getFirst().subnet()
                + ": a network of type "
                + type
                + " has no addresses");
      }
      return;
    }
    if (!options.ipv4() && !options.ipv6()) {
      throw new InvalidParameterException("network " + name + " needs IPv4 or IPv6");
    }
    for (IpamConfig config : options.ipam()) {
      boolean six = config.subnet().isIpv6();
      if (six ? !options.ipv6() : !options.ipv4()) {
        throw new InvalidParameterException(
            "network "
                + name
                + " can have no subnet "
                + config.subnet()
                + ": "
                + (six ? "IPv6" : "IPv4")
                + " is off");
      }
    }
  }

  /** Whether the IPAM driver is to choose a subnet. */
  private static boolean chooses(NetworkOptions options) {
    Collection<IpamConfig> configs = options.ipam();
    boolean four = configs.stream().anyMatch(it -> !it.subnet().isIpv6());
    boolean six = configs.stream().anyMatch(it -> it.subnet().isIpv6());
    return (options.ipv4() && !four)
        || (options.ipv6() && !six)
        || configs.stream().anyMatch(it -> it.subnet().address().isAnyLocalAddress());
  }

  /** The network with its address pools, which a predefined one gets when they are first needed. */
  NetworkRecord withPools(NetworkRecord known) throws IOException {
    NetworkRecord network = records.read(it -> it.network(known.id(), known.name()));
    if (network.state() != State.DORMANT
        || !network.pools().isEmpty()
        || !drivers.of(network).capabilities().addressed()) {
      return network;
    }
    List<IpPrefix> taken = HostRoutes.of(host.namespace());
    return records.change(draft -> {
      NetworkRecord now = draft.picture().network(known.id(), known.name());
      if (now.state() != State.DORMANT || !now.pools().isEmpty()) {
        return now;
      }
      NetworkRecord given =
          now.with(addresses.requestPools(draft, now.id(), now.options().toOptions(), taken));
      draft.put(given);
      return given;
    });
  }

  /** The network as it stands in the kernel, made now if it is dormant. */
  NetworkRecord awake(NetworkRecord known) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return awakeWithPools(known);
      } catch (SubnetInUseException e) {
        // Nobody has asked for the subnet of a predefined one, and nobody uses it yet.
        if (!known.predefined() || attempt == ATTEMPTS) {
          throw e;
        }
        records.run(draft -> chooseAnew(draft, known));
      }
    }
  }

  private void chooseAnew(Draft draft, NetworkRecord known) throws IOException {
    NetworkRecord now = draft.picture().network(known.id(), known.name());
    if (now.state() == State.DORMANT) {
      draft.put(now.with(List.of()));
      addresses.releasePools(now);
    }
  }

  private NetworkRecord awakeWithPools(NetworkRecord known) throws IOException {
    NetworkRecord network = withPools(known);
    if (network.state() == State.READY) {
      return network;
    }
    NetworkDriver driver = drivers.of(network);
    NetworkRecord waking =
        records.changeWhenFree(draft -> {
          NetworkRecord now = draft.picture().network(known.id(), known.name());
          if (now.state() == State.WAKING) {
            throw new Records.Busy("network " + now.name(), now.owner());
          }
          if (now.state() == State.READY) {
            return now;
          }
          NetworkRecord intent = now.waking(here);
          draft.put(intent);
          return intent;
        });
    if (waking.state() == State.READY) {
      return waking;
    }
    Undo undo = new Undo();
    undo.push(() -> records.run(draft -> draft.put(waking.dormant())));
    return make(driver, waking, undo);
  }

  void delete(NetworkRecord known) throws IOException {
    if (known.predefined()) {
      throw predefined(known);
    }
    NetworkRecord before =
        records.changeWhenFree(draft -> {
          NetworkRecord now = draft.picture().network(known.id(), known.name());
          if (now.state() == State.WAKING) {
            throw new Records.Busy("network " + now.name(), now.owner());
          }
          requireNoEndpoints(draft.picture(), now);
          draft.put(now.in(State.DELETING));
          return now;
        });
    remove(before);
  }

  private static ForbiddenException predefined(NetworkRecord network) {
    return new ForbiddenException(
        network.name() + " is a pre-defined network and cannot be removed");
  }

  private static void requireNoEndpoints(Picture picture, NetworkRecord network) {
    List<String> names =
        Picture.sorted(picture.endpointsOf(network.id())).stream()
            .map(EndpointRecord::name)
            .toList();
    if (!names.isEmpty()) {
      throw new ForbiddenException(
          "network " + network.name() + " has active endpoints: " + String.join(", ", names));
    }
  }

  private void remove(NetworkRecord network) throws IOException {
    try {
      if (network.state() != State.DORMANT) {
        NetworkDriver driver = drivers.of(network);
        Failures.insist(() -> driver.deleteNetwork(network.context()));
      }
      Failures.insist(() -> forget(network));
    } catch (Throwable e) {
      Undo undo = new Undo();
      undo.push(() -> records.run(draft -> draft.put(network)));
      undo.after(e);
      Records.abandon(network);
      throw e;
    }
  }

  /**
   * Removes the record of a network that its driver can't remove, if nothing is in it.
   *
   * @throws ForbiddenException if it has endpoints, or exists from the start
   */
  void abandon(NetworkRecord known) throws IOException {
    records.run(draft -> {
      NetworkRecord now = draft.picture().network(known.id(), known.name());
      if (now.predefined()) {
        throw predefined(now);
      }
      requireNoEndpoints(draft.picture(), now);
      draft.delete(now);
      addresses.releasePools(now);
    });
  }

  /** Removes what carries a network when nobody will be able to ask for that any more. */
  void removeAtLast(NetworkRecord network) throws IOException {
    if (network.state() != State.DORMANT) {
      drivers.of(network).deleteNetwork(network.context());
    }
    forget(network);
  }

  /** Removes a network that is to go with its last endpoint, if that has gone. */
  void deleteIfDeserted(NetworkRecord network) throws IOException {
    if (!isDynamic(network)) {
      return;
    }
    try {
      delete(network);
    } catch (ForbiddenException | NotFoundException e) {
      LOG.log(Level.DEBUG, "somebody uses the network again, or has removed it", e);
    }
  }

  /** Ends what a process that is gone has left half done. */
  void settle(NetworkRecord network) throws IOException {
    drivers.of(network).deleteNetwork(network.context());
    if (network.state() == State.WAKING) {
      records.run(draft -> draft.put(network.dormant()));
    } else {
      forget(network);
    }
  }
}
