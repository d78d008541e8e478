package dev.cnm.controller;

import dev.cnm.controller.Records.Draft;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.Life;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.controller.state.Owner;
import dev.cnm.controller.state.Place;
import dev.cnm.controller.state.SandboxRecord;
import dev.cnm.controller.state.StateRecord;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Brings records and kernel together again after a process or the whole machine ended where it was.
 * What is found half made is first claimed, so that of several processes only one clears it up.
 */
final class Reconciliation {

  private static final System.Logger LOG = System.getLogger(Reconciliation.class.getName());

  private final Records records;
  private final Networks networks;
  private final Endpoints endpoints;
  private final Joins joins;
  private final Sandboxes sandboxes;
  private final Addresses addresses;
  private final Hosts hosts;

  Reconciliation(
      Records records,
      Networks networks,
      Endpoints endpoints,
      Joins joins,
      Sandboxes sandboxes,
      Addresses addresses,
      Hosts hosts) {
    this.records = records;
    this.networks = networks;
    this.endpoints = endpoints;
    this.joins = joins;
    this.sandboxes = sandboxes;
    this.addresses = addresses;
    this.hosts = hosts;
  }

  private record Claims(
      List<EndpointRecord> endpoints, List<SandboxRecord> sandboxes, List<NetworkRecord> networks) {

    boolean isEmpty() {
      return endpoints.isEmpty() && sandboxes.isEmpty() && networks.isEmpty();
    }
  }

  void run() throws IOException {
    dropWhatIsGone();
    if (!records.refusal().isEmpty() || records.read(this::abandoned).isEmpty()) {
      return;
    }
    Claims claims = records.change(this::claim);
    for (EndpointRecord endpoint : claims.endpoints) {
      settle("endpoint " + endpoint.name(), endpoint, () -> settle(endpoint));
    }
    for (SandboxRecord sandbox : claims.sandboxes) {
      settle("sandbox " + sandbox.name(), sandbox, () -> sandboxes.settle(sandbox));
    }
    for (NetworkRecord network : claims.networks) {
      settle("network " + network.name(), network, () -> networks.settle(network));
    }
  }

  /** Forgets what was of an earlier boot, or on a host where nobody is any more. */
  private void dropWhatIsGone() throws IOException {
    Set<Place> deserted = records.read(it -> hosts.deserted(it, sandboxes::life));
    if (!records.read(it -> anyGone(it, deserted))) {
      return;
    }
    List<Path> pins = new ArrayList<>();
    records.runAnyway(draft -> {
      // Somebody may have come meanwhile.
      Set<Place> still = hosts.deserted(draft.picture(), sandboxes::life);
      still.retainAll(deserted);
      pins.addAll(drop(draft, still));
    });
    for (Path pin : pins) {
      attempt("remove " + pin + " of a sandbox that is gone", () -> NetworkNamespace.unpin(pin));
    }
  }

  private boolean anyGone(Picture picture, Set<Place> deserted) {
    return Stream.of(picture.endpoints(), picture.sandboxes(), picture.networks())
        .flatMap(it -> it.values().stream())
        .anyMatch(it -> isGone(it, deserted));
  }

  private boolean isGone(StateRecord record, Set<Place> deserted) {
    boolean dormant =
        record instanceof NetworkRecord network && network.state() == NetworkRecord.State.DORMANT;
    return !dormant
        && (!record.place().bootId().equals(hosts.here().bootId()) || Hosts.isOn(deserted, record));
  }

  /** The kernel has forgotten everything; networks are known on, to be made again when needed. */
  private List<Path> drop(Draft draft, Set<Place> deserted) throws IOException {
    Picture picture = draft.picture();
    List<Path> pins = new ArrayList<>();
    for (EndpointRecord endpoint : picture.endpoints().values()) {
      if (isGone(endpoint, deserted)) {
        draft.delete(endpoint);
        NetworkRecord network = picture.networks().get(endpoint.networkId());
        if (network != null) {
          draft.release(() -> addresses.release(network, endpoint));
        }
      }
    }
    for (SandboxRecord sandbox : picture.sandboxes().values()) {
      if (isGone(sandbox, deserted)) {
        draft.delete(sandbox);
        sandbox.pinned().ifPresent(pins::add);
      }
    }
    for (NetworkRecord network : picture.networks().values()) {
      if (isGone(network, deserted)) {
        if (Picture.visible(network) && !Networks.isDynamic(network)) {
          draft.put(network.dormant());
        } else {
          draft.delete(network);
          draft.release(() -> addresses.releasePools(network));
        }
      }
    }
    return pins;
  }

