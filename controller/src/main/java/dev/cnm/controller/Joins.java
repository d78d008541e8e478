package dev.cnm.controller;

import dev.cnm.ForbiddenException;
import dev.cnm.Names;
import dev.cnm.controller.Records.Draft;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.EndpointRecord.Attachment;
import dev.cnm.controller.state.EndpointRecord.State;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.controller.state.SandboxRecord;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.spi.JoinContext;
import dev.cnm.spi.JoinResult;
import dev.cnm.spi.JoinResult.InterfaceMade;
import dev.cnm.spi.NetworkDriver;
import dev.cnm.spi.SandboxSource;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets endpoints join and leave stacks: one after another in each stack, side by side in different
 * ones. Of the endpoints of a stack that have a gateway, the first in order gives the default
 * route: those of networks that aren't internal first, then by the network's name.
 */
final class Joins {

  private static final System.Logger LOG = System.getLogger(Joins.class.getName());

  private static final Comparator<NetworkRecord> ORDER =
      Comparator.comparing((NetworkRecord it) -> it.options().internal())
          .thenComparing(NetworkRecord::name);

  private final Records records;
  private final Drivers drivers;
  private final Stacks stacks;

  Joins(Records records, Drivers drivers, Stacks stacks) {
    this.records = records;
    this.drivers = drivers;
    this.stacks = stacks;
  }

  /** An endpoint with its network. */
  private record Member(NetworkRecord network, EndpointRecord endpoint) {

    static Member of(Picture picture, EndpointRecord endpoint) {
      return new Member(picture.networkOf(endpoint), endpoint);
    }

    Member with(EndpointRecord other) {
      return new Member(network, other);
    }

    Attachment attachment() {
      return endpoint.attachment();
    }
  }

  private record Intent(
      SandboxRecord sandbox, EndpointRecord before, Member joining, Optional<Member> former) {}

  /** The endpoints of a stack, the one that gives the default route first. */
  static List<EndpointRecord> inOrder(Picture picture, String stackId) {
    List<Member> members = new ArrayList<>();
    picture.endpointsIn(stackId).forEach(it -> members.add(Member.of(picture, it)));
    members.sort(
        Comparator.comparing((Member it) -> !it.attachment().defaultRoute())
            .thenComparing(it -> it.attachment().gateways().isEmpty())
            .thenComparing(Member::network, ORDER));
    return members.stream().map(Member::endpoint).toList();
  }

  static void requireQuiet(EndpointRecord endpoint) {
    if (endpoint.state() != State.READY && endpoint.state() != State.JOINED) {
      throw new Records.Busy("endpoint " + endpoint.name(), endpoint.owner());
    }
  }

  void join(EndpointRecord known, SandboxRecord sandbox) throws IOException {
    ReentrantLock lock = stacks.stack(sandbox.stackId()).joins();
    lock.lock();
    try {
      NetworkRecord network = records.read(it -> it.networkOf(known));
      NetworkDriver driver = drivers.of(network);
      SandboxSource wanted = driver.sandboxSource(network.context());
      String prefix = driver.interfacePrefix(network.context());
      Intent intent = records.changeWhenFree(draft -> begin(draft, known, sandbox, wanted, prefix));
      carryOut(intent, driver);
    } finally {
      lock.unlock();
    }
  }

