package dev.cnm.cli;

import dev.cnm.ConflictException;
import dev.cnm.Endpoint;
import dev.cnm.EndpointOptions;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.MacAddress;
import dev.cnm.Names;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import dev.cnm.NotFoundException;
import dev.cnm.Sandbox;
import dev.cnm.SandboxOptions;
import dev.cnm.cli.state.Container;
import dev.cnm.spi.SandboxSource;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cnm run}. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = "Run a command in a network stack of its own.")
final class RunCommand implements Callable<Integer> {

  private static final String CONTAINER = "container:";

  @Option(names = "--name", paramLabel = "NAME", description = "The container's name.")
  private @Nullable String name;

  @Option(
      names = {"--net", "--network"},
      paramLabel = "MODE",
      description = "none, host, bridge, container:NAME or a network; may be repeated.")
  private List<String> modes = new ArrayList<>();

  @Option(names = "--ip", paramLabel = "ADDRESS", description = "The IPv4 address to have.")
  private @Nullable String ip;

  @Option(names = "--ip6", paramLabel = "ADDRESS", description = "The IPv6 address to have.")
  private @Nullable String ip6;

  @Option(names = "--mac-address", paramLabel = "MAC", description = "The MAC address to have.")
  private @Nullable String mac;

  @Option(names = "--hostname", paramLabel = "NAME", description = "The host name inside.")
  private @Nullable String hostname;

  @Option(
      names = {"-d", "--detach"},
      description = "Leave it running, and print its id.")
  private boolean detach;

  @Option(names = "--rm", description = "Accepted: everything is removed at the end anyway.")
  @SuppressWarnings("UnusedVariable")
  private boolean remove;

  @Option(
      names = {"-i", "--interactive"},
      description = "Accepted: standard input is always the command's.")
  @SuppressWarnings("UnusedVariable")
  private boolean interactive;

  @Option(
      names = {"-t", "--tty"},
      description = "Accepted: the terminal is always the command's.")
  @SuppressWarnings("UnusedVariable")
  private boolean terminal;

