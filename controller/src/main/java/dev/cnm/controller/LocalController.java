package dev.cnm.controller;

import dev.cnm.CnmException;
import dev.cnm.ControllerOptions;
import dev.cnm.ForbiddenException;
import dev.cnm.Network;
import dev.cnm.NetworkController;
import dev.cnm.NetworkOptions;
import dev.cnm.NotFoundException;
import dev.cnm.Sandbox;
import dev.cnm.SandboxOptions;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.controller.state.Place;
import dev.cnm.controller.state.SandboxRecord;
import dev.cnm.controller.state.StateStore;
import dev.cnm.controller.state.StoreBusyException;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.namespace.NetworkNamespace.Identity;
import dev.cnm.spi.Finding;
import dev.cnm.spi.NetworkDriver;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The controller of one host. Several may work over one durable store, in several processes: each
 * sees what the others make. Safe for use by several threads.
 */
public final class LocalController implements NetworkController {

  private static final System.Logger LOG = System.getLogger(LocalController.class.getName());

  private final ControllerOptions options;
  private final Records records;
  private final Presence presence;
  private final Drivers drivers;
  private final Stacks stacks;
  private final Addresses addresses;
  private final Networks networks;
  private final Endpoints endpoints;
  private final Resolvers resolvers;
  private final Joins joins;
  private final Sandboxes sandboxes;
  private final Reaper reaper = new Reaper();
  private final PreparedNamespaces prepared;
  private final Hosts hosts;
  private final Reconciliation reconciliation;
  private final AtomicBoolean closed = new AtomicBoolean();

  private LocalController(HeldNamespace host, ControllerOptions options, StateStore store)
      throws IOException {
    this.options = options;
    Identity identity = host.namespace().identity();
    Place here = Place.here(host.namespace().cookie().orElse(identity.inode()), identity.inode());
    records = new Records(store);
    stacks = new Stacks(host);
    String owner = store.owner();
    Owners owners = new Owners(host.namespace(), store);
    drivers =
        new Drivers(
            host, options, owner, type -> new ExistingRecords(records, stacks, owners, type));
    addresses = new Addresses(drivers);
    records.onRedraw(addresses::redrawn);
    records.onRedraw(stacks::redrawn);
    networks = new Networks(records, drivers, addresses, host, here);
    endpoints = new Endpoints(records, drivers, addresses, networks, here);
    resolvers = new Resolvers(records, stacks, options.hostFiles());
    joins = new Joins(records, drivers, stacks, resolvers, reaper);
    prepared =
        new PreparedNamespaces(
            options.preparedNamespaces(), () -> Sandboxes.newNamespace(Map.of()));
    sandboxes = new Sandboxes(records, stacks, joins, endpoints, resolvers, reaper, prepared, here);
    hosts = new Hosts(here);
    reconciliation =
        new Reconciliation(records, networks, endpoints, joins, sandboxes, addresses, hosts);
    records.refuse(hosts::elsewhere);
    presence = Presence.show(host.namespace(), owner);
  }

  /**
   * Opens a controller over a store, brings its records and the kernel together ({@link
   * #reconcile}), takes over sandboxes that nobody looks after ({@link ControllerOptions#adopts}),
   * and adds the predefined networks that there is a driver for.
   *
   * @param store closed with the controller, or if this fails
   * @throws IOException if the host's namespace can't be opened, or the store not read or written
   */
  public static LocalController open(ControllerOptions options, StateStore store)
      throws IOException {
    Failures failures = new Failures();
    try {
      NetworkNamespace host =
          NetworkNamespace.open(options.hostNamespace().orElse(Path.of("/proc/self/ns/net")));
      LocalController controller;
      try {
        controller = new LocalController(new HeldNamespace(host), options, store);
      } catch (Throwable e) {
        host.close();
        throw e;
      }
      try {
        controller.tidy();
        if (options.adopts() && controller.elsewhere().isEmpty()) {
          controller.resolvers.adopt();
        }
        return controller;
      } catch (Throwable e) {
        controller.release(failures);
        throw e;
      }
    } catch (Throwable e) {
      failures.attempt(store::close);
      try {
        failures.orElseThrow();
      } catch (IOException | RuntimeException also) {
        e.addSuppressed(also);
      }
      throw e;
    }
  }

  private void tidy() throws IOException {
    try {
      reconcile();
    } catch (StoreBusyException e) {
      // Who only looks need not wait, and whoever wants a change will be told.
      LOG.log(Level.DEBUG, "what was left half made is not cleared up now", e);
    }
    if (elsewhere().isEmpty()) {
      networks.predefine();
    }
  }