  private static Intent begin(
      Draft draft,
      EndpointRecord known,
      SandboxRecord knownSandbox,
      SandboxSource wanted,
      String prefix)
      throws IOException {
    Picture picture = draft.picture();
    SandboxRecord sandbox = picture.sandbox(knownSandbox.id(), knownSandbox.name());
    EndpointRecord before = picture.endpoint(known.id(), known.name());
    requireQuiet(before);
    if (before.state() == State.JOINED) {
      throw new ForbiddenException("endpoint " + before.name() + " has joined a sandbox already");
    }
    NetworkRecord network = picture.networkOf(before);
    requireSource(picture, network, sandbox, wanted);
    List<EndpointRecord> others = picture.endpointsIn(sandbox.stackId());
    for (EndpointRecord other : others) {
      requireQuiet(other);
      boolean ofSandbox =
          other.attachment().sandboxId().equals(sandbox.id())
              || !other.attachment().interfaceName().isEmpty();
      if (ofSandbox && other.networkId().equals(network.id())) {
        throw new ForbiddenException(
            "sandbox "
                + sandbox.name()
                + " has an endpoint in network "
                + network.name()
                + " already: "
                + other.name());
      }
    }
    Optional<Member> former =
        others.stream()
            .filter(it -> it.attachment().defaultRoute())
            .map(it -> Member.of(picture, it))
            .findFirst();
    boolean first =
        !network.options().internal()
            && former.filter(it -> ORDER.compare(it.network, network) <= 0).isEmpty();
    EndpointRecord joining =
        before
            .with(
                new Attachment(
                    sandbox.id(),
                    sandbox.stackId(),
                    freeName(prefix, others),
                    "",
                    "",
                    "",
                    first,
                    before.driverState()))
            .in(State.JOINING);
    draft.put(joining);
    return new Intent(
        sandbox, before, new Member(network, joining), first ? former : Optional.empty());
  }

  private static String freeName(String prefix, List<EndpointRecord> others) {
    List<String> taken = others.stream().map(it -> it.attachment().interfaceName()).toList();
    int number = 0;
    while (taken.contains(prefix + number)) {
      number++;
    }
    return Names.requireInterfaceName(prefix + number);
  }

  private static void requireSource(
      Picture picture, NetworkRecord network, SandboxRecord sandbox, SandboxSource wanted) {
    boolean fits =
        switch (wanted) {
          case SandboxSource.Fresh fresh -> sandbox.source() == SandboxRecord.Source.FRESH;
          case SandboxSource.Host host -> sandbox.source() == SandboxRecord.Source.HOST;
          case SandboxSource.SharedWith shared ->
              sandbox.source() == SandboxRecord.Source.SHARED
                  && (shared.sandbox().equals(sandbox.sharedWith())
                      || sharesStack(picture, shared.sandbox(), sandbox));
        };
    if (!fits) {
      throw new ForbiddenException(
          "sandbox "
              + sandbox.name()
              + " has "
              + describe(sandbox.toSource())
              + ", but an endpoint of network "
              + network.name()
              + " needs "
              + describe(wanted));
    }
  }

  private static boolean sharesStack(Picture picture, String nameOrId, SandboxRecord sandbox) {
    return picture.usersOf(sandbox.stackId()).stream()
        .anyMatch(it -> it.name().equals(nameOrId) || it.id().startsWith(nameOrId));
  }

  private static String describe(SandboxSource source) {
    return switch (source) {
      case SandboxSource.Fresh fresh -> "a network stack of its own";
      case SandboxSource.Host host -> "the host's network stack";
      case SandboxSource.SharedWith shared -> "the network stack of sandbox " + shared.sandbox();
    };
  }

