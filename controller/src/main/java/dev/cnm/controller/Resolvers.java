package dev.cnm.controller;

import dev.cnm.IpPrefix;
import dev.cnm.controller.dns.HostServers;
import dev.cnm.controller.dns.Resolver;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.controller.state.Owner;
import dev.cnm.controller.state.SandboxRecord;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.route.Routes;
import dev.cnm.spi.Finding;
import dev.cnm.spi.Finding.Severity;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Sees to the names of the stacks that are this process's: a resolver for each that is in a network
 * which somebody created, and the files of each sandbox. A stack is the process's whose sandbox it
 * was made for or, when that process has ended, of another one that shares it. Safe for use by
 * several threads.
 */
final class Resolvers {

  private static final System.Logger LOG = System.getLogger(Resolvers.class.getName());

  /** How often to look whether another process has changed something. */
  private static final Duration GLANCE = Duration.ofMillis(200);

  /** How often to look whether somebody in a sandbox has. */
  private static final Duration TURN = Duration.ofSeconds(1);

  /** Of linux/rtnetlink.h: to an address of the stack's own. */
  private static final int RTN_LOCAL = 2;

  private static final InetAddress LOOPBACK6 = IpPrefix.parseAddress("::1");

  private final Records records;
  private final Stacks stacks;
  private final Directories directories;
  private final HostServers servers;
  private final NameFiles files;
  private final Map<String, Slot> slots = new ConcurrentHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final CountDownLatch ending = new CountDownLatch(1);
  private @Nullable Thread watcher;
  private boolean closed;

  Resolvers(Records records, Stacks stacks, Path hostFiles) {
    this.records = records;
    this.stacks = stacks;
    directories = new Directories(records);
    servers = new HostServers(hostFiles.resolve("resolv.conf"), stacks.host().namespace());
    files = new NameFiles(hostFiles, servers);
  }

  /** What there is of a stack. */
  private static final class Slot {
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Resolver resolver;
    private @Nullable Duty done;
  }

  /**
   * What is to be done for a stack.
   *
   * @param sandbox the process's
   * @param resolver whether there is to be a resolver
   * @param addresses the stack's, by interface
   * @param hostAddresses by which it reaches its host
   */
  record Duty(
      SandboxRecord sandbox,
      boolean resolver,
      List<InetAddress> addresses,
      List<InetAddress> hostAddresses) {

    private Duty resolving() {
      return new Duty(sandbox, true, addresses, hostAddresses);
    }
  }

  /** The endpoints of a stack for whose networks there is a resolver. */
  static List<Member> resolving(Picture picture, String stackId) {
    return joined(picture, stackId).filter(Resolvers::needsResolver).toList();
  }

  /** Whether there is to be a resolver for an endpoint that has joined, or is about to. */
  static boolean needsResolver(Member member) {
    return !member.network().predefined()
        && !member.attachment().interfaceName().isEmpty()
        && !Directories.addresses(member.endpoint()).isEmpty();
  }

  private static Stream<Member> joined(Picture picture, String stackId) {
    return Member.of(picture, stackId).stream()
        .filter(it -> it.endpoint().state() == EndpointRecord.State.JOINED)
        .filter(it -> !it.attachment().interfaceName().isEmpty());
  }

  /** The sandbox whose process looks after a stack, if it is this process. */
  private static Optional<SandboxRecord> own(Picture picture, String stackId) {
    return picture.usersOf(stackId).stream()
        .filter(Picture::visible)
        .sorted(
            Comparator.comparing((SandboxRecord it) -> !it.id().equals(stackId))
                .thenComparing(SandboxRecord::id))
        .filter(it -> !it.owner().ended())
        .findFirst()
        .filter(it -> it.owner().equals(Owner.current()));
  }

  private static Optional<Duty> duty(Picture picture, String stackId) {
    return own(picture, stackId)
        .map(sandbox ->
            new Duty(
                sandbox,
                !resolving(picture, stackId).isEmpty(),
                joined(picture, stackId)
                    .sorted(
                        Comparator.comparingInt(
                                (Member it) -> it.attachment().interfaceName().length())
                            .thenComparing(it -> it.attachment().interfaceName()))
                    .flatMap(it -> Directories.addresses(it.endpoint()).stream())
                    .toList(),
                hostAddresses(picture, sandbox)));
  }

  private static List<InetAddress> hostAddresses(Picture picture, SandboxRecord sandbox) {
    List<String> gateways =
        joined(picture, sandbox.stackId())
            .flatMap(it ->
                Stream.of(
                    it.gives(false) ? it.attachment().gateway4() : "",
                    it.gives(true) ? it.attachment().gateway6() : ""))
            .filter(it -> !it.isEmpty())
            .toList();
    NetworkRecord bridge = picture.networkNamed("bridge");
    if (gateways.isEmpty() && bridge != null) {
      gateways =
          bridge.pools().stream().map(it -> it.gateway()).filter(it -> !it.isEmpty()).toList();
    }
    if (gateways.isEmpty() && sandbox.onHost()) {
      gateways = List.of("127.0.0.1");
    }
    return gateways.stream().map(IpPrefix::parseAddress).toList();
  }