  /**
   * Why nothing can be changed through this controller: its host is another network namespace than
   * the one in which there is what the records tell of, and that is in use. Looking is allowed.
   *
   * @return empty if everything can
   */
  public Optional<String> elsewhere() {
    return Optional.of(records.read(it -> records.refusal())).filter(it -> !it.isEmpty());
  }

  /**
   * Brings the records and the kernel together: what a process that has ended left half made or
   * half removed is removed; sandboxes whose namespace is gone are released, with their endpoints;
   * those of an earlier boot are forgotten, and its networks are made again when they are next
   * used. What lives, and what another living process is at, is left alone. What the kernel refuses
   * to remove is logged, and tried again next time. An endpoint that is in no sandbox stays. So
   * does what can't be judged from here, such as what processes of another PID namespace own, and
   * everything where there is {@link #elsewhere}.
   *
   * @throws IOException if the store can't be read or written
   */
  public void reconcile() throws IOException {
    reconciliation.run();
  }

  /**
   * Has each network driver make sure of what it keeps on the host for its networks, and remove
   * what is left of nobody's ({@link NetworkDriver#restore}).
   *
   * @return the types of the drivers that had to restore something, sorted
   * @throws IOException if the kernel refuses
   */
  public List<String> restore() throws IOException {
    Set<String> inUse =
        records.read(it ->
            it.networks().values().stream()
                .filter(network -> network.state() == NetworkRecord.State.READY)
                .map(NetworkRecord::type)
                .collect(Collectors.toCollection(TreeSet::new)));
    List<String> restored = new ArrayList<>();
    // The others, too: what is left of somebody gone may be of a driver that has no network here.
    Set<String> all = new TreeSet<>(inUse);
    all.addAll(driverTypes());
    for (String type : all) {
      try {
        if (drivers.network(type).restore()) {
          restored.add(type);
        }
      } catch (CnmException e) {
        // A driver that doesn't work and that no network needs; findings() tells.
        if (inUse.contains(type)) {
          throw e;
        }
      }
    }
    return restored;
  }

  /**
   * What keeps the networks of a driver from working ({@link NetworkDriver#findings}).
   *
   * @param type the driver's
   * @throws NotFoundException if there is no such driver that works
   * @throws IOException if the kernel refuses to tell
   */
  public List<Finding> findings(String type) throws IOException {
    return drivers.network(type).findings();
  }

  /**
   * What keeps names from being found in sandboxes, whichever process looks after them.
   *
   * @throws IOException if the store can't be read, or the kernel refuses to tell
   */
  public List<Finding> nameFindings() throws IOException {
    return resolvers.findings();
  }

  /**
   * Puts back what leads to the resolvers of this process, where somebody in a sandbox has taken it
   * away; the process does so by itself within seconds.
   *
   * @return whether something was missing
   */
  public boolean restoreNames() {
    return !resolvers.restore().isEmpty();
  }

  /**
   * The sandboxes that share the stack of this one, itself among them, sorted by name.
   *
   * @throws NotFoundException if it has been deleted
   */
  public List<Sandbox> users(Sandbox sandbox) {
    List<SandboxRecord> users =
        records.read(it -> it.usersOf(it.sandbox(sandbox.id(), sandbox.name()).stackId()));
    return users.stream().filter(Picture::visible).map(this::handle).toList();
  }

  /**
   * Forgets a network whose driver isn't there any more or fails to remove it: it is in no record
   * then, its addresses are given back, and what the driver made for it stays where it is.
   *
   * @throws ForbiddenException if it has endpoints, or exists from the start
   * @throws NotFoundException if it has been deleted
   * @throws IOException if the store can't be written
   */
  public void abandon(Network network) throws IOException {
    networks.abandon(records.read(it -> it.network(network.id(), network.name())));
  }

  /** The options that it was opened with. */
  public ControllerOptions options() {
    return options;
  }

  /** How many of the {@link ControllerOptions#preparedNamespaces} are ready now. */
  public int readyNamespaces() {
    return prepared.ready();
  }

  Records records() {
    return records;
  }

  Drivers drivers() {
    return drivers;
  }

  Stacks stacks() {
    return stacks;
  }

  Endpoints endpoints() {
    return endpoints;
  }

  Joins joins() {
    return joins;
  }

  Sandboxes sandboxKeeper() {
    return sandboxes;
  }

  NetworkRecord networks(NetworkRecord known) throws IOException {
    return networks.withPools(known);
  }

  void delete(NetworkRecord known) throws IOException {
    // The bridge is not to go before its ports.
    reaper.settle(known.id());
    networks.delete(known);
  }

