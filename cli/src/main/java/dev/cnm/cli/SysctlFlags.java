package dev.cnm.cli;

import dev.cnm.InvalidParameterException;
import dev.cnm.SandboxOptions;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** The option that sets kernel parameters of the container's own network stack. */
final class SysctlFlags {

  private static final Pattern OF_INTERFACE =
      Pattern.compile(
          "net\\.(?:ipv[46]|mpls)\\.(?:conf|neigh)\\.(?!(?:all|default|lo)\\.)([^.]+)\\..+");

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

  /** The interface that a setting is one of, if it is one that comes with a network. */
  static Optional<String> interfaceOf(String sysctl) {
    Matcher matcher = OF_INTERFACE.matcher(sysctl);
    return matcher.matches() ? Optional.of(matcher.group(1).replace('/', '.')) : Optional.empty();
  }
}
