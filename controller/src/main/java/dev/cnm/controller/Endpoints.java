package dev.cnm.controller;

import dev.cnm.AddressInUseException;
import dev.cnm.ConflictException;
import dev.cnm.EndpointOptions;
import dev.cnm.ForbiddenException;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.MacAddress;
import dev.cnm.Names;
import dev.cnm.controller.Records.Draft;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.EndpointRecord.Attachment;
import dev.cnm.controller.state.EndpointRecord.State;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.controller.state.Owner;
import dev.cnm.controller.state.Place;
import dev.cnm.spi.EndpointResult;
import dev.cnm.spi.NetworkDriver;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** Makes and removes endpoints. */
final class Endpoints {

  /** How many addresses are passed over, one after another, because somebody else has them. */
  private static final int MOST_OTHERS = 256;

  private final Records records;
  private final Drivers drivers;
  private final Addresses addresses;
  private final Networks networks;
  private final Place here;

  Endpoints(Records records, Drivers drivers, Addresses addresses, Networks networks, Place here) {
    this.records = records;
    this.drivers = drivers;
    this.addresses = addresses;
    this.networks = networks;
    this.here = here;
  }

  EndpointRecord create(NetworkRecord known, String name, EndpointOptions options)
      throws IOException {
    Names.requireEndpointName(name);
    InterfaceOptions.of(options.driverOptions());
    options.mac().ifPresent(Endpoints::requireOfOne);
    NetworkRecord network = networks.awake(known);
    NetworkDriver driver = drivers.of(network);
    boolean addressed = driver.capabilities().addressed();
    Set<InetAddress> others = new HashSet<>();
    while (true) {
      try {
        return create(network, driver, name, options, addressed, others);
      } catch (AddressInUseException e) {
        boolean chosen =
            options.ipv4().filter(e.address()::equals).isPresent()
                || options.ipv6().filter(e.address()::equals).isPresent();
        if (chosen || others.size() >= MOST_OTHERS || !others.add(e.address())) {
          throw e;
        }
      }
    }
  }

  /**
   * One attempt.
   *
   * @param others addresses that somebody else has
   */
  private EndpointRecord create(
      NetworkRecord network,
      NetworkDriver driver,
      String name,
      EndpointOptions options,
      boolean addressed,
      Set<InetAddress> others)
      throws IOException {
    String id = Ids.next();
    Undo undo = new Undo();
    undo.push(() -> networks.deleteIfDeserted(network));
    EndpointRecord creating;
    try {
      creating =
          records.change(draft -> reserve(draft, network, id, name, options, addressed, others));
    } catch (Throwable e) {
      undo.after(e);
      throw e;
    }
    undo.push(() -> forget(network, creating));
    try {
      EndpointRecord wanted = creating;
      while (true) {
        EndpointResult result = driver.createEndpoint(wanted.context(network));
        EndpointRecord made = wanted.with(result.mac()).with(result.driverState()).in(State.READY);
        undo.push(() -> driver.deleteEndpoint(made.context(network)));
        // A driver may have no other one to give, such as that of a card.
        boolean fixed = !wanted.mac().isEmpty() && !made.mac().equals(wanted.mac());
        Optional<MacAddress> instead =
            records.change(draft -> {
              Optional<EndpointRecord> holder = holder(draft.picture(), made, made.mac());
              if (holder.isEmpty()) {
                draft.put(made);
                return Optional.empty();
              }
              if (fixed || options.mac().isPresent()) {
                throw taken(network, made.mac(), holder.get());
              }
              return Optional.of(unused(draft.picture(), made));
            });
        if (instead.isEmpty()) {
          return made;
        }
        driver.deleteEndpoint(made.context(network));
        wanted = creating.with(instead);
      }
    } catch (Throwable e) {
      undo.after(e);
      Records.abandon(creating);
      throw e;
    }
  }

  /** What a group of stations is called by, or nobody, can't be an interface's address. */
  private static void requireOfOne(MacAddress mac) {
    if (mac.isGroup() || mac.bits() == 0) {
      throw new InvalidParameterException("no interface can have this MAC address: " + mac);
    }
  }

  /** Whose the MAC address is already: two of a network would both be cut off. */
  private static Optional<EndpointRecord> holder(
      Picture picture, EndpointRecord newcomer, String mac) {
    return mac.isEmpty()
        ? Optional.empty()
        : picture.endpointsOf(newcomer.networkId()).values().stream()
            .filter(it -> it.mac().equals(mac) && !it.id().equals(newcomer.id()))
            .findFirst();
  }

  private static ConflictException taken(NetworkRecord network, String mac, EndpointRecord holder) {
    return new ConflictException(
        "the MAC address "
            + mac
            + " is that of endpoint "
            + holder.name()
            + " in network "
            + network.name()
            + " already");
  }

