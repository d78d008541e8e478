package dev.cnm.cli;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command {@code cnm}. */
@Command(
    name = "cnm",
    version = "cnm " + VersionCommand.VERSION,
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT, // so that each subcommand knows the version, too
    description = "Container networks: commands in network stacks of their own.")
public final class Cnm implements Callable<Integer> {

  private static final SortedMap<String, Class<?>> COMMANDS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("completion", CompletionCommand.class),
              Map.entry("doctor", DoctorCommand.class),
              Map.entry("exec", ExecCommand.class),
              Map.entry("inspect", InspectCommand.class),
              Map.entry("network", NetworkCommand.class),
              Map.entry("port", PortCommand.class),
              Map.entry("ps", PsCommand.class),
              Map.entry("rm", RmCommand.class),
              Map.entry("run", RunCommand.class),
              Map.entry("version", VersionCommand.class)));

  /** What a shell and Docker use for a failure before the command was started. */
  static final int NOT_STARTED = 125;

  @Option(
      names = "--root",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description = "Keep all state in DIR; also $CNM_ROOT.")
  @SuppressWarnings("UnusedMethod") // picocli calls it.
  private void root(String folder) {
    if (folder.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "Invalid value for option '--root': it is empty");
    }
    Workplace.useRoot(folder);
  }

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills the field.
  Cnm() {}

  @Override
  public Integer call() {
    spec.commandLine().usage(System.err);
    return 1;
  }

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(execute(arguments));
  }

  static int execute(String... arguments) {
    CommandLine line = line(arguments);
    try {
      return execute(line, arguments);
    } catch (Error e) {
      // picocli hands on exceptions only.
      complain(e);
      return exitCode(line);
    }
  }

  private static int execute(CommandLine cnm, String... arguments) {
    return cnm.setExecutionExceptionHandler((failure, line, parsed) -> report(failure, line))
        .setParameterExceptionHandler((failure, parsed) -> misused(failure))
        .setExitCodeExceptionMapper(failure -> 1)
        .execute(arguments);
  }

  /** The command with the subcommands that these arguments can mean. */
  static CommandLine line(String... arguments) {
    CommandLine cnm = new CommandLine(new Cnm());
    commands(arguments)
        .forEach((name, type) -> {
          CommandLine command = new CommandLine(type);
          // What follows the first word that is no option is the command's to run, as Docker and
          // env(1)
          // have it.
          command.setStopAtPositional(type == RunCommand.class || type == ExecCommand.class);
          cnm.addSubcommand(name, command);
        });
    return cnm;
  }

  /** The one that is meant, if that is easily seen: picocli takes its time to look at each. */
  private static SortedMap<String, Class<?>> commands(String... arguments) {
    for (int i = 0; i < arguments.length; i++) {
      String argument = arguments[i];
      if (argument.equals("--root")) {
        i++;
      } else if (!argument.startsWith("-")) {
        boolean alone = COMMANDS.containsKey(argument) && !argument.equals("completion");
        return alone ? COMMANDS.subMap(argument, argument + "\0") : COMMANDS;
      }
    }
    return COMMANDS;
  }

  private static int report(Exception failure, CommandLine line) {
    complain(failure);
    return exitCode(line);
  }

  /** Says in one line what went wrong, and returns the exit code for it. */
  static int complain(Throwable failure) {
    System.err.println("cnm: " + Complaint.of(failure));
    if (System.getenv("CNM_DEBUG") != null) {
      failure.printStackTrace();
    }
    return 1;
  }

  private static int misused(ParameterException failure) {
    CommandLine line = failure.getCommandLine();
    String command = line.getCommandSpec().qualifiedName();
    String text =
        failure instanceof UnmatchedArgumentException unmatched
            ? unmatched(unmatched, command)
            : String.valueOf(failure.getMessage());
    System.err.println("cnm: " + Complaint.printable(text) + "; see '" + command + " --help'");
    return exitCode(line);
  }

  private static String unmatched(UnmatchedArgumentException failure, String command) {
    String argument = failure.getUnmatched().getFirst();
    boolean group = !failure.getCommandLine().getSubcommands().isEmpty();
    String what;
    if (failure.isUnknownOption()) {
      what = "Unknown option: '" + argument + "'";
    } else if (group) {
      what = "'" + argument + "' is not a command of " + command;
    } else {
      what = "Unexpected argument: '" + argument + "'";
    }
    List<String> similar = failure.getSuggestions();
    return similar.isEmpty() ? what : what + ", did you mean " + String.join(" or ", similar) + "?";
  }

  private static int exitCode(CommandLine line) {
    CommandLine.ParseResult parsed = line.getParseResult();
    if (parsed != null && parsed.hasSubcommand()) {
      return exitCode(parsed.subcommand().commandSpec().commandLine());
    }
    return line.getCommandName().equals("run") ? NOT_STARTED : 1;
  }
}
