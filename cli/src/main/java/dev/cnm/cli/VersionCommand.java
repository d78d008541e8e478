package dev.cnm.cli;

import picocli.CommandLine.Command;

/** {@code cnm version}. */
@Command(name = "version", mixinStandardHelpOptions = true, description = "Show the version.")
final class VersionCommand implements Runnable {

  @Override
  public void run() {
    System.out.println(
        "cnm 0.1.0, Java " + Runtime.version() + ", Linux " + System.getProperty("os.version"));
  }
}
