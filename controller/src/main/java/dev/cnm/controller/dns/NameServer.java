package dev.cnm.controller.dns;

import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A server as resolv.conf(5) names it. A value; safe to share.
 *
 * @param address its address
 * @param zone the link behind which a link-local IPv6 address is, by its name or index (RFC 4007,
 *     section 11); empty if none is named
 */
public record NameServer(InetAddress address, String zone) {

  /** A name that the kernel may give a link ({@code dev_valid_name} of net/core/dev.c). */
  private static final Pattern ZONE = Pattern.compile("[!-~&&[^/:%]]{1,15}");

  /** One without a zone. */
  static NameServer of(InetAddress address) {
    return new NameServer(address, "");
  }

  /** Reads an address, maybe with {@code %} and a zone; empty if it is none. */
  static Optional<NameServer> parse(String text) {
    int percent = text.indexOf('%');
    String zone = percent < 0 ? "" : text.substring(percent + 1);
    try {
      InetAddress address = IpPrefix.parseAddress(percent < 0 ? text : text.substring(0, percent));
      boolean sound =
          percent < 0 || (address instanceof Inet6Address && ZONE.matcher(zone).matches());
      return sound ? Optional.of(new NameServer(address, zone)) : Optional.empty();
    } catch (InvalidParameterException e) {
      return Optional.empty();
    }
  }

  /** Whether it can be reached from the host's own stack only. */
  boolean isHostsOnly() {
    // Not so 169.254.0.0/16, where clouds have servers for everybody behind a host.
    return address.isLoopbackAddress()
        || (address instanceof Inet6Address && address.isLinkLocalAddress());
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return IpPrefix.text(address) + (zone.isEmpty() ? "" : '%' + zone);
  }
}
