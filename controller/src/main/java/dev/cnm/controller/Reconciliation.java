package dev.cnm.controller;

import dev.cnm.CnmException;
import dev.cnm.controller.Records.Draft;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.controller.state.Owner;
import dev.cnm.controller.state.SandboxRecord;
import dev.cnm.controller.state.StateRecord;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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
  private final String boot;

  Reconciliation(
      Records records,
      Networks networks,
      Endpoints endpoints,
      Joins joins,
      Sandboxes sandboxes,
      Addresses addresses,
      String boot) {
    this.records = records;
    this.networks = networks;
    this.endpoints = endpoints;
    this.joins = joins;
    this.sandboxes = sandboxes;
    this.addresses = addresses;
    this.boot = boot;
  }

  private record Claims(
      List<EndpointRecord> endpoints,
      List<SandboxRecord> sandboxes,
      List<NetworkRecord> networks) {}

  void run() throws IOException {
    List<Path> pins = records.change(this::dropOtherBoots);
    for (Path pin : pins) {
      attempt("remove " + pin + " of an earlier boot", () -> NetworkNamespace.unpin(pin));
    }
    Claims claims = records.change(Reconciliation::claim);
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

  /** The kernel has forgotten everything; networks are known on, to be made again when needed. */
  private List<Path> dropOtherBoots(Draft draft) throws IOException {
    Picture picture = draft.picture();
    List<Path> pins = new ArrayList<>();
    for (EndpointRecord endpoint : picture.endpoints().values()) {
      if (!endpoint.bootId().equals(boot)) {
        NetworkRecord network = picture.networkOf(endpoint);
        draft.delete(endpoint);
        draft.release(() -> addresses.release(network, endpoint));
      }
    }
    for (SandboxRecord sandbox : picture.sandboxes().values()) {
      if (!sandbox.bootId().equals(boot)) {
        draft.delete(sandbox);
        sandbox.pinned().ifPresent(pins::add);
      }
    }
    for (NetworkRecord network : picture.networks().values()) {
      if (!network.bootId().equals(boot) && network.state() != NetworkRecord.State.DORMANT) {
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

  private static Claims claim(Draft draft) throws IOException {
    Picture picture = draft.picture();
    Claims claims = new Claims(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (EndpointRecord endpoint : picture.endpoints().values()) {
      boolean halfMade =
          endpoint.state() != EndpointRecord.State.READY
              && endpoint.state() != EndpointRecord.State.JOINED
              && (!endpoint.owner().alive() || Records.isAbandoned(endpoint));
      String stackId = endpoint.attachment().stackId();
      boolean deserted =
          endpoint.state() == EndpointRecord.State.JOINED && picture.usersOf(stackId).isEmpty();
      if (halfMade || deserted) {
        EndpointRecord claimed =
            deserted
                ? endpoint.in(EndpointRecord.State.LEAVING)
                : endpoint.ownedBy(Owner.current());
        draft.put(claimed);
        claims.endpoints.add(claimed);
      }
    }
    for (SandboxRecord sandbox : picture.sandboxes().values()) {
      boolean gone =
          sandbox.state() == SandboxRecord.State.READY
              ? !Sandboxes.alive(sandbox)
              : !sandbox.owner().alive() || Records.isAbandoned(sandbox);
      if (gone) {
        SandboxRecord claimed = sandbox.in(SandboxRecord.State.DELETING);
        draft.put(claimed);
        claims.sandboxes.add(claimed);
      }
    }
    for (NetworkRecord network : picture.networks().values()) {
      boolean atRest =
          network.state() == NetworkRecord.State.READY
              || network.state() == NetworkRecord.State.DORMANT;
      boolean deserted =
          atRest && Networks.isDynamic(network) && picture.endpointsOf(network.id()).isEmpty();
      if ((!atRest || deserted) && (!network.owner().alive() || Records.isAbandoned(network))) {
        NetworkRecord claimed =
            deserted ? network.in(NetworkRecord.State.DELETING) : network.ownedBy(Owner.current());
        draft.put(claimed);
        claims.networks.add(claimed);
      }
    }
    return claims;
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
    } catch (IOException | CnmException e) {
      LOG.log(Level.WARNING, "cannot clear up " + what + ", which was left half made", e);
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
    } catch (IOException | CnmException e) {
      LOG.log(Level.WARNING, "cannot " + what, e);
    }
  }
}
