package dev.cnm.cli;

import dev.cnm.ConflictException;
import dev.cnm.DnsOptions;
import dev.cnm.Endpoint;
import dev.cnm.EndpointOptions;
import dev.cnm.ExtraHost;
import dev.cnm.ForbiddenException;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import dev.cnm.NotFoundException;
import dev.cnm.PortBinding;
import dev.cnm.PortMapping;
import dev.cnm.Sandbox;
import dev.cnm.SandboxOptions;
import dev.cnm.cli.state.Container;
import dev.cnm.controller.state.Life;
import dev.cnm.controller.state.Owner;
import dev.cnm.netlink.namespace.ReadOnlySettingException;
import dev.cnm.netlink.process.Adoption;
import dev.cnm.netlink.process.FileLimit;
import dev.cnm.spi.SandboxSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** One run of a command, from its first record to its last. */
final class Run {

  /** What a network mode begins with that names a container. */
  static final String CONTAINER = "container:";

  private static final int SHARING_ATTEMPTS = 100;

  private final Workplace workplace;
  private final Plan plan;
  private final ReceivedSignals signals;

  Run(Workplace workplace, Plan plan, ReceivedSignals signals) {
    this.workplace = workplace;
    this.plan = plan;
    this.signals = signals;
  }

  /**
   * What is to be run.
   *
   * @param id the container's
   * @param name the container's, if the caller chose one
   * @param networks to be in, the first of which is the network mode
   * @param ports to publish, if it has a stack of its own
   * @param sysctls to set in a stack of its own
   * @param dns what it is called, and how it finds others by name, as far as the caller chose
   * @param command with its arguments
   */
  record Plan(
      String id,
      Optional<String> name,
      List<NetworkChoice> networks,
      List<PortMapping> ports,
      Map<String, String> sysctls,
      DnsOptions dns,
      List<String> command) {

    String mode() {
      return networks.getFirst().network();
    }
  }

  /** 64 random hexadecimal digits. */
  static String newId() {
    byte[] octets = new byte[32];
    new SecureRandom().nextBytes(octets);
    return HexFormat.of().formatHex(octets);
  }