  private Network handle(NetworkRecord network) {
    return new LocalNetwork(this, network);
  }

  private Sandbox handle(SandboxRecord sandbox) {
    return new LocalSandbox(this, sandbox);
  }

  /**
   * {@inheritDoc}
   *
   * <p>A network of type {@code container} may also be called {@code container:} and the name of a
   * sandbox; such a network goes with its last endpoint.
   */
  @Override
  public Network newNetwork(String type, String name, NetworkOptions options) throws IOException {
    return handle(networks.create(type, name, options));
  }

  @Override
  public List<Network> networks() {
    return records.read(it -> Picture.sorted(it.networks())).stream()
        .filter(Picture::visible)
        .map(this::handle)
        .toList();
  }

  @Override
  public void walkNetworks(Predicate<? super Network> visitor) {
    for (Network network : networks()) {
      if (visitor.test(network)) {
        return;
      }
    }
  }

  @Override
  public Optional<Network> networkByName(String name) {
    return records
        .read(it -> Optional.ofNullable(it.networkNamed(name)).filter(Picture::visible))
        .map(this::handle);
  }

  @Override
  public Optional<Network> networkById(String idOrPrefix) {
    return records
        .read(it -> Ids.find(it.networks(), idOrPrefix, "network", Picture::visible))
        .map(this::handle);
  }

  @Override
  public Network network(String nameOrId) {
    Function<Picture, Optional<NetworkRecord>> lookUp =
        picture -> {
          NetworkRecord exact = picture.networks().get(nameOrId);
          NetworkRecord found = exact != null ? exact : picture.networkNamed(nameOrId);
          return found != null && Picture.visible(found)
              ? Optional.of(found)
              : Ids.find(picture.networks(), nameOrId, "network", Picture::visible);
        };
    return records
        .read(lookUp)
        .map(this::handle)
        .orElseThrow(() -> new NotFoundException("network " + nameOrId + " not found"));
  }

  /**
   * {@inheritDoc}
   *
   * <p>In a fresh stack IPv6 is off ({@code disable_ipv6} of all and of new links is 1) until an
   * endpoint with an IPv6 address joins; {@link SandboxOptions#sysctls} are set after that.
   */
  @Override
  public Sandbox newSandbox(String name, SandboxOptions options) throws IOException {
    return handle(sandboxes.create(name, options));
  }

  @Override
  public List<Sandbox> sandboxes() {
    return records.read(it -> Picture.sorted(it.sandboxes())).stream()
        .filter(Picture::visible)
        .map(this::handle)
        .toList();
  }

  @Override
  public void walkSandboxes(Predicate<? super Sandbox> visitor) {
    for (Sandbox sandbox : sandboxes()) {
      if (visitor.test(sandbox)) {
        return;
      }
    }
  }

  @Override
  public Optional<Sandbox> sandboxByName(String name) {
    return records
        .read(it -> Optional.ofNullable(it.sandboxNamed(name)).filter(Picture::visible))
        .map(this::handle);
  }

  @Override
  public Optional<Sandbox> sandboxById(String idOrPrefix) {
    return records
        .read(it -> Ids.find(it.sandboxes(), idOrPrefix, "sandbox", Picture::visible))
        .map(this::handle);
  }

  @Override
  public void awaitRemovals() throws IOException {
    reaper.await();
  }

  @Override
  public List<String> driverTypes() {
    return drivers.networkTypes();
  }

  @Override
  public void close() throws IOException {
    if (closed.getAndSet(true)) {
      return;
    }
    Failures failures = new Failures();
    drivers.closing();
    if (!records.durable()) {
      removeAll(failures);
    }
    release(failures);
    failures.attempt(records::close);
    failures.orElseThrow();
  }

  private void removeAll(Failures failures) {
    for (SandboxRecord sandbox : records.read(it -> List.copyOf(it.sandboxes().values()))) {
      failures.attempt(() -> sandboxes.delete(sandbox));
    }
    for (EndpointRecord endpoint : records.read(it -> List.copyOf(it.endpoints().values()))) {
      failures.attempt(() -> endpoints.delete(endpoint));
    }
    failures.attempt(reaper::await);
    for (NetworkRecord network : records.read(it -> List.copyOf(it.networks().values()))) {
      failures.attempt(() -> networks.removeAtLast(network));
    }
  }

  private void release(Failures failures) {
    resolvers.close(failures);
    reaper.close();
    prepared.close();
    drivers.close(failures);
    stacks.close();
    // At last: all that this process does on the host is over.
    presence.close();
  }
}