  /** A locally administered one (IEEE 802) of the same kind as those made of IPv4 addresses. */
  private static MacAddress unused(Picture picture, EndpointRecord newcomer) {
    while (true) {
      MacAddress drawn =
          new MacAddress(0x0242L << 32 | ThreadLocalRandom.current().nextLong(1L << 32));
      if (holder(picture, newcomer, drawn.toString()).isEmpty()) {
        return drawn;
      }
    }
  }

  private EndpointRecord reserve(
      Draft draft,
      NetworkRecord known,
      String id,
      String name,
      EndpointOptions options,
      boolean addressed,
      Set<InetAddress> others)
      throws IOException {
    NetworkRecord network = draft.picture().network(known.id(), known.name());
    for (EndpointRecord other : draft.picture().endpointsOf(network.id()).values()) {
      if (other.name().equals(name)) {
        throw new ConflictException(
            "endpoint with name " + name + " already exists in network " + network.name());
      }
      if (options.mac().filter(it -> it.toString().equals(other.mac())).isPresent()) {
        throw taken(network, other.mac(), other);
      }
    }
    Optional<InetAddress> four = options.ipv4().map(it -> it);
    Optional<InetAddress> six = options.ipv6().map(it -> it);
    boolean hasFour = addressed && network.hasPool(false);
    boolean hasSix = addressed && network.hasPool(true);
    requireOf(network, hasFour, four);
    requireOf(network, hasSix, six);
    EndpointRecord record =
        new EndpointRecord(
                id,
                name,
                network.id(),
                State.CREATING,
                Owner.current(),
                here,
                EndpointRecord.Options.of(options),
                "",
                "",
                "",
                Map.of(),
                Attachment.none())
            .with(options.mac())
            .with(
                request(draft, network, hasFour, false, four, others),
                request(draft, network, hasSix, true, six, others));
    draft.put(record);
    return record;
  }

  private static void requireOf(
      NetworkRecord network, boolean hasFamily, Optional<InetAddress> address) {
    if (address.isPresent() && !hasFamily) {
      throw Addresses.outside(network, IpPrefix.text(address.get()));
    }
  }

  private Optional<IpPrefix> request(
      Draft draft,
      NetworkRecord network,
      boolean hasFamily,
      boolean ipv6,
      Optional<InetAddress> preferred,
      Set<InetAddress> others)
      throws IOException {
    if (!hasFamily) {
      return Optional.empty();
    }
    List<InetAddress> passed = new ArrayList<>();
    InetAddress address;
    IpPrefix given;
    do {
      given = addresses.requestAddress(draft, network, ipv6, preferred);
      address = given.address();
      passed.add(address);
    } while (others.contains(address));
    passed.removeLast();
    for (InetAddress other : passed) {
      addresses.releaseAddress(network, other);
    }
    return Optional.of(given);
  }

  private void forget(NetworkRecord network, EndpointRecord endpoint) throws IOException {
    records.run(draft -> forget(draft, new Member(network, endpoint)));
  }

  /** Deletes the record of an endpoint and frees its addresses. */
  void forget(Draft draft, Member gone) throws IOException {
    draft.delete(gone.endpoint());
    draft.release(() -> addresses.release(gone.network(), gone.endpoint()));
  }

  private record Doomed(NetworkRecord network, EndpointRecord endpoint) {}

  void delete(EndpointRecord known) throws IOException {
    Doomed doomed =
        records.changeWhenFree(draft -> {
          EndpointRecord now = draft.picture().endpoint(known.id(), known.name());
          if (now.state() == State.JOINED) {
            throw new ForbiddenException("endpoint " + now.name() + " has active sandbox");
          }
          Joins.requireQuiet(now);
          draft.put(now.in(State.DELETING));
          return new Doomed(draft.picture().networkOf(now), now);
        });
    NetworkDriver driver = drivers.of(doomed.network);
    try {
      Failures.insist(() -> driver.deleteEndpoint(doomed.endpoint.context(doomed.network)));
      Failures.insist(() -> forget(doomed.network, doomed.endpoint));
    } catch (Throwable e) {
      Undo undo = new Undo();
      undo.push(() -> records.run(draft -> draft.put(doomed.endpoint)));
      undo.after(e);
      Records.abandon(doomed.endpoint);
      throw e;
    }
    networks.deleteIfDeserted(doomed.network);
  }

  /** Ends what a process that is gone has left half done; the endpoint is in no sandbox. */
  void settle(EndpointRecord endpoint) throws IOException {
    NetworkRecord network = records.read(it -> it.networkOf(endpoint));
    drivers.of(network).deleteEndpoint(endpoint.context(network));
    Failures.insist(() -> forget(network, endpoint));
    networks.deleteIfDeserted(network);
  }
}
