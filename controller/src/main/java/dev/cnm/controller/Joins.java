package dev.cnm.controller;

import dev.cnm.ExhaustedException;
import dev.cnm.ForbiddenException;
import dev.cnm.PortBinding;
import dev.cnm.PortMapping;
import dev.cnm.controller.Gateways.Published;
import dev.cnm.controller.Records.Draft;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.EndpointRecord.Attachment;
import dev.cnm.controller.state.EndpointRecord.State;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.controller.state.SandboxRecord;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.JoinContext;
import dev.cnm.spi.JoinResult;
import dev.cnm.spi.JoinResult.InterfaceMade;
import dev.cnm.spi.NetworkDriver;
import dev.cnm.spi.SandboxSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Lets endpoints join and leave stacks: one after another in each stack, side by side in different
 * ones.
 */
final class Joins {

  private static final System.Logger LOG = System.getLogger(Joins.class.getName());

  private final Records records;
  private final Drivers drivers;
  private final Stacks stacks;
  private final Resolvers resolvers;
  private final Reaper reaper;
  private final Gateways gateways;

  Joins(Records records, Drivers drivers, Stacks stacks, Resolvers resolvers, Reaper reaper) {
    this.records = records;
    this.drivers = drivers;
    this.stacks = stacks;
    this.resolvers = resolvers;
    this.reaper = reaper;
    gateways = new Gateways(records, drivers);
  }

  /**
   * What is to be done.
   *
   * @param before the endpoint as it was
   * @param joining the endpoint, with the default routes that it is to give
   * @param formers those that give them now
   * @param published what the stack publishes
   * @param sysctls what is to be set of the interface, by path below {@code /proc/sys}
   */
  private record Intent(
      SandboxRecord sandbox,
      EndpointRecord before,
      Member joining,
      List<Member> formers,
      Published published,
      Map<String, String> sysctls) {

    /** What was published before the newcomer came. */
    Published formerly() {
      return published.before(
          joining.network(),
          formers.stream()
              .filter(it -> it.gives(true))
              .findFirst()
              .map(it -> it.endpoint().id())
              .orElse(""));
    }

    /** What is published when the newcomer has turned out to have a gateway or not. */
    Published publishedWith(Member newcomer) {
      boolean hoped = published.gateway6().equals(joining.endpoint().id());
      return hoped && !newcomer.gives(true) ? published.through("") : published;
    }
  }

  private static final Farewell STAYS =
      (draft, left) -> draft.put(left.endpoint().with(Attachment.none()).in(State.READY));

  static void requireQuiet(EndpointRecord endpoint) {
    if (endpoint.state() != State.READY && endpoint.state() != State.JOINED) {
      throw new Records.Busy("endpoint " + endpoint.name(), endpoint.owner());
    }
  }