  private Claims claim(Draft draft) throws IOException {
    Claims found = abandoned(draft.picture());
    Claims claims = new Claims(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (EndpointRecord endpoint : found.endpoints) {
      claims.endpoints.add(
          endpoint.state() == EndpointRecord.State.JOINED
              ? endpoint.in(EndpointRecord.State.LEAVING)
              : endpoint.ownedBy(Owner.current()));
      draft.put(claims.endpoints.getLast());
    }
    for (SandboxRecord sandbox : found.sandboxes) {
      claims.sandboxes.add(sandbox.in(SandboxRecord.State.DELETING));
      draft.put(claims.sandboxes.getLast());
    }
    for (NetworkRecord network : found.networks) {
      claims.networks.add(
          isAtRest(network)
              ? network.in(NetworkRecord.State.DELETING)
              : network.ownedBy(Owner.current()));
      draft.put(claims.networks.getLast());
    }
    return claims;
  }

  private static boolean isAtRest(NetworkRecord network) {
    return network.state() == NetworkRecord.State.READY
        || network.state() == NetworkRecord.State.DORMANT;
  }

  /** Whether nobody is at work on it any more, for sure. */
  private static boolean isAbandoned(StateRecord record) {
    return record.owner().ended() || Records.isAbandoned(record);
  }

  /** What was left half made or half removed, or without what it was for, as far as can be told. */
  private Claims abandoned(Picture picture) {
    Claims found = new Claims(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (EndpointRecord endpoint : picture.endpoints().values()) {
      boolean halfMade =
          endpoint.state() != EndpointRecord.State.READY
              && endpoint.state() != EndpointRecord.State.JOINED
              && isAbandoned(endpoint);
      boolean deserted =
          endpoint.state() == EndpointRecord.State.JOINED
              && picture.usersOf(endpoint.attachment().stackId()).isEmpty();
      if (halfMade || deserted) {
        found.endpoints.add(endpoint);
      }
    }
    for (SandboxRecord sandbox : picture.sandboxes().values()) {
      boolean gone =
          sandbox.state() == SandboxRecord.State.READY
              ? sandboxes.life(sandbox) == Life.ENDED
              : isAbandoned(sandbox);
      if (gone) {
        found.sandboxes.add(sandbox);
      }
    }
    for (NetworkRecord network : picture.networks().values()) {
      boolean deserted =
          isAtRest(network)
              && Networks.isDynamic(network)
              && picture.endpointsOf(network.id()).isEmpty();
      if ((!isAtRest(network) || deserted) && isAbandoned(network)) {
        found.networks.add(network);
      }
    }
    return found;
  }

  private void settle(EndpointRecord endpoint) throws IOException {
    switch (endpoint.state()) {
      case CREATING, DELETING -> endpoints.settle(endpoint);
      case JOINING, LEAVING -> {
        boolean deserted =
            records.read(it -> it.usersOf(endpoint.attachment().stackId()).isEmpty());
        joins.settle(endpoint);
        if (deserted) {
          endpoints.settle(endpoint.with(EndpointRecord.Attachment.none()));
        }
      }
      case READY, JOINED -> throw new AssertionError(endpoint);
    }
  }

  private void settle(String what, StateRecord claimed, Undo.Step step) {
    try {
      step.run();
    } catch (IOException | RuntimeException | LinkageError e) {
      // Whatever a driver throws: the rest is cleared up, and this is tried again next time.
      LOG.log(
          Level.WARNING,
          "cannot clear up " + what + ", which was left half made: " + e.getMessage(),
          e);
      attempt("give up " + what, () -> records.run(draft -> disown(draft, claimed)));
    }
  }

  /** Nobody's, so that whoever comes next can try again. */
  private static void disown(Draft draft, StateRecord claimed) throws IOException {
    Picture picture = draft.picture();
    StateRecord now =
        switch (claimed) {
          case NetworkRecord network -> picture.networks().get(network.id());
          case EndpointRecord endpoint -> picture.endpoints().get(endpoint.id());
          case SandboxRecord sandbox -> picture.sandboxes().get(sandbox.id());
        };
    switch (now) {
      case null -> {}
      case NetworkRecord network -> draft.put(network.ownedBy(Owner.nobody()));
      case EndpointRecord endpoint -> draft.put(endpoint.ownedBy(Owner.nobody()));
      case SandboxRecord sandbox -> draft.put(sandbox.ownedBy(Owner.nobody()));
    }
  }

  private static void attempt(String what, Undo.Step step) {
    try {
      step.run();
    } catch (IOException | RuntimeException e) {
      LOG.log(Level.WARNING, "cannot " + what + ": " + e.getMessage(), e);
    }
  }
}
