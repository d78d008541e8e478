package dev.cnm.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code cnm network}. */
@Command(
    name = "network",
    mixinStandardHelpOptions = true,
    description = "Work with networks.",
    subcommands = {
      NetworkConnect.class,
      NetworkCreate.class,
      NetworkDisconnect.class,
      NetworkInspect.class,
      NetworkLs.class,
      NetworkPrune.class,
      NetworkRm.class
    })
final class NetworkCommand implements Callable<Integer> {

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills the field.
  NetworkCommand() {}

  @Override
  public Integer call() {
    spec.commandLine().usage(System.err);
    return 1;
  }
}