  /**
   * Begins to start the resolver that a sandbox is going to need, if it is this process's and has
   * none: {@link #settle} waits for it, and what joins meanwhile does not.
   *
   * @return whether it has been begun, for {@link #abandon} if it is not needed after all
   * @throws IOException if the namespace can't be opened
   */
  boolean expect(SandboxRecord sandbox) throws IOException {
    String stackId = sandbox.stackId();
    Optional<SandboxRecord> own = records.read(it -> own(it, stackId));
    if (own.isEmpty()) {
      return false;
    }
    Slot slot = slots.computeIfAbsent(stackId, id -> new Slot());
    slot.lock.lock();
    try {
      if (slots.get(stackId) != slot || slot.resolver != null) {
        return false;
      }
      slot.resolver = start(own.get());
      return true;
    } finally {
      slot.lock.unlock();
    }
  }

  private Resolver start(SandboxRecord sandbox) throws IOException {
    return Resolver.start(
        stacks.namespace(sandbox).namespace(),
        directories.of(sandbox.stackId()),
        sandbox.dns().toOptions(),
        servers);
  }

  /**
   * Does what is to be done for a stack, after something has joined or left it.
   *
   * @throws IOException if the resolver can't be started, or the files not be written
   */
  void settle(String stackId) throws IOException {
    watch();
    attend(stackId);
  }

  /** Returns false if the stack is somebody else's, or nobody's. */
  private boolean attend(String stackId) throws IOException {
    Optional<Duty> duty = records.read(it -> duty(it, stackId));
    if (duty.isEmpty()) {
      stop(stackId);
      return false;
    }
    Slot slot = slots.computeIfAbsent(stackId, id -> new Slot());
    slot.lock.lock();
    try {
      if (slots.get(stackId) == slot) {
        attend(slot, slot.resolver == null ? duty.get() : duty.get().resolving());
      }
    } finally {
      slot.lock.unlock();
    }
    return true;
  }

  private void attend(Slot slot, Duty duty) throws IOException {
    if (duty.equals(slot.done)) {
      return;
    }
    // Until it is done, nobody knows what there is.
    slot.done = null;
    if (duty.resolver) {
      awaitResolver(slot, duty.sandbox);
    }
    boolean _ =
        Uninterrupted.call(() -> {
          files.write(duty, () -> hasLoopback6(duty.sandbox));
          return true;
        });
    slot.done = duty;
  }

  private boolean hasLoopback6(SandboxRecord sandbox) throws IOException {
    if (sandbox.onHost()) {
      return true;
    }
    NetlinkSocket socket = stacks.namespace(sandbox).namespace().route();
    try {
      return new Routes(socket).lookUp(LOOPBACK6).filter(it -> it.type() == RTN_LOCAL).isPresent();
    } catch (NetlinkException e) {
      // A kernel without IPv6.
      return false;
    }
  }

  private void awaitResolver(Slot slot, SandboxRecord sandbox) throws IOException {
    Resolver resolver = slot.resolver;
    if (resolver == null) {
      resolver = start(sandbox);
      slot.resolver = resolver;
    }
    try {
      resolver.awaitStart();
    } catch (IOException | RuntimeException e) {
      slot.resolver = null;
      throw e;
    }
  }

  /** Ends the resolver of a stack, if there is one here. */
  void stop(String stackId) throws IOException {
    end(stackId, Resolver::close);
  }

  /** The same where nothing of it is to stay. */
  void abandon(String stackId) throws IOException {
    end(stackId, Resolver::abandon);
  }

  @FunctionalInterface
  private interface End {
    void of(Resolver resolver) throws IOException;
  }

  private void end(String stackId, End end) throws IOException {
    Slot slot = slots.remove(stackId);
    if (slot != null) {
      slot.lock.lock();
      try {
        if (slot.resolver != null) {
          end.of(slot.resolver);
        }
      } finally {
        slot.lock.unlock();
      }
    }
  }

  /** Takes over the sandboxes that live while their processes have ended. */
  void adopt() throws IOException {
    records.run(draft -> {
      for (SandboxRecord sandbox : List.copyOf(draft.picture().sandboxes().values())) {
        if (Picture.visible(sandbox) && sandbox.owner().ended() && stacks.canOpen(sandbox)) {
          draft.put(sandbox.ownedBy(Owner.current()));
        }
      }
    });
    watch();
    boolean _ = settleAll();
  }