  private void carryOut(Intent intent, NetworkDriver driver) throws IOException {
    NetworkRecord network = intent.joining.network;
    Undo undo = new Undo();
    undo.push(() -> records.run(draft -> draft.put(intent.before)));
    try {
      HeldNamespace sandbox = stacks.namespace(intent.sandbox);
      if (intent.former.isPresent()) {
        takeDefaultRoute(sandbox.namespace(), intent.former.get(), undo);
      }
      Attachment begun = intent.joining.attachment();
      JoinResult result =
          driver.join(
              new JoinContext(
                  intent.joining.endpoint.context(network),
                  intent.sandbox.id(),
                  sandbox,
                  begun.interfaceName(),
                  begun.defaultRoute()));
      EndpointRecord made = intent.joining.endpoint.with(begun.made(result));
      undo.push(() -> driver.leave(made.context(network)));
      if (result.interfaceMade() instanceof InterfaceMade.OnHost moved) {
        moveIn(sandbox.namespace(), moved.link(), made, undo);
      }
      SandboxLinks.addRoutes(
          sandbox.namespace(), made.attachment().interfaceName(), result.routes());
      boolean gateway = made.attachment().defaultRoute();
      if (intent.former.isPresent() && !gateway) {
        giveDefaultRoute(sandbox.namespace(), intent.former.get());
      }
      if (gateway) {
        driver.programExternalConnectivity(made.context(network));
        undo.push(() -> driver.revokeExternalConnectivity(made.context(network)));
      }
      records.run(draft -> {
        draft.put(made.in(State.JOINED));
        if (gateway && intent.former.isPresent()) {
          EndpointRecord former = intent.former.get().endpoint;
          draft.put(former.with(former.attachment().defaultRoute(false)));
        }
      });
    } catch (Throwable e) {
      undo.after(e);
      throw e;
    }
  }

  private void moveIn(NetworkNamespace sandbox, String link, EndpointRecord made, Undo undo)
      throws IOException {
    // Written down before the link moves: whoever clears up must know where it came from.
    records.run(draft -> draft.put(made));
    NetworkNamespace host = stacks.host().namespace();
    SandboxLinks.moveIn(host, sandbox, link, made);
    undo.push(() -> SandboxLinks.moveOut(host, sandbox, link, made.attachment().interfaceName()));
    if (made.attachment().defaultRoute()) {
      SandboxLinks.addDefaultRoutes(sandbox, made.attachment());
    }
  }

  private void takeDefaultRoute(NetworkNamespace sandbox, Member former, Undo undo)
      throws IOException {
    NetworkDriver driver = drivers.of(former.network);
    driver.revokeExternalConnectivity(former.endpoint.context(former.network));
    undo.push(() -> driver.programExternalConnectivity(former.endpoint.context(former.network)));
    SandboxLinks.removeDefaultRoutes(sandbox, former.attachment());
    undo.push(() -> {
      SandboxLinks.removeDefaultRoutes(sandbox, former.attachment());
      SandboxLinks.addDefaultRoutes(sandbox, former.attachment());
    });
  }

  /** Revoked and removed first: giving what is there already would be refused. */
  private void giveDefaultRoute(NetworkNamespace sandbox, Member member) throws IOException {
    NetworkDriver driver = drivers.of(member.network);
    SandboxLinks.removeDefaultRoutes(sandbox, member.attachment());
    SandboxLinks.addDefaultRoutes(sandbox, member.attachment());
    driver.revokeExternalConnectivity(member.endpoint.context(member.network));
    driver.programExternalConnectivity(member.endpoint.context(member.network));
  }

  void leave(EndpointRecord known) throws IOException {
    Attachment attachment =
        records.changeWhenFree(draft -> {
          EndpointRecord now = draft.picture().endpoint(known.id(), known.name());
          requireQuiet(now);
          return now.attachment();
        });
    requireJoined(known, attachment);
    ReentrantLock lock = stacks.stack(attachment.stackId()).joins();
    lock.lock();
    try {
      Member leaving =
          records.changeWhenFree(draft -> {
            EndpointRecord now = draft.picture().endpoint(known.id(), known.name());
            requireQuiet(now);
            requireJoined(now, now.attachment());
            draft.picture().endpointsIn(attachment.stackId()).forEach(Joins::requireQuiet);
            draft.put(now.in(State.LEAVING));
            return Member.of(draft.picture(), now);
          });
      try {
        takeOut(leaving);
      } catch (Throwable e) {
        Undo undo = new Undo();
        undo.push(() -> records.run(draft -> draft.put(leaving.endpoint.in(State.JOINED))));
        undo.after(e);
        throw e;
      }
      hasLeft(leaving);
    } finally {
      lock.unlock();
    }
  }

