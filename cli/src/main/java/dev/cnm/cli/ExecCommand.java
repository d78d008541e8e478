package dev.cnm.cli;

import dev.cnm.ForbiddenException;
import dev.cnm.InvalidParameterException;
import dev.cnm.cli.state.Container;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cnm exec}. */
@Command(
    name = "exec",
    mixinStandardHelpOptions = true,
    description = "Run another command in a running container.")
final class ExecCommand implements Callable<Integer> {

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

  @Parameters(index = "0", paramLabel = "NAME", description = "The container.")
  private String name = "";

  @Parameters(index = "1..*", arity = "1..*", paramLabel = "CMD", description = "The command.")
  private List<String> arguments = List.of();

  @Override
  public Integer call() throws IOException {
    List<String> command =
        arguments.subList(arguments.getFirst().equals("--") ? 1 : 0, arguments.size());
    if (command.isEmpty()) {
      throw new InvalidParameterException("no command to run in container " + name);
    }
    Programs.Found found = Programs.find(command.getFirst());
    if (found.program().isEmpty()) {
      System.err.println("cnm: " + found.reason());
      return found.exitCode();
    }
    Container container;
    try (Workplace workplace = Workplace.open()) {
      container = workplace.container(name);
    }
    if (container.process().ended()) {
      throw new ForbiddenException("container " + name + " is not running");
    }
    OptionalLong pid = container.process().pidHere();
    if (pid.isEmpty()) {
      throw new ForbiddenException(
          "container "
              + name
              + " can't be entered from here: its processes are in another PID namespace, or /proc"
              + " doesn't show them");
    }
    Inside.become(pid.getAsLong(), container.hostname(), found.program().get(), command);
    return Programs.NOT_EXECUTABLE;
  }
}
