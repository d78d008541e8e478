package dev.cnm.cli;

import dev.cnm.netlink.namespace.HeldFile;
import dev.cnm.netlink.namespace.MountNamespace;
import dev.cnm.netlink.namespace.NamespaceThread;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.namespace.UtsNamespace;
import dev.cnm.netlink.process.Exec;
import dev.cnm.netlink.process.FileLimit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A process in the namespaces of a container. */
final class Inside {

  /** The files that a container has of its own. */
  static final List<String> FILES = List.of("hosts", "hostname", "resolv.conf");

  private static final Path ETC = Path.of("/etc");

  private Inside() {}

  /** Is told where a command is about to be started. */
  @FunctionalInterface
  interface Place {
    /**
     * Told before the command runs.
     *
     * @param mounts names its mount namespace, which nobody but it and its children is in
     * @param uts names its UTS namespace in the same way
     */
    void entered(String mounts, String uts) throws IOException;
  }

  /**
   * Starts a command in a network namespace, with mount and UTS namespaces of its own.
   *
   * @param ownStack whether the network namespace is not the host's
   * @param kept what keeps the containers, to be hidden
   * @param place told before the command runs, so that it can be found if this process ends
   */
  static Process start(
      Path namespace,
      Path files,
      String hostname,
      boolean ownStack,
      List<Path> kept,
      List<String> command,
      Place place)
      throws IOException {
    List<String> warnings = new ArrayList<>();
    Process started =
        call(() -> {
          // Before the mounts change: the path may lead through /proc or below the pins.
          try (NetworkNamespace network = NetworkNamespace.open(namespace)) {
            network.enter();
          }
          MountNamespace.unshare();
          UtsNamespace.unshare(hostname);
          show(files, warnings);
          // Before its files are hidden: the store's are among them.
          place.entered(
              Files.readSymbolicLink(Path.of("/proc/thread-self/ns/mnt")).toString(),
              Files.readSymbolicLink(Path.of("/proc/thread-self/ns/uts")).toString());
          // The process inherits the namespaces of the thread that starts it.
          ProcessBuilder process = new ProcessBuilder(command).inheritIO();
          process.environment().put("HOSTNAME", hostname);
          Optional<HeldFile> log = Optional.empty();
          try {
            process.environment().remove(Supervisor.VARIABLE);
            if (Supervisor.id().isPresent()) {
              // Our own output goes to whoever started us, until the command runs.
              log = Optional.of(HeldFile.of(Files.createFile(files.resolve("log"))));
              process.redirectErrorStream(true).redirectOutput(log.get().path().toFile());
            }
            View.make(ownStack, kept);
            Path folder = Path.of("").toAbsolutePath();
            // By its name, or it would be a way behind what hides it.
            kept.stream()
                .filter(folder::startsWith)
                .findFirst()
                .ifPresent(hidden -> process.directory(hidden.toFile()));
            return FileLimit.start(process);
          } finally {
            log.ifPresent(HeldFile::close);
          }
        });
    warnings.forEach(System.err::println);
    return started;
  }

  /**
   * Shows a container's files in {@code /etc}. Where the host has none, or a folder, there is
   * nothing to show them over: then {@code /etc} becomes the container's own.
   *
   * @param warnings added to if that can't be
   */
  private static void show(Path files, List<String> warnings) throws IOException {
    List<String> missing = FILES.stream().filter(it -> !canBeCovered(it)).toList();
    if (!missing.isEmpty()) {
      try {
        MountNamespace.own(ETC, missing);
      } catch (IOException e) {
        warnings.add(
            "cnm: warning: names may not be found inside, for "
                + missing.stream().map(it -> ETC.resolve(it).toString()).toList()
                + " on this host is no file to show the container's over: "
                + e.getMessage());
      }
    }
    for (String file : FILES) {
      if (canBeCovered(file)) {
        MountNamespace.bind(files.resolve(file), ETC.resolve(file));
      }
    }
  }

  /** Whether there is something that is no folder; a link is, wherever it leads. */
  private static boolean canBeCovered(String file) {
    Path target = ETC.resolve(file);
    return Files.exists(target, LinkOption.NOFOLLOW_LINKS)
        && !Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS);
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
