package dev.cnm.cli;

import dev.cnm.Sandbox;
import dev.cnm.cli.state.Container;
import dev.cnm.controller.state.Owner;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.process.Signals;
import dev.cnm.spi.SandboxSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * What still runs of a container. Only what is the container's for sure:
 *
 * <ul>
 *   <li>its command and what descends from that, also what this process has adopted
 *   <li>what is in the container's network namespace and in its mount or UTS namespace. The network
 *       namespace is bound to a file and so can't be another one of the same number; the other two
 *       have no more than a number, which is given to others when nobody is in them
 * </ul>
 */
final class Remnants {

  private static final int SIGKILL = 9;
  private static final int WAIT_MILLIS = 10_000;
  private static final int PAUSE_NANOS = 1_000_000;

  private final Container container;
  private final Optional<NetworkNamespace.Identity> network;

  private Remnants(Container container, Optional<NetworkNamespace.Identity> network) {
    this.container = container;
    this.network = network;
  }

  /** Those of a container whose owner is this process, or has ended. */
  static Remnants of(Container container, Optional<Sandbox> sandbox) {
    return new Remnants(
        container,
        sandbox
            .filter(it -> !(it.source() instanceof SandboxSource.Host))
            .flatMap(it -> identity(it.key())));
  }

  private static Optional<NetworkNamespace.Identity> identity(Path pin) {
    try (NetworkNamespace namespace = NetworkNamespace.open(pin)) {
      return Optional.of(namespace.identity());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Kills them, and waits until they are gone, up to ten seconds. */
  void kill() {
    if (container.mounts().isEmpty()) {
      // Nothing was ever started.
      return;
    }
    long deadline = System.nanoTime() + WAIT_MILLIS * 1_000_000L;
    List<ProcessHandle> left = find();
    while (!left.isEmpty() && System.nanoTime() < deadline) {
      // The children first: when its parent has ended, nothing tells whose a process is.
      left.reversed().forEach(Remnants::kill);
      LockSupport.parkNanos(PAUSE_NANOS);
      // Again, since they may have started others meanwhile.
      left = find();
    }
  }

  private static void kill(ProcessHandle process) {
    try {
      boolean _ = Signals.send(process.pid(), SIGKILL, process::isAlive);
    } catch (SecurityException e) {
      // Somebody mightier's: it stays.
    }
  }

  private List<ProcessHandle> find() {
    List<ProcessHandle> found = new ArrayList<>();
    container.process().pidHere().stream()
        .boxed()
        .flatMap(it -> ProcessHandle.of(it).stream())
        .forEach(command -> {
          found.add(command);
          command.descendants().forEach(found::add);
        });
    if (container.runner().equals(Owner.current())) {
      adopted().forEach(found::add);
    }
    if (network.isPresent()) {
      try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
        all.filter(this::isInside).forEach(found::add);
      }
    }
    return found.stream()
        .distinct()
        .filter(it -> it.pid() != ProcessHandle.current().pid() && isRunning(it))
        .toList();
  }

  /** All that descends from this process is the command's: it starts nothing else. */
  private Stream<ProcessHandle> adopted() {
    return ProcessHandle.current().descendants();
  }

  private boolean isInside(ProcessHandle process) {
    return isIn(process, "net", "net:[" + network.orElseThrow().inode() + "]")
        && (isIn(process, "mnt", container.mounts()) || isIn(process, "uts", container.uts()));
  }

  private static boolean isIn(ProcessHandle process, String kind, String namespace) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/ns/" + kind))
          .toString()
          .equals(namespace);
    } catch (IOException e) {
      // It has ended meanwhile, or is none of ours to look at.
      return false;
    }
  }

  /** One that has ended and waits for its parent can't be killed, and needn't. */
  private static boolean isRunning(ProcessHandle process) {
    return process.isAlive() && !Owner.of(process.pid()).ended();
  }
}
