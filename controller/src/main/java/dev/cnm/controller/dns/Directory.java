package dev.cnm.controller.dns;

import dev.cnm.controller.dns.NetworkNames.Addresses;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the resolver of one sandbox knows at one time. A value; safe to share.
 *
 * @param networks the names of the networks that the sandbox is in
 * @param outside whether the sandbox has a way out, so that the host's servers may be asked for it
 */
public record Directory(List<NetworkNames> networks, boolean outside) {

  /** Copies the list. */
  public Directory {
    networks = List.copyOf(networks);
  }

  /** The addresses in all its networks of a name in lower case, or null if none has it. */
  @Nullable Addresses find(String name) {
    Addresses found = null;
    for (NetworkNames network : networks) {
      Addresses there = network.find(name);
      if (there != null) {
        found = found == null ? there : found.and(there);
      }
    }
    return found;
  }

  /** What is at an address, such as {@code c1.web}. */
  Optional<String> nameOf(InetAddress address) {
    return networks.stream().flatMap(network -> network.nameOf(address).stream()).findFirst();
  }
}
