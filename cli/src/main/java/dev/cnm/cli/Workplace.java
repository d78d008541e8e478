package dev.cnm.cli;

import dev.cnm.ControllerOptions;
import dev.cnm.ControllerOptions.AddressRange;
import dev.cnm.Endpoint;
import dev.cnm.ForbiddenException;
import dev.cnm.InvalidParameterException;
import dev.cnm.Network;
import dev.cnm.NotFoundException;
import dev.cnm.Sandbox;
import dev.cnm.cli.control.ControlRequest;
import dev.cnm.cli.control.ControlSocket;
import dev.cnm.cli.output.ContainerShape;
import dev.cnm.cli.state.Container;
import dev.cnm.cli.state.SqliteStore;
import dev.cnm.controller.LocalController;
import dev.cnm.controller.state.Life;
import dev.cnm.controller.state.StoreBusyException;
import dev.cnm.netlink.namespace.MountNamespace;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Where the command keeps its state, opened. */
final class Workplace implements AutoCloseable {

  private static final String DATABASE = "state.db";
  private static final List<String> OWN_FOLDERS = List.of("netns", "containers", "control");
  private static final List<Path> DEFAULT_FOLDERS =
      List.of(Path.of("/var/lib/cnm"), Path.of("/run/cnm"));

  private static Optional<Path> chosenRoot = Optional.empty();

  private final Path state;
  private final Path run;
  private final SqliteStore store;
  private final LocalController controller;
  private final List<String> problems = new ArrayList<>();

  private Workplace(Path state, Path run, List<AddressRange> ranges) throws IOException {
    this.state = state;
    this.run = run;
    store = SqliteStore.open(home(state).resolve(DATABASE));
    try {
      controller =
          LocalController.open(
              ControllerOptions.defaults()
                  .withAddressRanges(ranges.toArray(AddressRange[]::new))
                  .withoutAdoption(),
              store);
    } catch (IOException | RuntimeException e) {
      store.close();
      throw e;
    }
  }

  static void useRoot(String folder) {
    chosenRoot = Optional.of(Path.of(folder).toAbsolutePath().normalize());
  }

  /** Opens it, and removes what commands that ended without doing so left behind. */
  static Workplace open() throws IOException {
    return open(AddressRanges.ofEnvironment());
  }

  /** The same, with new subnets taken from these ranges. */
  static Workplace open(List<AddressRange> ranges) throws IOException {
    Workplace workplace = openAsItIs(ranges);
    workplace.removeAbandoned();
    return workplace;
  }

  /** Opens it for who removes containers himself, and is to be told of these what is in his way. */
  static Workplace openAsItIs() throws IOException {
    return openAsItIs(AddressRanges.ofEnvironment());
  }

  private static Workplace openAsItIs(List<AddressRange> ranges) throws IOException {
    DriverPath.use();
    Folders folders = folders();
    requireVisible(folders.state);
    return new Workplace(folders.state, folders.run, ranges);
  }

  /**
   * Where it is.
   *
   * @param state what outlives a reboot
   * @param run what doesn't
   */
  record Folders(Path state, Path run) {

    /** Whether anything was ever kept there. */
    boolean exist() {
      return Files.exists(state.resolve(DATABASE));
    }
  }

  /** Where it is, or will be. */
  static Folders folders() {
    Optional<Path> root =
        chosenRoot.or(() ->
            Optional.ofNullable(System.getenv("CNM_ROOT"))
                .filter(text -> !text.isEmpty())
                .map(text -> Path.of(text).toAbsolutePath().normalize()));
    if (root.isPresent()) {
      return new Folders(root.get(), root.get());
    }
    if (Files.isWritable(Path.of("/var/lib")) && Files.isWritable(Path.of("/run"))) {
      return new Folders(DEFAULT_FOLDERS.getFirst(), DEFAULT_FOLDERS.getLast());
    }
    Path own = ownFolder();
    return new Folders(own, own);
  }