  /** Returns false if another process looks after one, whose end is to be noticed. */
  private boolean settleAll() {
    Set<String> all =
        records.read(it -> {
          Set<String> ours = new HashSet<>();
          for (SandboxRecord sandbox : it.sandboxes().values()) {
            if (sandbox.owner().equals(Owner.current()) && Picture.visible(sandbox)) {
              ours.add(sandbox.stackId());
            }
          }
          return ours;
        });
    all.addAll(slots.keySet());
    boolean everyOne = true;
    for (String stackId : all) {
      try {
        everyOne &= attend(stackId);
      } catch (IOException | RuntimeException e) {
        LOG.log(Level.WARNING, "the names of stack " + stackId + " are not looked after", e);
      }
    }
    return everyOne;
  }

  /**
   * Puts back what leads to the resolvers, where somebody in a sandbox has taken it away. Cheap as
   * long as nobody has.
   *
   * @return the ids of the stacks where something was missing
   */
  List<String> restore() {
    List<String> restored = new ArrayList<>();
    slots.forEach((stackId, slot) -> {
      // Who holds it is at work on this very stack.
      if (slot.lock.tryLock()) {
        try {
          if (slot.resolver != null && slot.resolver.restore()) {
            LOG.log(Level.INFO, "restored the way to the resolver of stack " + stackId);
            restored.add(stackId);
          }
        } catch (IOException | RuntimeException e) {
          LOG.log(Level.WARNING, "the resolver of stack " + stackId + " is not led to", e);
        } finally {
          slot.lock.unlock();
        }
      }
    });
    return restored;
  }

  /**
   * The sandboxes with a resolver, of this process or another, that nothing leads to.
   *
   * @throws IOException if a namespace can't be opened, or the kernel refuses to tell
   */
  List<Finding> findings() throws IOException {
    List<SandboxRecord> resolving =
        records.read(it ->
            it.sandboxes().values().stream()
                .filter(sandbox -> Picture.visible(sandbox) && !sandbox.onHost())
                .filter(sandbox -> sandbox.id().equals(sandbox.stackId()))
                .filter(sandbox -> !resolving(it, sandbox.stackId()).isEmpty())
                .sorted(Comparator.comparing(SandboxRecord::name))
                .toList());
    List<Finding> findings = new ArrayList<>();
    for (SandboxRecord sandbox : resolving) {
      if ((stacks.isOpen(sandbox) || stacks.canOpen(sandbox))
          && !Resolver.isRedirected(stacks.namespace(sandbox).namespace())) {
        findings.add(
            new Finding(
                Severity.WARNING,
                "names are not found in "
                    + sandbox.name()
                    + ": its table ip cnm-dns, which leads to the resolver, was changed or removed"
                    + " inside",
                "its own process puts it back within seconds, unless that process has ended"));
      }
    }
    return findings;
  }

  /**
   * From now on, sees to what other processes change, to what they leave when they end, and to what
   * somebody takes away in the sandboxes.
   */
  void watch() {
    lock.lock();
    try {
      if (watcher == null && !closed) {
        watcher = Thread.ofVirtual().name("cnm-names").start(this::goOn);
      }
    } finally {
      lock.unlock();
    }
  }

  private void goOn() {
    Watch watch = new Watch();
    boolean failed = false;
    try {
      while (!ending.await(watch.pause.toMillis(), TimeUnit.MILLISECONDS)) {
        try {
          watch.look();
          failed = false;
        } catch (Throwable e) {
          // Whatever it is, it may pass; said once, since it may also last.
          LOG.log(failed ? Level.DEBUG : Level.WARNING, "the names are not looked after", e);
          failed = true;
        }
      }
    } catch (InterruptedException e) {
      // Nobody interrupts it.
      Thread.currentThread().interrupt();
    }
  }

  /** What is looked at again and again. */
  private final class Watch {
    private final Duration pause = records.durable() ? GLANCE : TURN;
    private long seen = Long.MIN_VALUE;
    private boolean everyOne = true;
    private long turn = System.nanoTime();

    private void look() {
      if (records.durable()) {
        long now = records.stamp();
        if (now != seen || !everyOne) {
          everyOne = settleAll();
          seen = now;
        }
      }
      if (System.nanoTime() - turn >= TURN.toNanos()) {
        turn = System.nanoTime();
        List<String> _ = restore();
      }
    }
  }

  void close(Failures failures) {
    Thread watching;
    lock.lock();
    try {
      closed = true;
      watching = watcher;
    } finally {
      lock.unlock();
    }
    ending.countDown();
    if (watching != null) {
      // What it has begun it ends: it works with drivers and namespaces that are closed next.
      join(watching);
    }
    for (String stackId : slots.keySet()) {
      failures.attempt(() -> stop(stackId));
    }
    servers.close();
  }

  /** An interrupted thread waits as well, and stays interrupted: it is to close, not to begin. */
  private static void join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
