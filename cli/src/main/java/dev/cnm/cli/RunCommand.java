package dev.cnm.cli;

import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.Names;
import dev.cnm.netlink.process.FileLimit;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cnm run}. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = "Run a command in a network stack of its own.")
final class RunCommand implements Callable<Integer> {

  @Option(names = "--name", paramLabel = "NAME", description = "The container's name.")
  private @Nullable String name;

  @Option(
      names = {"--net", "--network"},
      paramLabel = "MODE",
      description =
          "none, host, bridge, container:NAME or a network; or fields: name=NETWORK,alias=…,ip=…,"
              + "ip6=…,mac-address=…,link-local-ip=…,driver-opt=KEY=VALUE,gw-priority=N. May be"
              + " repeated.")
  private List<String> modes = new ArrayList<>();

  @Mixin private AddressFlags addresses = new AddressFlags();

  @Mixin private PublishFlags ports = new PublishFlags();

  @Mixin private SysctlFlags sysctls = new SysctlFlags();

  @Mixin private NameFlags names = new NameFlags();

  @Option(
      names = {"-d", "--detach"},
      description = "Leave it running in the background, and print its id.")
  private boolean detach;

  @SuppressWarnings("UnusedVariable")
  @Option(names = "--rm", description = "Accepted: everything is removed at the end anyway.")
  private boolean remove;

  @SuppressWarnings("UnusedVariable")
  @Option(
      names = {"-i", "--interactive"},
      description = "Accepted: standard input is always the command's.")
  private boolean interactive;

  @SuppressWarnings("UnusedVariable")
  @Option(
      names = {"-t", "--tty"},
      description = "Accepted: the terminal is always the command's.")
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
    Run.Plan plan = plan();
    if (detach && Supervisor.id().isEmpty()) {
      return Supervisor.start(plan.id());
    }
    ports.warn(plan.networks().getFirst());
    Supervisor.lead();
    FileLimit.raise();
    ReceivedSignals signals = ReceivedSignals.receive(Run.standsAtTerminal());
    try (Workplace workplace = Workplace.open()) {
      return new Run(workplace, plan, signals).carryOut();
    } catch (LinkageError e) {
      // Classes are files as well: whoever has run out of them is to be told that all the same.
      FileLimit.freeSetAside();
      throw e;
    } catch (IOException | InterruptedException | RuntimeException e) {
      OptionalInt code = signals.exitCode();
      if (code.isEmpty()) {
        throw e;
      }
      if (!isInterruption(e)) {
        Cnm.complain(e);
      }
      return code.getAsInt();
    }
  }

  /** Whether it says nothing but that a signal has come. */
  private static boolean isInterruption(Exception e) {
    return e instanceof ReceivedSignals.Ended
        || e instanceof InterruptedException
        || e instanceof InterruptedIOException
        || e instanceof ClosedByInterruptException;
  }

  /** What the options say; what they can't say together is refused, as Docker refuses it. */
  private Run.Plan plan() {
    List<NetworkChoice> networks = networks();
    String mode = networks.getFirst().network();
    boolean shared = networks.getFirst().sharesContainer();
    if (networks.getFirst().options().mac().isPresent() && (shared || mode.equals("host"))) {
      throw conflict("mac-address");
    }
    return new Run.Plan(
        Supervisor.id().filter(it -> detach).orElseGet(Run::newId),
        Optional.ofNullable(name).map(Names::requireSandboxName),
        networks,
        ports.mappings(networks.getFirst()),
        sysctls.settings(networks.getFirst()),
        names.dns(networks.getFirst()),
        command);
  }

  private List<NetworkChoice> networks() {
    List<NetworkChoice> networks =
        new ArrayList<>(
            (modes.isEmpty() ? List.of("bridge") : modes)
                .stream().map(NetworkChoice::parse).toList());
    networks.set(0, names.addTo(addresses.addTo(networks.getFirst())));
    Set<String> chosen = new HashSet<>();
    for (NetworkChoice choice : networks) {
      if (!chosen.add(choice.network())) {
        throw new InvalidParameterException(
            "network \"" + choice.network() + "\" is specified multiple times");
      }
      if (choice.isPrivate()) {
        requireAlone(choice, networks);
      }
      requireNamesThere(choice);
    }
    if (chosen.contains("bridge") && chosen.size() > 1) {
      throw new InvalidParameterException(
          "conflicting options: cannot attach both user-defined and non-user-defined networks: "
              + chosen);
    }
    return networks;
  }

  private static void requireNamesThere(NetworkChoice choice) {
    List<String> aliases = choice.options().aliases();
    if (!aliases.isEmpty() && (choice.isPrivate() || choice.network().equals("bridge"))) {
      throw new InvalidParameterException(
          "network-scoped alias is supported only for containers in user defined networks: "
              + aliases.getFirst());
    }
  }

  private static void requireAlone(NetworkChoice mode, List<NetworkChoice> networks) {
    if (networks.size() > 1) {
      throw new InvalidParameterException(
          "container cannot be connected to multiple networks with one of the networks in private"
              + " ("
              + mode.network()
              + ") mode");
    }
    if (mode.network().equals(Run.CONTAINER)) {
      throw new InvalidParameterException("invalid network mode: container: needs a name");
    }
    Stream.of(mode.options().ipv4(), mode.options().ipv6())
        .flatMap(Optional::stream)
        .findFirst()
        .ifPresent(address -> {
          throw new InvalidParameterException(
              "user specified IP address is supported on user defined networks only: "
                  + IpPrefix.text(address));
        });
  }

  private static InvalidParameterException conflict(String option) {
    return new InvalidParameterException(
        "conflicting options: " + option + " and the network mode");
  }
}