  /** {@code $XDG_STATE_HOME/cnm} of the XDG base directory specification. */
  private static Path ownFolder() {
    String folder = System.getenv("XDG_STATE_HOME");
    return folder == null || folder.isEmpty()
        ? Path.of(System.getProperty("user.home"), ".local", "state", "cnm")
        : Path.of(folder, "cnm");
  }

  private static Path home(Path folder) throws IOException {
    try {
      return makePrivate(folder);
    } catch (IOException e) {
      throw new IOException("cannot keep the state: " + Complaint.of(e), e);
    }
  }

  private static Path makePrivate(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    return folder;
  }

  LocalController controller() {
    return controller;
  }

  SqliteStore store() {
    return store;
  }

  /** What nobody but this program has any business with, such as its database and its sockets. */
  List<Path> kept() throws IOException {
    List<Path> kept = new ArrayList<>(DEFAULT_FOLDERS);
    if (!DEFAULT_FOLDERS.contains(state)) {
      // Whoever chose the folder may have other things in it.
      for (String own : OWN_FOLDERS) {
        kept.add(state.resolve(own));
      }
      try (DirectoryStream<Path> files = Files.newDirectoryStream(state, DATABASE + "*")) {
        files.forEach(kept::add);
      }
    }
    return kept;
  }

  /**
   * Makes sure that this process isn't in a container, where all that is hidden.
   *
   * @throws ForbiddenException if it is
   */
  private static void requireVisible(Path state) throws IOException {
    Path database = state.resolve(DATABASE);
    boolean hidden =
        Files.exists(database) ? !Files.isRegularFile(database) : MountNamespace.isHidden(state);
    if (hidden) {
      throw new ForbiddenException(
          "the state in "
              + state
              + " is hidden from this process, which is in a container: run cnm outside of it, or"
              + " with another --root");
    }
  }

  /** Where the namespace of a container is bound. */
  Path pin(String id) throws IOException {
    return makePrivate(run.resolve("netns")).resolve(id.substring(0, 12));
  }

  /** The folder of a container's files. */
  Path files(String id) throws IOException {
    return makePrivate(state.resolve("containers").resolve(id));
  }

  /** The socket on which the owner of a container takes requests. */
  Path control(String id) throws IOException {
    return makePrivate(run.resolve("control")).resolve(id.substring(0, 12));
  }

  /**
   * Has the owner of a container do something, and waits until it is done.
   *
   * @throws NotFoundException if there is no such container
   * @throws ForbiddenException if it doesn't run, or nobody owns it any more
   * @throws IOException if the owner refuses
   */
  void ask(String nameOrId, ControlRequest request) throws IOException {
    Container container = container(nameOrId);
    if (life(container) == Life.ENDED) {
      throw Connections.notRunning(nameOrId);
    }
    if (container.runner().ended()) {
      throw new ForbiddenException(
          "the process that kept container "
              + nameOrId
              + " has been killed: nothing but 'cnm network disconnect --force' and 'cnm rm"
              + " --force' can change it now");
    }
    try {
      ControlSocket.request(control(container.id()), request);
    } catch (SocketTimeoutException e) {
      throw new IOException(
          "the process that keeps container "
              + nameOrId
              + " ("
              + container.runner().pid()
              + ") "
              + e.getMessage()
              + "; has somebody stopped it (kill -CONT "
              + container.runner().pid()
              + ")? 'cnm rm --force' ends it",
          e);
    }
  }

  /**
   * Whether the command of a container runs. From another PID namespace it can't be seen, but
   * whether its owner listens can.
   */
  Life life(Container container) throws IOException {
    Life life = container.process().life();
    return life == Life.UNKNOWN && ControlSocket.isServed(control(container.id()))
        ? Life.ALIVE
        : life;
  }

  /** A container as people see it. */
  ContainerShape shape(Container container) throws IOException {
    return ContainerShape.of(container, life(container), sandbox(container));
  }

