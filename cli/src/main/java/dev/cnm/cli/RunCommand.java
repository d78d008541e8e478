package dev.cnm.cli;

import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.MacAddress;
import dev.cnm.Names;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
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
    Supervisor.lead();
    ReceivedSignals signals = ReceivedSignals.receive(Run.standsAtTerminal());
    try (Workplace workplace = Workplace.open()) {
      return new Run(workplace, plan, signals).carryOut();
    }
  }

  /** What the options say; what they can't say together is refused, as Docker refuses it. */
  private Run.Plan plan() {
    List<String> networks =
        modes.isEmpty()
            ? List.of("bridge")
            : modes.stream().map(mode -> mode.equals("default") ? "bridge" : mode).toList();
    if (networks.stream().distinct().count() < networks.size()) {
      throw new InvalidParameterException("a network is specified multiple times: " + networks);
    }
    for (String mode : networks) {
      if (isPrivate(mode) && networks.size() > 1) {
        throw new InvalidParameterException(
            "container cannot be connected to multiple networks with one of the networks in private"
                + " ("
                + mode
                + ") mode");
      }
    }
    String mode = networks.getFirst();
    boolean shared = mode.startsWith(Run.CONTAINER);
    if (shared && mode.length() == Run.CONTAINER.length()) {
      throw new InvalidParameterException("invalid network mode: container: needs a name");
    }
    if (mac != null && (shared || mode.equals("host"))) {
      throw conflict("mac-address");
    }
    if (hostname != null && shared) {
      throw conflict("hostname");
    }
    if (hostname != null && !hostname.matches("[a-zA-Z0-9][a-zA-Z0-9.-]{0,62}")) {
      throw new InvalidParameterException("invalid host name: " + hostname);
    }
    List<InetAddress> addresses =
        Stream.of(address(ip, false), address(ip6, true)).flatMap(Optional::stream).toList();
    if (!addresses.isEmpty() && isPrivate(mode)) {
      throw new InvalidParameterException(
          "user specified IP address is supported on user defined networks only: "
              + IpPrefix.text(addresses.getFirst()));
    }
    return new Run.Plan(
        Supervisor.id().orElseGet(Run::newId),
        Optional.ofNullable(name).map(Names::requireSandboxName),
        networks,
        addresses,
        Optional.ofNullable(mac).map(MacAddress::parse),
        Optional.ofNullable(hostname),
        command);
  }

  private static Optional<InetAddress> address(@Nullable String text, boolean ipv6) {
    if (text == null) {
      return Optional.empty();
    }
    String family = ipv6 ? "IPv6" : "IPv4";
    InetAddress address;
    try {
      address = IpPrefix.parseAddress(text);
    } catch (InvalidParameterException e) {
      throw new InvalidParameterException("invalid " + family + " address: " + text);
    }
    if (address.getAddress().length == 16 != ipv6) {
      throw new InvalidParameterException("invalid " + family + " address: " + text);
    }
    return Optional.of(address);
  }

  private static boolean isPrivate(String mode) {
    return mode.equals("none") || mode.equals("host") || mode.startsWith(Run.CONTAINER);
  }

  private static InvalidParameterException conflict(String option) {
    return new InvalidParameterException(
        "conflicting options: " + option + " and the network mode");
  }
}
