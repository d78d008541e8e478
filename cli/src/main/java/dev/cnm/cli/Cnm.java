package dev.cnm.cli;

import java.util.List;
import java.util.Objects;
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
    description = "Container networks: commands in network stacks of their own.",
    subcommands = {
      CompletionCommand.class,
      DoctorCommand.class,
      ExecCommand.class,
      InspectCommand.class,
      NetworkCommand.class,
      PortCommand.class,
      PsCommand.class,
      RmCommand.class,
      RunCommand.class,
      VersionCommand.class
    })
public final class Cnm implements Callable<Integer> {

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
    CommandLine cnm = new CommandLine(new Cnm());
    // What follows the first word that is no option is the command's, as Docker and env(1) have it.
    for (String starter : List.of("run", "exec")) {
      Objects.requireNonNull(cnm.getSubcommands().get(starter)).setStopAtPositional(true);
    }
    return cnm.setExecutionExceptionHandler((failure, line, parsed) -> report(failure, line))
        .setParameterExceptionHandler((failure, parsed) -> misused(failure))
        .setExitCodeExceptionMapper(failure -> 1)
        .execute(arguments);
  }

  private static int report(Exception failure, CommandLine line) {
    complain(failure);
    return exitCode(line);
  }

  /** Says in one line what went wrong, and returns the exit code for it. */
  static int complain(Exception failure) {
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
    return line.getCommandName().equals("run") ? NOT_STARTED : 1;
  }
}
