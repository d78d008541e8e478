package dev.cnm.cli;

import dev.cnm.EndpointOptions;
import dev.cnm.InvalidParameterException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say which addresses to have in a network. */
final class AddressFlags {

  @Option(names = "--ip", paramLabel = "ADDRESS", description = "The IPv4 address to have.")
  private @Nullable String ip;

  @Option(names = "--ip6", paramLabel = "ADDRESS", description = "The IPv6 address to have.")
  private @Nullable String ip6;

  @Option(names = "--mac-address", paramLabel = "MAC", description = "The MAC address to have.")
  private @Nullable String mac;

  @Option(
      names = "--link-local-ip",
      paramLabel = "ADDRESS",
      description = "A link-local address to have as well; may be repeated.")
  private List<String> linkLocal = new ArrayList<>();

  /** Adds what they say. */
  void addTo(EndpointOptions.Builder options) {
    set(options, "ip", ip);
    set(options, "ip6", ip6);
    set(options, "mac-address", mac);
    linkLocal.forEach(it -> set(options, "link-local-ip", it));
  }

  /**
   * A choice with what they say added.
   *
   * @throws InvalidParameterException if the choice says the same by itself
   */
  NetworkChoice addTo(NetworkChoice choice) {
    EndpointOptions given = choice.options();
    requireOnce("--ip", ip != null && given.ipv4().isPresent());
    requireOnce("--ip6", ip6 != null && given.ipv6().isPresent());
    requireOnce("--mac-address", mac != null && given.mac().isPresent());
    requireOnce("--link-local-ip", !linkLocal.isEmpty() && !given.linkLocal().isEmpty());
    EndpointOptions.Builder options = given.toBuilder();
    addTo(options);
    return new NetworkChoice(choice.network(), options.build());
  }

  private static void requireOnce(String option, boolean twice) {
    if (twice) {
      throw new InvalidParameterException(
          "conflicting options: cannot specify both " + option + " and the same in --network");
    }
  }

  private static void set(EndpointOptions.Builder options, String key, @Nullable String value) {
    if (value != null) {
      NetworkChoice.set(options, key, value);
    }
  }
}