  @Parameters(arity = "1..*", paramLabel = "CMD", description = "The command, behind --.")
  private List<String> command = List.of();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Programs.Found found = Programs.find(command.getFirst());
    if (found.program().isEmpty()) {
      System.err.println("cnm: " + found.reason());
      return found.exitCode();
    }
    if (modes.isEmpty()) {
      modes = List.of("bridge");
    }
    checkOptions();
    if (detach && Supervisor.id().isEmpty()) {
      return Supervisor.start(newId());
    }
    Supervisor.lead();
    try (Workplace workplace = Workplace.open()) {
      return new Running(workplace).run();
    }
  }

  private void checkOptions() {
    if (name != null) {
      Names.requireSandboxName(name);
    }
    if (modes.size() > 1) {
      for (String mode : modes) {
        if (isPrivate(mode)) {
          throw new InvalidParameterException(
              "container cannot be connected to multiple networks with one of the networks in"
                  + " private mode: "
                  + mode);
        }
      }
      if (modes.stream().distinct().count() < modes.size()) {
        throw new InvalidParameterException("a network is given twice: " + modes);
      }
    }
    String mode = modes.getFirst();
    boolean shared = mode.startsWith(CONTAINER);
    if (mac != null) {
      MacAddress.parse(mac);
      if (shared || mode.equals("host")) {
        throw conflict("mac-address");
      }
    }
    if (hostname != null) {
      if (shared) {
        throw conflict("hostname");
      }
      if (!hostname.matches("[a-zA-Z0-9]([a-zA-Z0-9.-]{0,62})")) {
        throw new InvalidParameterException("invalid host name: " + hostname);
      }
    }
    for (String address : Stream.of(ip, ip6).filter(java.util.Objects::nonNull).toList()) {
      IpPrefix.parseAddress(address);
      if (isPrivate(mode)) {
        throw new InvalidParameterException(
            "user specified IP address is supported on user defined networks only: " + address);
      }
    }
  }

  private static String newId() {
    return HexFormat.of().formatHex(new SecureRandom().generateSeed(32));
  }

  private static boolean isPrivate(String mode) {
    return mode.equals("none") || mode.equals("host") || mode.startsWith(CONTAINER);
  }

  private static InvalidParameterException conflict(String option) {
    return new InvalidParameterException(
        "conflicting options: " + option + " and the network mode");
  }

  /** One run, from its first record to its last. */
  private final class Running {

    private final Workplace workplace;
    private final String id = Supervisor.id().orElseGet(RunCommand::newId);
    private final List<Endpoint> endpoints = new ArrayList<>();
    private @Nullable Container container;
    private @Nullable Sandbox sandbox;

    Running(Workplace workplace) {
      this.workplace = workplace;
    }

    int run() throws IOException, InterruptedException {
      String called = name != null ? name : id.substring(0, 12);
      if (name != null && workplace.find(called).filter(it -> it.name().equals(name)).isPresent()) {
        throw new ConflictException("the container name " + name + " is in use");
      }
      try {
        Container made = make(called);
        Inside.Started started = start(made);
        try {
          workplace.store().put(made.started(started.process().pid()));
          Supervisor.reportStarted();
          return await(started.process());
        } finally {
          started.killRest();
        }
      } finally {
        cleanUp();
      }
    }

    private Container make(String called) throws IOException {
      String mode = modes.getFirst();
      Optional<Container> other = Optional.empty();
      if (mode.startsWith(CONTAINER)) {
        String target = mode.substring(CONTAINER.length());
        other = Optional.of(workplace.container(target));
      }
      SandboxSource source = SandboxSource.fresh();
      List<Network> networks = new ArrayList<>();
      for (String one : modes) {
        Network network = other.isPresent() ? sharing(other.get()) : network(one);
        networks.add(network);
        source = network.sandboxSource();
      }
      for (Network network : networks) {
        endpoints.add(network.createEndpoint(id, endpointOptions(endpoints.isEmpty())));
      }
      SandboxOptions options = SandboxOptions.of(source);
      if (source instanceof SandboxSource.Fresh) {
        options =
            options
                .pinnedAt(workplace.pin(id))
                .withSysctls(Map.of("net.ipv4.ip_unprivileged_port_start", "0"));
      }
      Sandbox made = workplace.controller().newSandbox(called, options);
      sandbox = made;
      for (Endpoint endpoint : endpoints) {
        endpoint.join(made);
      }
      ProcessHandle self = ProcessHandle.current();
      String host =
          hostname != null
              ? hostname
              : other
                  .map(Container::hostname)
                  .orElse(mode.equals("host") ? hostName() : id.substring(0, 12));
      Container record =
          new Container(
              id,
              called,
              command,
              mode,
              made.id(),
              host,
              System.currentTimeMillis(),
              self.pid(),
              self.info().startInstant().orElseThrow().toEpochMilli(),
              0);
      container = record;
      workplace.store().put(record);
      writeFiles(record, mode, other);
      return record;
    }

    private Network sharing(Container other) throws IOException {
      String target = CONTAINER + other.name();
      Optional<Network> there = workplace.controller().networkByName(target);
      return there.isPresent()
          ? there.get()
          : workplace
              .controller()
              .newNetwork(
                  "container",
                  target,
                  NetworkOptions.builder().driverOption("container", other.sandboxId()).build());
    }

    private Network network(String nameOrId) {
      try {
        return workplace.controller().network(nameOrId);
      } catch (NotFoundException e) {
        throw new NotFoundException("network " + nameOrId + " not found");
      }
    }

    private EndpointOptions endpointOptions(boolean first) {
      EndpointOptions.Builder options = EndpointOptions.builder();
      if (first) {
        Stream.of(ip, ip6)
            .filter(java.util.Objects::nonNull)
            .map(IpPrefix::parseAddress)
            .forEach(options::address);
        if (mac != null) {
          options.mac(MacAddress.parse(mac));
        }
      }
      return options.build();
    }

    private void writeFiles(Container record, String mode, Optional<Container> other)
        throws IOException {
      Path folder = workplace.files(id);
      if (other.isPresent()) {
        NameFiles.share(workplace.files(other.get().id()), folder);
      } else if (mode.equals("host")) {
        NameFiles.copyOfHost(folder, record.hostname());
      } else {
        List<InetAddress> addresses =
            endpoints.stream()
                .flatMap(it -> Stream.concat(it.ipv4().stream(), it.ipv6().stream()))
                .map(IpPrefix::address)
                .toList();
        NameFiles.write(folder, record.hostname(), addresses);
      }
    }

    private static String hostName() throws IOException {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    }

    private Inside.Started start(Container made) throws IOException {
      return Inside.start(
          java.util.Objects.requireNonNull(sandbox).key(),
          workplace.files(id),
          made.hostname(),
          !made.networkMode().equals("host"),
          command);
    }

    /** Waits for the command; what is meant to end it reaches it, and not us before it. */
    private static int await(Process process) throws IOException, InterruptedException {
      boolean fromTerminal =
          Files.readSymbolicLink(Path.of("/proc/self/fd/0"))
              .toString()
              .matches("/dev/(pts/|tty|console).*");
      ReceivedSignals.forward("TERM", 15, process);
      ReceivedSignals.forward("HUP", 1, process);
      if (fromTerminal) {
        // The terminal sends an interrupt to the command as well.
        ReceivedSignals.ignore("INT");
      } else {
        ReceivedSignals.forward("INT", 2, process);
      }
      return process.waitFor();
    }

    private void cleanUp() throws IOException {
      Container known = container;
      if (known != null) {
        workplace.remove(known);
        return;
      }
      if (sandbox != null) {
        sandbox.delete();
        return;
      }
      for (Endpoint endpoint : endpoints) {
        endpoint.delete();
      }
    }
  }
}
