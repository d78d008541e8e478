package dev.cnm.cli.output;

import dev.cnm.InvalidParameterException;
import dev.cnm.Sandbox;
import dev.cnm.cli.json.JsonText;
import dev.cnm.cli.state.Container;
import dev.cnm.controller.state.Life;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A container as {@code docker ps} and {@code docker inspect} show it, without what only images and
 * file systems have.
 *
 * @param container itself
 * @param life whether its command runs
 * @param sandbox where it runs, once there is one
 * @param settings its part of the network
 */
public record ContainerShape(
    Container container, Life life, Optional<Sandbox> sandbox, NetworkSettings settings) {

  /** The filters of {@code ps}. */
  public static final List<String> FILTERS = List.of("id", "name", "network", "status");

  /** The titles of {@code ps}. */
  public static final Map<String, String> TITLES = titles();

  /** The columns of {@code ps}. */
  public static final List<String> COLUMNS =
      List.of("ID", "Command", "RunningFor", "Status", "Ports", "Names");

  /** For one that can't be seen from here; Docker has none such. */
  private static final String UNKNOWN = "unknown";

  private static final List<String> STATUSES =
      List.of("created", "restarting", "running", "removing", "paused", "exited", "dead", UNKNOWN);

  private static final int LONGEST_COMMAND = 20;

  /** Go's zero time, Docker's word for never. */
  private static final String NEVER = "0001-01-01T00:00:00Z";

  private static Map<String, String> titles() {
    Map<String, String> titles = new LinkedHashMap<>();
    titles.put("ID", "CONTAINER ID");
    titles.put("Command", "COMMAND");
    titles.put("RunningFor", "CREATED");
    titles.put("Status", "STATUS");
    titles.put("Ports", "PORTS");
    titles.put("Names", "NAMES");
    titles.put("CreatedAt", "CREATED AT");
    titles.put("Networks", "NETWORKS");
    titles.put("State", "STATE");
    return Collections.unmodifiableMap(titles);
  }

  /** One with what its sandbox tells. */
  public static ContainerShape of(Container container, Life life, Optional<Sandbox> sandbox) {
    return new ContainerShape(container, life, sandbox, NetworkSettings.of(container, sandbox));
  }

  private Instant created() {
    return Instant.ofEpochMilli(container.created());
  }

  private Optional<Instant> started() {
    return running()
        ? container.process().pidHere().stream()
            .boxed()
            .flatMap(it -> ProcessHandle.of(it).stream())
            .flatMap(it -> it.info().startInstant().stream())
            .findFirst()
        : Optional.empty();
  }

  /** Whether its command runs. */
  public boolean running() {
    return life == Life.ALIVE;
  }

  /** Whether its command runs, or can't be seen from here: what can't be seen is not dead. */
  public boolean mayRun() {
    return life != Life.ENDED;
  }

  private String status() {
    if (running()) {
      return "running";
    }
    if (life == Life.UNKNOWN) {
      return UNKNOWN;
    }
    return container.process().pid() == 0 ? "created" : "exited";
  }

  /**
   * Checks what can be checked of filters without a container.
   *
   * @throws InvalidParameterException if there is no such status
   */
  public static void require(Filters filters) {
    for (String status : filters.values("status")) {
      if (!STATUSES.contains(status)) {
        throw Filters.invalid("status", status, "it can be " + String.join(", ", STATUSES));
      }
    }
  }

  /**
   * Whether the filters of {@link #FILTERS} let it through.
   *
   * @throws InvalidParameterException if a filter's value makes no sense
   */
  public boolean passes(Filters filters) {
    return filters.found("id", container.id())
        && filters.found("name", container.name())
        && filters.equal("status", status())
        && filters.any("network", settings::isIn);
  }

  /** Its row of {@code ps}, with all fields of {@link #TITLES}. */
  public Map<String, String> row(boolean whole, Instant now) {
    String command = String.join(" ", container.command());
    String shown =
        whole || command.length() <= LONGEST_COMMAND
            ? command
            : command.substring(0, LONGEST_COMMAND - 1) + "…";
    Map<String, String> row = new TreeMap<>();
    row.put("Command", '"' + printable(shown) + '"');
    row.put("CreatedAt", NetworkShape.time(created()));
    row.put("ID", whole ? container.id() : container.shortId());
    row.put("Names", container.name());
    row.put("Networks", String.join(",", settings.networks()));
    row.put("Ports", settings.ports().inWords());
    row.put("RunningFor", Age.inWords(Duration.between(created(), now)) + " ago");
    row.put("State", status());
    row.put("Status", statusInWords(now));
    return row;
  }

  /** One line, and nothing that a terminal would act on. */
  private static String printable(String text) {
    return text.replaceAll("\\p{Cntrl}", " ");
  }

  private String statusInWords(Instant now) {
    return switch (status()) {
      case "running" ->
          "Up " + Age.inWords(Duration.between(started().orElseGet(this::created), now));
      case "created" -> "Created";
      case UNKNOWN -> "Unknown (not to be seen from this PID namespace)";
      default -> "Exited";
    };
  }

  /**
   * The object of {@code inspect}, with Docker's keys in Docker's order.
   *
   * @param networkMode its first network, with the id of the container whose stack it shares
   * @param files the folder of its files
   */
  public Map<String, @Nullable Object> inspect(String networkMode, Path files) {
    List<String> command = container.command();
    return JsonText.object(
        "Id",
        container.id(),
        "Created",
        created().toString(),
        "Path",
        command.getFirst(),
        "Args",
        command.subList(1, command.size()),
        "State",
        JsonText.object(
            "Status",
            status(),
            "Running",
            running(),
            "Paused",
            false,
            "Restarting",
            false,
            "OOMKilled",
            false,
            "Dead",
            false,
            "Pid",
            running() ? container.process().pidHere().orElse(0) : 0,
            "ExitCode",
            0,
            "Error",
            "",
            "StartedAt",
            started().map(Instant::toString).orElse(NEVER),
            "FinishedAt",
            NEVER),
        "ResolvConfPath",
        files.resolve("resolv.conf").toString(),
        "HostnamePath",
        files.resolve("hostname").toString(),
        "HostsPath",
        files.resolve("hosts").toString(),
        "Name",
        "/" + container.name(),
        "Platform",
        "linux",
        "HostConfig",
        JsonText.object(
            "NetworkMode",
            networkMode,
            "PortBindings",
            settings.ports().asked(),
            "AutoRemove",
            true),
        "Config",
        JsonText.object("Hostname", container.hostname(), "Cmd", command),
        "NetworkSettings",
        settings.inspect());
  }
}
