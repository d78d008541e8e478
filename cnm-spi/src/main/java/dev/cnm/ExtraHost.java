package dev.cnm;

import java.net.InetAddress;
import java.util.Optional;

/**
 * A line that a sandbox's hosts file has from the start. Docker's {@code --add-host}.
 *
 * @param name what is found
 * @param address where; empty for an address by which the sandbox reaches its host, Docker's {@code
 *     host-gateway}: that of its gateway or, where it has none, that of the network {@code bridge}
 */
public record ExtraHost(String name, Optional<InetAddress> address) {

  /** What stands for the host's address. */
  public static final String HOST_GATEWAY = "host-gateway";

  /**
   * Checks the name.
   *
   * @throws InvalidParameterException if it is no host name
   */
  public ExtraHost {
    Names.requireAlias(name);
  }

  /**
   * Reads {@code NAME:ADDRESS} or {@code NAME=ADDRESS}, where the address may also be {@link
   * #HOST_GATEWAY}, and an IPv6 address may have brackets.
   *
   * @throws InvalidParameterException if it is not of this form, with the reason
   */
  public static ExtraHost parse(String text) {
    int end = text.indexOf('=') < 0 ? text.indexOf(':') : text.indexOf('=');
    if (end <= 0 || end == text.length() - 1) {
      throw new InvalidParameterException(
          "bad format for add-host: \"" + text + "\" is not NAME:ADDRESS");
    }
    String name = text.substring(0, end);
    String address = text.substring(end + 1);
    try {
      Names.requireAlias(name);
    } catch (InvalidParameterException e) {
      throw new InvalidParameterException(
          "bad format for add-host: \"" + text + "\": " + name + " is no host name");
    }
    if (address.equals(HOST_GATEWAY)) {
      return new ExtraHost(name, Optional.empty());
    }
    if (address.startsWith("[") && address.endsWith("]")) {
      address = address.substring(1, address.length() - 1);
    }
    try {
      return new ExtraHost(name, Optional.of(IpPrefix.parseAddress(address)));
    } catch (InvalidParameterException e) {
      throw new InvalidParameterException("invalid IP address in add-host: \"" + address + '"');
    }
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return name + ':' + address.map(IpPrefix::text).orElse(HOST_GATEWAY);
  }
}
