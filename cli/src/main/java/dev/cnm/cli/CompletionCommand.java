package dev.cnm.cli;

import dev.cnm.InvalidParameterException;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code cnm completion}. */
@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    description = {
      "Print a script that completes commands and options.",
      "For the shell at hand: source <(cnm completion bash)"
    })
final class CompletionCommand implements Callable<Integer> {

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Parameters(paramLabel = "SHELL", description = "bash; zsh reads the same.")
  private String shell = "";

  @SuppressWarnings("NullAway.Init") // picocli fills the field.
  CompletionCommand() {}

  @Override
  public Integer call() {
    if (!shell.equals("bash") && !shell.equals("zsh")) {
      throw new InvalidParameterException(
          "no completion for the shell \"" + shell + "\"; it can be bash or zsh");
    }
    System.out.print(AutoComplete.bash("cnm", spec.root().commandLine()));
    return 0;
  }
}
