package dev.cnm.cli;

import dev.cnm.InvalidParameterException;
import dev.cnm.SandboxOptions;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Option;

/** The option that sets kernel parameters of the container's own network stack. */
final class SysctlFlags {

  @Option(
      names = "--sysctl",
      paramLabel = "NAME=VALUE",
      description = "A kernel parameter below net. to set inside; may be repeated.")
  private Map<String, String> settings = new TreeMap<>();

  /**
   * What is to be set.
   *
   * @param mode the network mode
   * @throws InvalidParameterException if it is no parameter of a network stack, or the stack isn't
   *     to be the container's own
   */
  Map<String, String> settings(NetworkChoice mode) {
    if (!settings.isEmpty() && (mode.network().equals("host") || mode.sharesContainer())) {
      throw new InvalidParameterException(
          "sysctl '"
              + settings.keySet().iterator().next()
              + "' not allowed in the network namespace of the host or of another container");
    }
    return SandboxOptions.defaults().withSysctls(settings).sysctls();
  }
}