  /**
   * The container that a person means: by id, by name, or by unique beginning of the id.
   *
   * @throws NotFoundException if there is none
   */
  Container container(String nameOrId) throws IOException {
    return find(nameOrId)
        .orElseThrow(() -> new NotFoundException("No such container: " + nameOrId));
  }

  /** The containers by name. */
  Map<String, Container> containers() throws IOException {
    return store.containers().stream().collect(Collectors.toMap(Container::name, it -> it));
  }

  Optional<Container> find(String nameOrId) throws IOException {
    List<Container> all = store.containers();
    Optional<Container> exact =
        all.stream()
            .filter(it -> it.id().equals(nameOrId) || it.name().equals(nameOrId))
            .findFirst();
    if (exact.isPresent() || nameOrId.isEmpty()) {
      return exact;
    }
    List<Container> matches = all.stream().filter(it -> it.id().startsWith(nameOrId)).toList();
    if (matches.size() > 1) {
      throw new InvalidParameterException(
          "several containers' ids begin with "
              + nameOrId
              + ": "
              + matches.stream().map(Container::shortId).toList());
    }
    return matches.stream().findFirst();
  }

  /** The sandbox of a container, if it has one. */
  Optional<Sandbox> sandbox(Container container) {
    return container.sandboxId().isEmpty()
        ? Optional.empty()
        : controller.sandboxById(container.sandboxId());
  }

  /** As far as it goes: what can't be removed is told of, stays, and is tried again next time. */
  private void removeAbandoned() throws IOException {
    List<Container> containers = store.containers();
    for (SqliteStore.Unreadable record : store.unreadable()) {
      warn(
          "the record of "
              + record.kind().toLowerCase(Locale.ROOT)
              + " "
              + record.id()
              + " can't be read and is passed over: "
              + record.reason());
    }
    if (controller.elsewhere().isPresent()) {
      return;
    }
    for (Container container : containers) {
      try {
        if (container.abandoned() && store.takeOver(container)) {
          removeTaken(container);
        }
      } catch (StoreBusyException e) {
        // Whoever only looks need not wait any longer, and the next command tries again.
        return;
      } catch (IOException | RuntimeException e) {
        warn(
            "container "
                + container.name()
                + ", which has ended, can't be cleared up: "
                + Complaint.of(e));
      }
    }
  }

  /** Removes what this process has taken over, or gives it up again for whoever comes next. */
  private void removeTaken(Container container) throws IOException {
    try {
      remove(container);
    } catch (IOException | RuntimeException e) {
      try {
        store.put(container);
      } catch (IOException | RuntimeException also) {
        e.addSuppressed(also);
      }
      throw e;
    }
  }

  private void warn(String problem) {
    problems.add(problem);
    System.err.println("cnm: " + Complaint.printable(problem));
  }

  /** What could not be read or cleared up, each told in a line already. */
  List<String> problems() {
    return List.copyOf(problems);
  }

  /** Removes a container: what still runs, its endpoints, its sandbox, its files, its record. */
  void remove(Container container) throws IOException {
    // Killed in between, its command has made the sandbox but not noted which.
    Optional<Sandbox> sandbox =
        container.sandboxId().isEmpty()
            ? controller.sandboxByName(container.name())
            : sandbox(container);
    Remnants.of(container, sandbox).kill();
    if (sandbox.isPresent()) {
      sandbox.get().delete();
    }
    for (Network network : controller.networks()) {
      Optional<Endpoint> left = network.endpointByName(container.name());
      if (left.isPresent() && left.get().sandbox().isEmpty()) {
        left.get().delete();
      }
    }
    try (Stream<Path> files = Files.walk(files(container.id()))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        delete(file);
      }
    }
    Files.deleteIfExists(control(container.id()));
    store.delete(container);
  }

  private static void delete(Path file) throws IOException {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new IOException(
          "cannot remove " + Complaint.of(e) + "; is something mounted or written there?", e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      controller.close();
    } finally {
      store.close();
    }
  }
}
