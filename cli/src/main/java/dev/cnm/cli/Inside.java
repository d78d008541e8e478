package dev.cnm.cli;

import dev.cnm.netlink.namespace.MountNamespace;
import dev.cnm.netlink.namespace.NamespaceThread;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.namespace.UtsNamespace;
import dev.cnm.netlink.process.Exec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** A process in the namespaces of a container. */
final class Inside {

  /** The files that a container has of its own. */
  static final List<String> FILES = List.of("hosts", "hostname", "resolv.conf");

  private static final int WAIT_MILLIS = 10_000;
  private static final int PAUSE_NANOS = 1_000_000;

  private Inside() {}

  /** Is told where a command is about to be started. */
  @FunctionalInterface
  interface Place {
    /**
     * Told before the command runs.
     *
     * @param mounts names its mount namespace, which nobody but it and its children is in
     */
    void entered(String mounts) throws IOException;
  }

  /**
   * Kills what is left in a container's mount namespace, as {@link Place#entered} names it, and
   * waits until it is gone, up to ten seconds.
   */
  static void killAll(String mounts) {
    if (mounts.isEmpty()) {
      return;
    }
    long deadline = System.nanoTime() + WAIT_MILLIS * 1_000_000L;
    List<ProcessHandle> left = processesIn(mounts);
    while (!left.isEmpty() && System.nanoTime() < deadline) {
      left.forEach(ProcessHandle::destroyForcibly);
      LockSupport.parkNanos(PAUSE_NANOS);
      // Again, since they may have started others meanwhile.
      left = processesIn(mounts);
    }
  }

  private static List<ProcessHandle> processesIn(String mounts) {
    try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
      return all.filter(it -> it.pid() != ProcessHandle.current().pid() && isIn(it, mounts))
          .toList();
    }
  }

  private static boolean isIn(ProcessHandle process, String mounts) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/ns/mnt"))
          .toString()
          .equals(mounts);
    } catch (IOException e) {
      // It has ended meanwhile, or is none of ours to look at.
      return false;
    }
  }

  /**
   * Starts a command in a network namespace, with mount and UTS namespaces of its own.
   *
   * @param ownSys whether /sys is to show the network namespace's links
   * @param place told before the command runs, so that it can be found if this process ends
   */
  static Process start(
      Path namespace,
      Path files,
      String hostname,
      boolean ownSys,
      List<String> command,
      Place place)
      throws IOException {
    return call(() -> {
      // Before the mounts change: the path may lead through /proc or below the pins.
      try (NetworkNamespace network = NetworkNamespace.open(namespace)) {
        network.enter();
      }
      MountNamespace.unshare();
      UtsNamespace.unshare(hostname);
      for (String file : FILES) {
        Path target = Path.of("/etc", file);
        if (Files.exists(target)) {
          MountNamespace.bind(files.resolve(file), target);
        }
      }
      if (ownSys) {
        MountNamespace.mountSysfs();
      }
      // The process inherits the namespaces of the thread that starts it.
      ProcessBuilder process = new ProcessBuilder(command).inheritIO();
      process.environment().put("HOSTNAME", hostname);
      if (process.environment().remove(Supervisor.VARIABLE) != null) {
        // Our own output goes to whoever started us, until the command runs.
        process.redirectErrorStream(true).redirectOutput(files.resolve("log").toFile());
      }
      place.entered(Files.readSymbolicLink(Path.of("/proc/thread-self/ns/mnt")).toString());
      return process.start();
    });
  }

  /** Becomes a command in the namespaces of a container's command; returns only by failing. */
  static void become(long pid, String hostname, Path program, List<String> command)
      throws IOException {
    call(() -> {
      try (NetworkNamespace network = NetworkNamespace.ofProcess(pid)) {
        network.enter();
      }
      UtsNamespace.enter(pid);
      MountNamespace.enter(pid);
      Map<String, String> environment = new HashMap<>(System.getenv());
      environment.put("HOSTNAME", hostname);
      Exec.replace(program, command, environment);
      return true;
    });
  }

  private static <T> T call(java.util.concurrent.Callable<T> task) throws IOException {
    try {
      return NamespaceThread.call(task);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
