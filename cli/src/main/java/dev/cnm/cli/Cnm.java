package dev.cnm.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** The command {@code cnm}. */
@Command(
    name = "cnm",
    version = "cnm 0.1.0",
    mixinStandardHelpOptions = true,
    description = "Container networks: commands in network stacks of their own.",
    subcommands = {
      ExecCommand.class,
      NetworkCommand.class,
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
    return new CommandLine(new Cnm())
        .setExecutionExceptionHandler((failure, line, parsed) -> report(failure, line))
        .setParameterExceptionHandler((failure, parsed) -> misused(failure))
        .setExitCodeExceptionMapper(failure -> 1)
        .setStopAtPositional(false)
        .execute(arguments);
  }

  private static int report(Exception failure, CommandLine line) {
    String text = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    line.getErr().println("cnm: " + text.lines().findFirst().orElse(text));
    if (System.getenv("CNM_DEBUG") != null) {
      failure.printStackTrace();
    }
    return exitCode(line);
  }

  private static int misused(ParameterException failure) {
    CommandLine line = failure.getCommandLine();
    PrintWriter err = line.getErr();
    err.println(
        "cnm: "
            + String.valueOf(failure.getMessage()).lines().findFirst().orElse("")
            + "; see '"
            + line.getCommandSpec().qualifiedName()
            + " --help'");
    return exitCode(line);
  }

  private static int exitCode(CommandLine line) {
    return line.getCommandName().equals("run") ? NOT_STARTED : 1;
  }
}
