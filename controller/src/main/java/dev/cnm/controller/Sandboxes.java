package dev.cnm.controller;

import dev.cnm.ConflictException;
import dev.cnm.DnsOptions;
import dev.cnm.InvalidParameterException;
import dev.cnm.Names;
import dev.cnm.NotFoundException;
import dev.cnm.PortMapping;
import dev.cnm.SandboxOptions;
import dev.cnm.controller.Records.Draft;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.Life;
import dev.cnm.controller.state.Owner;
import dev.cnm.controller.state.Place;
import dev.cnm.controller.state.SandboxRecord;
import dev.cnm.controller.state.SandboxRecord.Source;
import dev.cnm.controller.state.SandboxRecord.State;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.namespace.NetworkNamespace.Identity;
import dev.cnm.netlink.namespace.ReadOnlySettingException;
import dev.cnm.spi.SandboxSource;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes and removes sandboxes. */
final class Sandboxes {

  private static final System.Logger LOG = System.getLogger(Sandboxes.class.getName());

  private static final boolean IPV6 = Files.exists(Path.of("/proc/sys/net/ipv6"));

  private final Records records;
  private final Stacks stacks;
  private final Joins joins;
  private final Endpoints endpoints;
  private final Resolvers resolvers;
  private final Reaper reaper;
  private final PreparedNamespaces prepared;
  private final Place here;

  Sandboxes(
      Records records,
      Stacks stacks,
      Joins joins,
      Endpoints endpoints,
      Resolvers resolvers,
      Reaper reaper,
      PreparedNamespaces prepared,
      Place here) {
    this.records = records;
    this.stacks = stacks;
    this.joins = joins;
    this.endpoints = endpoints;
    this.resolvers = resolvers;
    this.reaper = reaper;
    this.prepared = prepared;
    this.here = here;
  }

  SandboxRecord create(String name, SandboxOptions options) throws IOException {
    Names.requireSandboxName(name);
    if (!(options.source() instanceof SandboxSource.Fresh)
        && (options.pin().isPresent()
            || !options.sysctls().isEmpty()
            || !options.ports().isEmpty()
            || (options.source() instanceof SandboxSource.SharedWith
                && !options.dns().equals(DnsOptions.defaults())))) {
      throw new InvalidParameterException(
          "sandbox "
              + name
              + " can't be pinned or have sysctls, published ports or names: its network stack is"
              + " not its own");
    }
    return switch (options.source()) {
      case SandboxSource.Fresh fresh -> createFresh(name, options);
      case SandboxSource.Host host -> createOnHost(name, options.dns());
      case SandboxSource.SharedWith shared -> createShared(name, shared.sandbox());
    };
  }