  private static void requireJoined(EndpointRecord endpoint, Attachment attachment) {
    if (attachment.stackId().isEmpty()) {
      throw new ForbiddenException("endpoint " + endpoint.name() + " has joined no sandbox");
    }
  }

  /** Ends what a process that is gone has left half done: the endpoint is in no sandbox then. */
  void settle(EndpointRecord endpoint) throws IOException {
    ReentrantLock lock = stacks.stack(endpoint.attachment().stackId()).joins();
    lock.lock();
    try {
      Member leaving = records.read(it -> Member.of(it, endpoint));
      takeOut(leaving);
      // The process may have ended between taking the default route from one and giving it to
      // the other, so the stack is to get one whatever the record says.
      EndpointRecord giver = endpoint.with(endpoint.attachment().defaultRoute(true));
      hasLeft(leaving.with(giver));
    } finally {
      lock.unlock();
    }
  }

  private void takeOut(Member leaving) throws IOException {
    NetworkDriver driver = drivers.of(leaving.network);
    Attachment attachment = leaving.attachment();
    Failures failures = new Failures();
    if (attachment.defaultRoute()) {
      failures.attempt(
          () -> driver.revokeExternalConnectivity(leaving.endpoint.context(leaving.network)));
    }
    if (!attachment.hostLink().isEmpty()) {
      Optional<HeldNamespace> sandbox = namespaceOf(attachment.stackId());
      if (sandbox.isPresent()) {
        failures.attempt(() ->
            SandboxLinks.moveOut(
                stacks.host().namespace(),
                sandbox.get().namespace(),
                attachment.hostLink(),
                attachment.interfaceName()));
      }
    }
    if (failures.none()) {
      driver.leave(leaving.endpoint.context(leaving.network));
    }
    failures.orElseThrow();
  }

  /** Empty if the namespace has ended, and its links with it. */
  private Optional<HeldNamespace> namespaceOf(String stackId) throws IOException {
    List<SandboxRecord> users = records.read(it -> it.usersOf(stackId));
    for (SandboxRecord user : users) {
      if (stacks.isOpen(user) || (!user.key().isEmpty() && Sandboxes.alive(user))) {
        return Optional.of(stacks.namespace(user));
      }
    }
    return Optional.empty();
  }

  private void hasLeft(Member leaving) throws IOException {
    String stackId = leaving.attachment().stackId();
    Optional<Member> next =
        records.change(draft -> {
          draft.put(leaving.endpoint.with(Attachment.none()).in(State.READY));
          return leaving.attachment().defaultRoute()
              ? next(draft, leaving.endpoint)
              : Optional.empty();
        });
    if (next.isEmpty()) {
      return;
    }
    try {
      Optional<HeldNamespace> sandbox = namespaceOf(stackId);
      if (sandbox.isPresent()) {
        giveDefaultRoute(sandbox.get().namespace(), next.get());
      }
    } catch (IOException | RuntimeException e) {
      // The endpoint has left, which is what was asked for.
      LOG.log(
          Level.WARNING,
          "endpoint " + next.get().endpoint.name() + " can't take over the default route",
          e);
    }
  }

  /** The endpoint that is to give the default route when {@code leaving} has left. */
  private static Optional<Member> next(Draft draft, EndpointRecord leaving) throws IOException {
    Picture picture = draft.picture();
    String stackId = leaving.attachment().stackId();
    boolean inUse = picture.usersOf(stackId).stream().anyMatch(Picture::visible);
    Optional<Member> next =
        picture.endpointsIn(stackId).stream()
            .filter(it -> inUse && !it.id().equals(leaving.id()))
            .filter(it -> it.state() == State.JOINED && !it.attachment().gateways().isEmpty())
            .map(it -> Member.of(picture, it))
            .filter(it -> !it.network.options().internal())
            .min(Comparator.comparing(Member::network, ORDER))
            .map(it -> it.with(it.endpoint.with(it.attachment().defaultRoute(true))));
    if (next.isPresent()) {
      draft.put(next.get().endpoint);
    }
    return next;
  }
}