  /** Whether standard input is a terminal, which sends its interrupts to the command itself. */
  static boolean standsAtTerminal() throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/self/fd/0"))
        .toString()
        .matches("/dev/(pts/|tty|console).*");
  }

  /** Runs the command and returns its exit code. */
  int carryOut() throws IOException, InterruptedException {
    Optional<String> elsewhere = workplace.controller().elsewhere();
    if (elsewhere.isPresent()) {
      throw new ForbiddenException(elsewhere.get());
    }
    Optional<Container> shared =
        plan.mode().startsWith(CONTAINER)
            ? Optional.of(running(plan.mode().substring(CONTAINER.length())))
            : Optional.empty();
    List<Network> networks = shared.isPresent() ? List.of() : networks();
    Container container =
        Container.of(
            plan.id(),
            plan.name().orElse(plan.id().substring(0, 12)),
            plan.command(),
            // By id: another container may have the name later.
            shared.map(it -> CONTAINER + it.id()).orElse(plan.mode()),
            hostname(shared));
    signals.beginMaking();
    try {
      workplace.store().claim(container);
      Sandbox sandbox = attach(container, networks, shared);
      container = container.in(sandbox.id());
      workplace.store().put(container);
      try (Connections connections = new Connections(workplace, container)) {
        connections.takeRequests();
        signals.check();
        Process command = start(container, sandbox);
        signals.sendTo(command);
        Supervisor.reportStarted();
        return command.waitFor();
      }
    } finally {
      signals.ignore();
      FileLimit.freeSetAside();
      end();
    }
  }

  /**
   * Removes what there is of it: once more if that fails, since what was lacking may be there. What
   * the command did counts, not whether it can be cleared up: the next one tries again.
   */
  private void end() {
    try {
      removeLast();
    } catch (IOException | RuntimeException e) {
      try {
        workplace.controller().reconcile();
        removeLast();
      } catch (IOException | RuntimeException again) {
        System.err.println(
            "cnm: what is left of the container stays for now: " + Complaint.of(again));
      }
    }
  }

  private void removeLast() throws IOException {
    Optional<Container> last = workplace.find(plan.id());
    if (last.isPresent()) {
      workplace.remove(last.get());
    }
  }

  private Process start(Container container, Sandbox sandbox) throws IOException {
    // So that what the command leaves can be found when it has ended.
    boolean _ = Adoption.begin();
    Container[] placed = {container};
    Process command =
        Inside.start(
            sandbox.key(),
            workplace.files(container.id()),
            container.hostname(),
            !onHost(sandbox.source()),
            workplace.kept(),
            plan.command(),
            (mounts, uts) -> {
              placed[0] = container.at(mounts, uts);
              workplace.store().put(placed[0]);
            });
    ReceivedSignals.whenChildrenEnd(() -> letGo(command));
    workplace.store().put(placed[0].started(Owner.of(command.pid())));
    return command;
  }

  /** What the command left to this process, and has ended since. */
  private static void letGo(Process command) {
    List<Long> children = ProcessHandle.current().children().map(ProcessHandle::pid).toList();
    Adoption.reap(children, command.pid());
  }

  private static boolean onHost(SandboxSource source) {
    return source instanceof SandboxSource.Host;
  }

  private Container running(String nameOrId) throws IOException {
    Container container = workplace.container(nameOrId);
    if (workplace.life(container) == Life.ENDED) {
      throw new ForbiddenException("cannot join network of a non running container: " + nameOrId);
    }
    return container;
  }

  private List<Network> networks() {
    List<Network> networks =
        plan.networks().stream().map(it -> workplace.controller().network(it.network())).toList();
    boolean alone =
        networks.stream()
            .allMatch(network -> network.sandboxSource() instanceof SandboxSource.Fresh);
    if (networks.size() > 1 && !alone) {
      throw new InvalidParameterException(
          "container cannot be connected to multiple networks with one that has no network stack of"
              + " its own: "
              + networks.stream().map(Network::name).toList());
    }
    return networks;
  }

  private String hostname(Optional<Container> shared) throws IOException {
    if (plan.dns().hostname().isPresent()) {
      return plan.dns().hostname().get();
    }
    if (shared.isPresent()) {
      return shared.get().hostname();
    }
    return plan.mode().equals("host")
        ? Files.readString(Path.of("/proc/sys/kernel/hostname")).strip()
        : plan.id().substring(0, 12);
  }

  /** Makes the sandbox with all that is to be seen in it but the command. */
  private Sandbox attach(Container container, List<Network> networks, Optional<Container> shared)
      throws IOException {
    List<Endpoint> endpoints = new ArrayList<>();
    if (shared.isPresent()) {
      endpoints.add(sharing(shared.get(), container));
    }
    for (Network network : networks) {
      EndpointOptions options = plan.networks().get(endpoints.size()).options();
      endpoints.add(network.createEndpoint(container.name(), options));
    }
    SandboxSource source = endpoints.getFirst().network().sandboxSource();
    signals.check();
    Sandbox sandbox = sandbox(source, container);
    workplace.store().put(container.in(sandbox.id()));
    for (Endpoint endpoint : endpoints) {
      signals.check();
      endpoint.join(sandbox);
    }
    requireInterfaces(sandbox);
    warnOfPorts(sandbox);
    if (shared.isPresent()) {
      shareFiles(shared.get(), container);
    }
    warnOfNoHost(container);
    return sandbox;
  }

  /** Settings of interfaces that nobody has would be honoured by nobody. */
  private void requireInterfaces(Sandbox sandbox) {
    List<String> there =
        sandbox.endpoints().stream().flatMap(it -> it.interfaceName().stream()).toList();
    for (String sysctl : plan.sysctls().keySet()) {
      Optional<String> wanted = SysctlFlags.interfaceOf(sysctl);
      if (wanted.isPresent() && !there.contains(wanted.get())) {
        throw new InvalidParameterException(
            "sysctl '"
                + sysctl
                + "' is one of interface "
                + wanted.get()
                + ", which the container doesn't have; it has "
                + there);
      }
    }
  }

  /** Says which ports nobody reaches through the host, such as those of an internal network. */
  private void warnOfPorts(Sandbox sandbox) {
    List<PortBinding> bindings =
        sandbox.endpoints().stream().flatMap(it -> it.portBindings().stream()).toList();
    // A routed network publishes at the container's own addresses.
    boolean routed =
        sandbox.endpoints().stream()
            .anyMatch(it -> it.network().options().driverOptions().containsValue("routed"));
    for (PortMapping port : routed ? List.<PortMapping>of() : sandbox.ports()) {
      if (bindings.stream().noneMatch(it -> isOf(it, port))) {
        System.err.println(
            "WARNING: Published port "
                + port
                + " is discarded: none of the container's networks leads out of the host"
                + port.hostAddress().map(it -> " from " + IpPrefix.text(it)).orElse(""));
      }
    }
  }

  private static boolean isOf(PortBinding binding, PortMapping port) {
    return binding.containerPort() == port.containerPort()
        && binding.protocol() == port.protocol()
        && (port.ephemeral()
            || (binding.hostPort() >= port.hostPort() && binding.hostPort() <= port.hostPortEnd()))
        && port.hostAddress().filter(it -> !it.equals(binding.hostAddress())).isEmpty();
  }

  /** Of names that were to lead to the host, from where there is no way to it. */
  private void warnOfNoHost(Container container) throws IOException {
    List<String> names =
        plan.dns().extraHosts().stream()
            .filter(it -> it.address().isEmpty())
            .map(ExtraHost::name)
            .toList();
    if (names.isEmpty()) {
      return;
    }
    List<String> lines =
        Files.readAllLines(
            workplace.files(container.id()).resolve("hosts"), StandardCharsets.ISO_8859_1);
    for (String name : names) {
      if (lines.stream().noneMatch(it -> it.endsWith('\t' + name))) {
        System.err.println(
            "cnm: warning: --add-host "
                + name
                + ":host-gateway has no effect: the container reaches no address of its host");
      }
    }
  }

  /** The very same files: what changes in one container changes in both. */
  private void shareFiles(Container other, Container container) throws IOException {
    for (String name : Inside.FILES) {
      Files.createLink(
          workplace.files(container.id()).resolve(name), workplace.files(other.id()).resolve(name));
    }
  }

  /** The network of a shared stack comes with its first endpoint and goes with its last. */
  private Endpoint sharing(Container other, Container container) throws IOException {
    String name = CONTAINER + other.id();
    NetworkOptions options =
        NetworkOptions.builder().driverOption("container", other.sandboxId()).build();
    for (int attempt = 1; ; attempt++) {
      try {
        Optional<Network> there = workplace.controller().networkByName(name);
        Network network =
            there.isPresent()
                ? there.get()
                : workplace.controller().newNetwork("container", name, options);
        return network.createEndpoint(container.name());
      } catch (ConflictException | NotFoundException e) {
        // Another command was a moment faster to make it, or to remove it.
        if (attempt == SHARING_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private Sandbox sandbox(SandboxSource source, Container container) throws IOException {
    SandboxOptions options = options(source, container);
    if (!(source instanceof SandboxSource.Fresh)) {
      return workplace.controller().newSandbox(container.name(), options);
    }
    Map<String, String> usual = usualSysctls();
    try {
      return workplace
          .controller()
          .newSandbox(container.name(), options.withSysctls(usual).withSysctls(plan.sysctls()));
    } catch (ReadOnlySettingException e) {
      if (!usual.containsKey(e.path().replace('/', '.'))) {
        throw e;
      }
      return workplace
          .controller()
          .newSandbox(container.name(), options.withSysctls(plan.sysctls()));
    }
  }

  private SandboxOptions options(SandboxSource source, Container container) throws IOException {
    SandboxOptions options = SandboxOptions.of(source);
    return switch (source) {
      case SandboxSource.SharedWith shared -> options;
      case SandboxSource.Host host -> options.withDns(dns(plan.dns().hostname(), List.of()));
      case SandboxSource.Fresh fresh ->
          options
              .withDns(dns(Optional.of(container.hostname()), List.of(container.shortId())))
              .pinnedAt(workplace.pin(plan.id()))
              .withPorts(plan.ports());
    };
  }

  private DnsOptions dns(Optional<String> hostname, List<String> names) throws IOException {
    return new DnsOptions(
        hostname,
        names,
        plan.dns().servers(),
        plan.dns().search(),
        plan.dns().options(),
        plan.dns().extraHosts(),
        Optional.of(workplace.files(plan.id())));
  }

  /** Docker's: low ports and ping for everybody, since nobody else is in there. */
  private static Map<String, String> usualSysctls() throws IOException {
    Map<String, String> sysctls = new TreeMap<>();
    sysctls.put("net.ipv4.ip_unprivileged_port_start", "0");
    // user_namespaces(7): a group that the user namespace doesn't map can't be named in it.
    String[] groups = Files.readString(Path.of("/proc/self/gid_map")).strip().split("\\s+");
    if (groups[0].equals("0") && groups[groups.length - 1].equals("4294967295")) {
      sysctls.put("net.ipv4.ping_group_range", "0 2147483647");
    }
    return sysctls;
  }
}