  void join(EndpointRecord known, SandboxRecord sandbox) throws IOException {
    try (Stacks.Turn _ = stacks.turn(sandbox.stackId())) {
      NetworkRecord network = records.read(it -> it.networkOf(known));
      NetworkDriver driver = drivers.of(network);
      SandboxSource wanted;
      String prefix;
      try {
        wanted = driver.sandboxSource(network.context());
        prefix = driver.interfacePrefix(network.context());
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
      InterfaceOptions options = InterfaceOptions.of(known.options().driverOptions());
      Intent intent =
          records.changeWhenFree(draft -> begin(draft, known, sandbox, wanted, options, prefix));
      carryOut(intent, driver);
    }
  }

  private static Intent begin(
      Draft draft,
      EndpointRecord known,
      SandboxRecord knownSandbox,
      SandboxSource wanted,
      InterfaceOptions options,
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
    List<Member> members = Member.of(picture, sandbox.stackId());
    boolean outside = !network.options().internal();
    Attachment aspiring =
        Attachment.begun(
            sandbox,
            options.nameBeside(others, prefix),
            outside && !before.ipv4().isEmpty(),
            outside && !before.ipv6().isEmpty(),
            before.driverState());
    Member aspirant = new Member(network, before.with(aspiring));
    Optional<Member> former4 = members.stream().filter(it -> it.gives(false)).findFirst();
    Optional<Member> former6 = members.stream().filter(it -> it.gives(true)).findFirst();
    boolean gives4 = aspiring.gives4() && former4.filter(it -> !it.yieldsTo(aspirant)).isEmpty();
    boolean gives6 = aspiring.gives6() && former6.filter(it -> !it.yieldsTo(aspirant)).isEmpty();
    Map<String, String> sysctls =
        new StackSettings(sandbox.sysctls()).of(before, aspiring.interfaceName(), options);
    EndpointRecord joining = before.with(aspiring.giving(gives4, gives6)).in(State.JOINING);
    draft.put(joining);
    List<PortMapping> ports = ports(picture, sandbox.stackId());
    // Those that publish are told of the newcomer's network, too: it changes who has to be answered
    // how, and who serves the host's IPv6 ports.
    boolean publish = !ports.isEmpty();
    List<Member> formers =
        members.stream()
            .filter(it ->
                ((gives4 || publish) && it.gives(false)) || ((gives6 || publish) && it.gives(true)))
            .toList();
    Published published =
        new Published(
            ports,
            gives6 ? joining.id() : former6.map(it -> it.endpoint().id()).orElse(""),
            Stream.concat(members.stream().map(Member::network), Stream.of(network)).toList());
    return new Intent(sandbox, before, new Member(network, joining), formers, published, sysctls);
  }

  /**
   * What a stack publishes: what the sandbox that it was made for asked for, as long as it lives.
   */
  private static List<PortMapping> ports(Picture picture, String stackId) {
    SandboxRecord founder = picture.sandboxes().get(stackId);
    return founder != null && Picture.visible(founder) ? founder.mappings() : List.of();
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
    Undo undo = new Undo();
    // At last, when the records are what they were.
    undo.push(() -> settleNames(intent));
    undo.push(() -> records.run(draft -> draft.put(intent.before)));
    try {
      HeldNamespace held = stacks.namespace(intent.sandbox);
      NetworkNamespace sandbox = held.namespace();
      Attachment begun = intent.joining.attachment();
      if (Resolvers.needsResolver(intent.joining) && resolvers.expect(intent.sandbox)) {
        undo.push(() -> resolvers.abandon(intent.sandbox.stackId()));
      }
      List<PortBinding> previous = new ArrayList<>();
      List<Member> formers = new ArrayList<>(intent.formers.size());
      for (Member former : intent.formers) {
        previous.addAll(former.attachment().bindings());
        formers.add(makeWay(sandbox, former, begun, intent, undo));
      }
      JoinResult result =
          join(
              driver,
              new JoinContext(
                  intent.joining.context(),
                  intent.sandbox.id(),
                  held,
                  begun.interfaceName(),
                  begun.gives4(),
                  begun.gives6(),
                  intent.sysctls));
      Member made = intent.joining.with(begun.made(result));
      undo.push(() -> driver.leave(made.context()));
      if (result.interfaceMade() instanceof InterfaceMade.OnHost moved) {
        // Written down before the link moves: whoever clears up must know where it came from, and
        // still which default routes the others were to yield.
        records.run(draft -> draft.put(made.with(giving(made, begun)).endpoint()));
        moveIn(sandbox, moved.link(), made.endpoint(), intent.sysctls, undo);
      }
      SandboxLinks.addRoutes(sandbox, made.attachment().interfaceName(), result.routes());
      for (int i = 0; i < formers.size(); i++) {
        formers.set(
            i, takeBack(sandbox, formers.get(i), intent.formers.get(i), made, intent, undo));
      }
      Member joined = made;
      if (made.attachment().gives() || !intent.published.ports().isEmpty()) {
        undo.push(() -> driver.revokeExternalConnectivity(made.context()));
        joined = gateways.connect(made, intent.publishedWith(made), previous);
      }
      EndpointRecord done = joined.endpoint().in(State.JOINED);
      records.run(draft -> {
        draft.put(done);
        for (Member former : formers) {
          draft.put(former.endpoint());
        }
      });
      if (Resolvers.needsResolver(made) || !intent.sandbox.dns().files().isEmpty()) {
        resolvers.settle(intent.sandbox.stackId());
      }
    } catch (Throwable e) {
      undo.after(e);
      Records.abandon(intent.before);
      throw e;
    }
  }

  /** The files may name what has not joined after all. */
  private void settleNames(Intent intent) throws IOException {
    if (!intent.sandbox.dns().files().isEmpty()) {
      resolvers.settle(intent.sandbox.stackId());
    }
  }

  /** What was deleted a moment ago may still have what the driver has no more of. */
  private JoinResult join(NetworkDriver driver, JoinContext join) throws IOException {
    boolean removing = reaper.isBusy();
    try {
      return driver.join(join);
    } catch (ExhaustedException e) {
      if (!removing && !reaper.isBusy()) {
        throw e;
      }
      reaper.settle();
      return driver.join(join);
    }
  }

  /** Makes way for the default routes that the newcomer is to give. */
  private Member makeWay(
      NetworkNamespace sandbox, Member former, Attachment newcomer, Intent intent, Undo undo)
      throws IOException {
    return gateways.change(
        sandbox,
        former,
        former.gives(false) && !newcomer.gives4(),
        former.gives(true) && !newcomer.gives6(),
        intent.published,
        intent.formerly(),
        former.attachment().bindings(),
        undo);
  }

  /** Gives a default route again that the newcomer turned out to have no gateway for. */
  private Member takeBack(
      NetworkNamespace sandbox,
      Member former,
      Member before,
      Member newcomer,
      Intent intent,
      Undo undo)
      throws IOException {
    boolean four = before.gives(false) && !newcomer.gives(false);
    boolean six = before.gives(true) && !newcomer.gives(true);
    Published published =
        six ? intent.published.through(before.endpoint().id()) : intent.publishedWith(newcomer);
    if (four == former.gives(false)
        && six == former.gives(true)
        && published.equals(intent.published)) {
      return former;
    }
    return gateways.change(
        sandbox,
        former,
        four,
        six,
        published,
        intent.published,
        before.attachment().bindings(),
        undo);
  }

  private static Attachment giving(Member made, Attachment begun) {
    return made.attachment().giving(begun.gives4(), begun.gives6());
  }

  private void moveIn(
      NetworkNamespace sandbox,
      String link,
      EndpointRecord made,
      Map<String, String> sysctls,
      Undo undo)
      throws IOException {
    NetworkNamespace host = stacks.host().namespace();
    Attachment attachment = made.attachment();
    SandboxLinks.moveIn(host, sandbox, link, made, sysctls);
    undo.push(() -> SandboxLinks.moveOut(host, sandbox, link, attachment.interfaceName()));
    if (attachment.gives4()) {
      SandboxLinks.replaceDefaultRoute(sandbox, attachment, false);
    }
    if (attachment.gives6()) {
      SandboxLinks.replaceDefaultRoute(sandbox, attachment, true);
    }
  }

  void leave(EndpointRecord known) throws IOException {
    leave(
        known,
        leaving -> {
          takeOut(leaving, isConnected(leaving));
          return STAYS;
        });
  }

  /** What is done to the record of an endpoint that is out. */
  @FunctionalInterface
  interface Farewell {
    void say(Draft draft, Member left) throws IOException;
  }

  /**
   * Takes an endpoint for good out of a stack that is about to go, without waiting for the kernel,
   * if its driver can do so.
   *
   * @param removal removes the record, so that the endpoint can't join again what it has left
   * @return what is to be removed later; if empty, the endpoint has just left
   */
  Optional<Reaper.CutOff> cutOff(EndpointRecord known, Farewell removal) throws IOException {
    List<Reaper.CutOff> result = new ArrayList<>(1);
    leave(
        known,
        leaving -> {
          NetworkDriver driver = drivers.of(leaving.network());
          EndpointContext endpoint = leaving.context();
          if (!leaving.attachment().hostLink().isEmpty() || !driver.cutOff(endpoint)) {
            takeOut(leaving, isConnected(leaving));
            return STAYS;
          }
          result.add(new Reaper.CutOff(driver, endpoint));
          return removal;
        });
    return result.stream().findFirst();
  }

  @FunctionalInterface
  private interface Exit {
    Farewell take(Member leaving) throws IOException;
  }

  private void leave(EndpointRecord known, Exit exit) throws IOException {
    Attachment attachment =
        records.changeWhenFree(draft -> {
          EndpointRecord now = draft.picture().endpoint(known.id(), known.name());
          requireQuiet(now);
          return now.attachment();
        });
    requireJoined(known, attachment);
    try (Stacks.Turn _ = stacks.turn(attachment.stackId())) {
      Member leaving =
          records.changeWhenFree(draft -> {
            EndpointRecord now = draft.picture().endpoint(known.id(), known.name());
            requireQuiet(now);
            requireJoined(now, now.attachment());
            draft.picture().endpointsIn(attachment.stackId()).forEach(Joins::requireQuiet);
            draft.put(now.in(State.LEAVING));
            return Member.of(draft.picture(), now);
          });
      Farewell farewell;
      try {
        farewell = takeTwice(exit, leaving);
      } catch (Throwable e) {
        Undo undo = new Undo();
        undo.push(() -> records.run(draft -> draft.put(leaving.endpoint().in(State.JOINED))));
        undo.after(e);
        Records.abandon(leaving.endpoint());
        throw e;
      }
      hasLeft(leaving, farewell);
    }
  }

  /** Half out is worse than either: what fails is tried once more. */
  private static Farewell takeTwice(Exit exit, Member leaving) throws IOException {
    List<Farewell> farewell = new ArrayList<>(1);
    Failures.insist(() -> farewell.add(exit.take(leaving)));
    return farewell.getLast();
  }

  private static void requireJoined(EndpointRecord endpoint, Attachment attachment) {
    if (attachment.stackId().isEmpty()) {
      throw new ForbiddenException("endpoint " + endpoint.name() + " has joined no sandbox");
    }
  }

  /** Ends what a process that is gone has left half done: the endpoint is in no sandbox then. */
  void settle(EndpointRecord endpoint) throws IOException {
    try (Stacks.Turn _ = stacks.turn(endpoint.attachment().stackId())) {
      Member leaving = records.read(it -> Member.of(it, endpoint));
      // Connected or not: it may have been at just that.
      takeOut(leaving, true);
      // Its record says which default routes it was to give, so that they are taken from others.
      hasLeft(leaving, STAYS);
    }
  }

  private void takeOut(Member leaving, boolean connected) throws IOException {
    NetworkDriver driver = drivers.of(leaving.network());
    Attachment attachment = leaving.attachment();
    Failures failures = new Failures();
    if (connected) {
      failures.attempt(() -> driver.revokeExternalConnectivity(leaving.context()));
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
      driver.leave(leaving.context());
    }
    failures.orElseThrow();
  }

  /** Whether its driver was asked to connect it with the outside. */
  private static boolean isConnected(Member member) {
    return member.attachment().gives() || !member.attachment().ports().isEmpty();
  }

  /** Empty if the namespace has ended, and its links with it. */
  private Optional<HeldNamespace> namespaceOf(String stackId) throws IOException {
    List<SandboxRecord> users = records.read(it -> it.usersOf(stackId));
    for (SandboxRecord user : users) {
      if (stacks.isOpen(user) || stacks.canOpen(user)) {
        return Optional.of(stacks.namespace(user));
      }
    }
    return Optional.empty();
  }

  /** An endpoint that is to give default routes which it has not given so far. */
  private record Heir(Member member, boolean four, boolean six) {

    private Member aspiring() {
      Attachment before = member.attachment();
      return member.with(before.giving(before.gives4() || four, before.gives6() || six));
    }
  }

  private record Estate(List<Heir> heirs, Published published) {}

  /**
   * Gives what the endpoint gave to others, and writes down that it has left when they have it:
   * until then, whoever comes when this process ends is to find one that leaves.
   */
  private void hasLeft(Member leaving, Farewell farewell) throws IOException {
    String stackId = leaving.attachment().stackId();
    try {
      Estate estate = records.read(it -> estate(it, leaving));
      List<Member> heirs = new ArrayList<>(estate.heirs.size());
      if (!estate.heirs.isEmpty()) {
        // First, that they may have got something, so that it is taken back from them, too.
        Failures.insist(() ->
            records.run(draft -> {
              for (Heir heir : estate.heirs) {
                draft.put(heir.aspiring().endpoint());
              }
            }));
        for (Heir heir : estate.heirs) {
          heirs.add(inherited(stackId, heir, estate.published, leaving.attachment().bindings()));
        }
      }
      Failures.insist(() ->
          records.run(draft -> {
            farewell.say(draft, leaving);
            for (Member heir : heirs) {
              draft.put(heir.endpoint());
            }
          }));
    } catch (Throwable e) {
      Records.abandon(leaving.endpoint());
      throw e;
    }
    try {
      Failures.insist(() -> resolvers.settle(stackId));
    } catch (IOException | RuntimeException e) {
      LOG.log(Level.WARNING, "the names of stack " + stackId + " are not up to date", e);
    }
  }

  /** The heir as it is afterwards: with what it was to get, or without if that failed. */
  private Member inherited(
      String stackId, Heir heir, Published published, List<PortBinding> previous) {
    try {
      Optional<HeldNamespace> sandbox = namespaceOf(stackId);
      if (sandbox.isPresent()) {
        try {
          return inherit(sandbox.get().namespace(), heir, published, previous);
        } catch (IOException | RuntimeException e) {
          LOG.log(Level.DEBUG, "once more, since the default route is to lead somewhere", e);
          return inherit(sandbox.get().namespace(), heir, published, previous);
        }
      }
    } catch (IOException | RuntimeException e) {
      // The endpoint has left, which is what was asked for.
      LOG.log(
          Level.WARNING,
          "endpoint " + heir.member.endpoint().name() + " can't take over the default route",
          e);
    }
    return heir.member;
  }

  private Member inherit(
      NetworkNamespace sandbox, Heir heir, Published published, List<PortBinding> previous)
      throws IOException {
    Attachment before = heir.member.attachment();
    List<PortBinding> wanted = new ArrayList<>(previous);
    wanted.addAll(before.bindings());
    Undo undo = new Undo();
    try {
      return gateways.change(
          sandbox,
          // As if it had none of them: it may lack what the record says that it has.
          heir.member.with(
              before.giving(before.gives4() && !heir.four, before.gives6() && !heir.six)),
          before.gives4() || heir.four,
          before.gives6() || heir.six,
          published,
          published,
          wanted,
          undo);
    } catch (Throwable e) {
      undo.after(e);
      throw e;
    }
  }

  /** Who is to give the default routes when {@code leaving} has left. */
  private static Estate estate(Picture picture, Member leaving) {
    String stackId = leaving.attachment().stackId();
    boolean inUse = picture.usersOf(stackId).stream().anyMatch(Picture::visible);
    if (!inUse || !leaving.attachment().gives()) {
      return new Estate(List.of(), Published.NOTHING);
    }
    List<Member> staying =
        Member.of(picture, stackId).stream()
            .filter(it -> !it.endpoint().id().equals(leaving.endpoint().id()))
            .filter(it -> it.endpoint().state() == State.JOINED)
            .toList();
    List<Member> rest = staying.stream().filter(it -> !it.network().options().internal()).toList();
    Optional<Member> four = leaving.gives(false) ? first(rest, false) : Optional.empty();
    Optional<Member> six = leaving.gives(true) ? first(rest, true) : Optional.empty();
    List<PortMapping> ports = ports(picture, stackId);
    // Without an IPv6 gateway, the IPv4 one serves the host's IPv6 ports.
    boolean leavesPorts = leaving.gives(true) && six.isEmpty() && !ports.isEmpty();
    List<Heir> heirs =
        rest.stream()
            .filter(it ->
                four.filter(it::equals).isPresent()
                    || six.filter(it::equals).isPresent()
                    || (leavesPorts && it.gives(false)))
            .map(it ->
                new Heir(
                    it, four.filter(it::equals).isPresent(), six.filter(it::equals).isPresent()))
            .toList();
    String gateway6 =
        six.or(() -> rest.stream().filter(it -> it.gives(true)).findFirst())
            .map(it -> it.endpoint().id())
            .orElse("");
    return new Estate(
        heirs, new Published(ports, gateway6, staying.stream().map(Member::network).toList()));
  }

  private static Optional<Member> first(List<Member> members, boolean ipv6) {
    return members.stream().filter(it -> it.attachment().hasGateway(ipv6)).findFirst();
  }

  /** Takes the published ports of a stack back; its founder is about to go and others stay. */
  void unpublish(String stackId) throws IOException {
    List<Member> published =
        records.read(it ->
            Member.of(it, stackId).stream()
                .filter(member -> !member.attachment().ports().isEmpty())
                .toList());
    for (Member member : published) {
      Member now = gateways.connect(member, Published.NOTHING, List.of());
      records.run(draft -> draft.put(now.endpoint()));
    }
  }
}