  private SandboxRecord createFresh(String name, SandboxOptions options) throws IOException {
    Optional<Path> pin = options.pin().map(Path::toAbsolutePath);
    if (pin.isPresent() && Files.exists(pin.get(), LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(
          pin.get().toString(), null, "sandbox " + name + " can't be pinned there");
    }
    String id = Ids.next();
    SandboxRecord creating =
        new SandboxRecord(
            id,
            name,
            State.CREATING,
            Owner.current(),
            here,
            Source.FRESH,
            "",
            id,
            false,
            pin.map(Path::toString).orElse(""),
            "",
            0,
            0,
            options.ports().stream().map(PortMapping::toString).toList(),
            SandboxRecord.Dns.of(options.dns()),
            options.sysctls());
    records.run(draft -> putNew(draft, creating));
    Undo undo = new Undo();
    undo.push(() -> records.run(draft -> draft.delete(creating)));
    try {
      NetworkNamespace namespace =
          new StackSettings(options.sysctls()).first().isEmpty()
              ? prepared.take()
              : newNamespace(options.sysctls());
      stacks.made(id, namespace);
      undo.push(() -> stacks.forget(id));
      if (pin.isPresent()) {
        namespace.pin(pin.get());
        undo.push(() -> NetworkNamespace.unpin(pin.get()));
      }
      Identity identity = namespace.identity();
      SandboxRecord made =
          creating.made(
              pin.orElse(namespace.path()).toString(), identity.device(), identity.inode());
      records.run(draft -> draft.put(made));
      undo.push(() -> resolvers.stop(id));
      writeFiles(made);
      return made;
    } catch (Throwable e) {
      undo.after(e);
      Records.abandon(creating);
      throw e;
    }
  }

  private void writeFiles(SandboxRecord made) throws IOException {
    if (made.dns().files().isEmpty()) {
      return;
    }
    try {
      resolvers.settle(made.stackId());
    } catch (Throwable e) {
      NameFiles.remove(made);
      throw e;
    }
  }

  /** A namespace as sandboxes have it: with these settings and the loopback up. */
  static NetworkNamespace newNamespace(Map<String, String> sysctls) throws IOException {
    NetworkNamespace namespace = create(sysctls);
    try {
      SandboxLinks.setLoopbackUp(namespace);
      return namespace;
    } catch (Throwable e) {
      namespace.close();
      throw e;
    }
  }

  private static NetworkNamespace create(Map<String, String> sysctls) throws IOException {
    Map<String, String> chosen = new StackSettings(sysctls).first();
    if (!IPV6) {
      return NetworkNamespace.create(chosen);
    }
    // IPv6 is off until an endpoint with an IPv6 address comes; the caller has the last word.
    Map<String, String> first = new LinkedHashMap<>();
    first.put(StackSettings.DISABLE_IPV6, "1");
    first.putAll(chosen);
    try {
      return NetworkNamespace.create(first);
    } catch (ReadOnlySettingException e) {
      if (!e.path().equals(StackSettings.DISABLE_IPV6)
          || chosen.containsKey(StackSettings.DISABLE_IPV6)) {
        throw e;
      }
      LOG.log(
          Level.WARNING,
          "IPv6 stays on inside, with link-local addresses, since /proc/sys is read-only here");
      return NetworkNamespace.create(chosen);
    }
  }

  private SandboxRecord createOnHost(String name, DnsOptions dns) throws IOException {
    NetworkNamespace host = stacks.host().namespace();
    String id = Ids.next();
    SandboxRecord made =
        new SandboxRecord(
            id,
            name,
            State.READY,
            Owner.current(),
            here,
            Source.HOST,
            "",
            id,
            true,
            "",
            host.path().toString(),
            host.identity().device(),
            host.identity().inode(),
            List.of(),
            SandboxRecord.Dns.of(dns),
            Map.of());
    records.run(draft -> putNew(draft, made));
    Undo undo = new Undo();
    undo.push(() -> records.run(draft -> draft.delete(made)));
    try {
      writeFiles(made);
      return made;
    } catch (Throwable e) {
      undo.after(e);
      Records.abandon(made);
      throw e;
    }
  }

  private SandboxRecord createShared(String name, String other) throws IOException {
    SandboxRecord known = records.read(it -> find(it, other));
    // Held open by this process too: the other one's may end first.
    NetworkNamespace namespace = stacks.namespace(known).namespace();
    String key = known.pin().isEmpty() ? namespace.path().toString() : known.pin();
    String id = Ids.next();
    // The other one's process may end first, and this one is to go on with the names then.
    resolvers.watch();
    return records.change(draft -> {
      SandboxRecord now = draft.picture().sandbox(known.id(), known.name());
      SandboxRecord made =
          new SandboxRecord(
              id,
              name,
              State.READY,
              Owner.current(),
              here,
              Source.SHARED,
              other,
              now.stackId(),
              now.onHost(),
              now.pin(),
              key,
              now.device(),
              now.inode(),
              List.of(),
              now.dns().shared(),
              now.sysctls());
      putNew(draft, made);
      return made;
    });
  }

  private static SandboxRecord find(Picture picture, String nameOrId) {
    SandboxRecord named = picture.sandboxNamed(nameOrId);
    if (named != null && Picture.visible(named)) {
      return named;
    }
    return Ids.find(picture.sandboxes(), nameOrId, "sandbox", Picture::visible)
        .orElseThrow(() -> new NotFoundException("sandbox " + nameOrId + " not found"));
  }

  private static void putNew(Draft draft, SandboxRecord record) throws IOException {
    if (draft.picture().sandboxNamed(record.name()) != null) {
      throw new ConflictException("sandbox with name " + record.name() + " already exists");
    }
    draft.put(record);
  }

  /** What goes with a sandbox: its own endpoints or, with the last one, all of the stack. */
  private record End(SandboxRecord sandbox, boolean last, List<EndpointRecord> endpoints) {}

  void delete(SandboxRecord known) throws IOException {
    try (Stacks.Turn _ = stacks.turn(known.stackId())) {
      End end =
          records.changeWhenFree(draft -> {
            SandboxRecord now = draft.picture().sandbox(known.id(), known.name());
            End found = end(draft.picture(), now);
            found.endpoints.forEach(Joins::requireQuiet);
            draft.put(now.in(State.DELETING));
            return found;
          });
      try {
        finish(end);
      } catch (Throwable e) {
        Records.abandon(end.sandbox);
        throw e;
      }
    }
  }

  private static End end(Picture picture, SandboxRecord sandbox) {
    boolean last =
        picture.usersOf(sandbox.stackId()).stream()
            .noneMatch(it -> !it.id().equals(sandbox.id()) && Picture.visible(it));
    List<EndpointRecord> endpoints =
        picture.endpointsIn(sandbox.stackId()).stream()
            .filter(it -> last || isOwn(it, sandbox))
            .toList();
    return new End(sandbox, last, endpoints);
  }

  /**
   * An endpoint with an interface is the stack's; one without is the sandbox's through which it
   * joined.
   */
  static boolean isOwn(EndpointRecord endpoint, SandboxRecord sandbox) {
    return endpoint.attachment().interfaceName().isEmpty()
        && endpoint.attachment().sandboxId().equals(sandbox.id());
  }

  private void finish(End end) throws IOException {
    Failures failures = new Failures();
    List<Reaper.CutOff> cutOff = new ArrayList<>(end.endpoints.size());
    // Where records outlive the process, a crash would leave a link that none of them tells of.
    boolean later = end.last && !records.durable();
    for (EndpointRecord endpoint : end.endpoints) {
      failures.attempt(() -> {
        if (later) {
          Optional<Reaper.CutOff> remains = joins.cutOff(endpoint, endpoints::forget);
          if (remains.isPresent()) {
            cutOff.add(remains.get());
            return;
          }
        } else {
          joins.leave(endpoint);
        }
        endpoints.delete(endpoint);
      });
    }
    release(end, cutOff, failures);
    failures.orElseThrow();
  }

  private void release(End end, List<Reaper.CutOff> cutOff, Failures failures) {
    if (!end.last && end.sandbox.id().equals(end.sandbox.stackId())) {
      failures.attempt(() -> joins.unpublish(end.sandbox.stackId()));
    }
    NameFiles.remove(end.sandbox);
    if (end.last) {
      failures.attempt(() -> resolvers.stop(end.sandbox.stackId()));
      end.sandbox
          .pinned()
          .ifPresent(
              pin -> failures.attempt(() -> Failures.insist(() -> NetworkNamespace.unpin(pin))));
      NetworkNamespace namespace = stacks.release(end.sandbox.stackId());
      if (!cutOff.isEmpty()) {
        reaper.take(new Reaper.Remains(cutOff, namespace));
      } else if (namespace != null) {
        namespace.close();
      }
    }
    failures.attempt(() -> Failures.insist(() -> records.run(draft -> forget(draft, end))));
  }

  private static void forget(Draft draft, End end) throws IOException {
    draft.delete(end.sandbox);
    if (!end.last) {
      handOver(draft, end.sandbox);
    }
  }

  /**
   * Gives what a sandbox brought into a stack to one of those that go on in there, together with
   * the name: the sandbox's own is free again, in these networks, too, and leads nowhere until
   * another sandbox has it.
   */
  private static void handOver(Draft draft, SandboxRecord gone) throws IOException {
    Picture picture = draft.picture();
    Optional<SandboxRecord> heir =
        picture.usersOf(gone.stackId()).stream()
            .filter(it -> !it.id().equals(gone.id()) && Picture.visible(it))
            .findFirst();
    if (heir.isEmpty()) {
      return;
    }
    for (EndpointRecord endpoint : picture.endpointsIn(gone.stackId())) {
      if (endpoint.state() == EndpointRecord.State.JOINED
          && endpoint.attachment().sandboxId().equals(gone.id())
          && !isOwn(endpoint, gone)) {
        draft.put(endpoint.inheritedBy(heir.get(), nameFor(picture, endpoint, heir.get())));
      }
    }
  }

  private static String nameFor(Picture picture, EndpointRecord endpoint, SandboxRecord heir) {
    boolean taken =
        picture.endpointsOf(endpoint.networkId()).values().stream()
            .anyMatch(it -> !it.id().equals(endpoint.id()) && it.name().equals(heir.name()));
    return taken ? heir.name() + "-" + endpoint.id().substring(0, 12) : heir.name();
  }

  /** Ends what a process that is gone has left behind. */
  void settle(SandboxRecord sandbox) throws IOException {
    try (Stacks.Turn _ = stacks.turn(sandbox.stackId())) {
      End end = records.read(it -> end(it, sandbox));
      Failures failures = new Failures();
      for (EndpointRecord endpoint : end.endpoints) {
        failures.attempt(() -> {
          joins.settle(endpoint);
          endpoints.settle(endpoint.with(EndpointRecord.Attachment.none()));
        });
      }
      failures.orElseThrow();
      release(end, List.of(), failures);
      failures.orElseThrow();
    }
  }

  /** Whether the stack of a sandbox can still be entered by others than the kernel. */
  Life life(SandboxRecord sandbox) {
    if (!sandbox.place().bootId().equals(here.bootId())) {
      return Life.ENDED;
    }
    if (sandbox.pin().isEmpty()) {
      return sandbox.owner().life();
    }
    if (stacks.canOpen(sandbox)) {
      return Life.ALIVE;
    }
    Life owner = sandbox.owner().equals(Owner.current()) ? Life.ENDED : sandbox.owner().life();
    if (owner != Life.ENDED) {
      return owner;
    }
    // The file is bound in one mount namespace and what copies it. The number of one that is gone
    // is given to another, so what is in the network namespace has a word, too.
    boolean seen = here.mounts() != 0 && sandbox.place().mounts() == here.mounts();
    return seen && !Hosts.isInhabited(sandbox.inode()) ? Life.ENDED : Life.UNKNOWN;
  }
}
