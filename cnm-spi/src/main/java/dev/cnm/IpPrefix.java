package dev.cnm;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * An IP address with the length of its prefix: the address of an interface, such as {@code
 * 10.99.0.2/24}, or, with all bits behind the prefix zero, a subnet, such as {@code 10.99.0.0/24}
 * (RFC 4632, RFC 4291 section 2.3).
 *
 * @param address an IPv4 or IPv6 address; an IPv6 one without a scope
 * @param length the number of leading bits that name the subnet; 0 to 32 or 0 to 128
 */
public record IpPrefix(InetAddress address, int length) {

  /** Checks the range. */
  public IpPrefix {
    if (length < 0 || length > bits(address)) {
      throw new InvalidParameterException(
          "invalid prefix length " + length + " for " + address.getHostAddress());
    }
  }

  /**
   * Reads CIDR notation, {@code ADDRESS/LENGTH}; bits behind the prefix may be set.
   *
   * @throws InvalidParameterException if it is anything else
   */
  public static IpPrefix parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw new InvalidParameterException(
          "invalid CIDR address: " + text + " has no prefix length");
    }
    String digits = text.substring(slash + 1);
    if (!isDecimal(digits)) {
      throw new InvalidParameterException("invalid CIDR address: " + text);
    }
    try {
      return new IpPrefix(parseAddress(text.substring(0, slash)), Integer.parseInt(digits));
    } catch (InvalidParameterException e) {
      throw new InvalidParameterException("invalid CIDR address: " + text);
    }
  }

  /**
   * Reads an IPv4 address of four decimal numbers without leading zeros, which some take for octal
   * ones ({@code inet_aton(3)}), or an IPv6 address (RFC 5952 and its longer forms) without a
   * scope. Never asks a name server.
   *
   * @throws InvalidParameterException if it is anything else
   */
  public static InetAddress parseAddress(String text) {
    try {
      if (text.indexOf(':') < 0) {
        if (isDotted(text)) {
          return Inet4Address.ofLiteral(text);
        }
      } else if (text.indexOf('%') < 0
          && text.indexOf('[') < 0
          && Inet6Address.ofLiteral(text) instanceof Inet6Address address) {
        return address;
      }
    } catch (IllegalArgumentException e) {
      // Falls through to the one message that names the value.
    }
    throw new InvalidParameterException("invalid IP address: " + text);
  }

  private static boolean isDotted(String text) {
    int numbers = 0;
    int start = 0;
    for (int i = 0; i <= text.length(); i++) {
      if (i == text.length() || text.charAt(i) == '.') {
        if (!isDecimal(text.substring(start, i))) {
          return false;
        }
        numbers++;
        start = i + 1;
      }
    }
    return numbers == 4;
  }

  /** One to three digits, and no zero in front of others. */
  private static boolean isDecimal(String text) {
    return !text.isEmpty()
        && text.length() <= 3
        && (text.length() == 1 || text.charAt(0) != '0')
        && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /** True if it is an IPv6 prefix. */
  public boolean isIpv6() {
    return address instanceof Inet6Address;
  }

  /** The subnet that it lies in: the bits behind the prefix cleared. */
  public IpPrefix network() {
    return new IpPrefix(fill(false), length);
  }

  /** True if the bits behind the prefix are zero. */
  public boolean isNetwork() {
    return fill(false).equals(address);
  }

  /**
   * The last address of the subnet: for IPv4, where the prefix is shorter than 31 bits, its
   * broadcast address.
   */
  public InetAddress lastAddress() {
    return fill(true);
  }

  /** True if {@code other} is of the same family and shares the prefix. */
  public boolean contains(InetAddress other) {
    return bits(other) == bits(address)
        && new IpPrefix(other, length).fill(false).equals(fill(false));
  }

  /** True if {@code other} lies in this subnet with all its addresses. */
  public boolean contains(IpPrefix other) {
    return other.length >= length && contains(other.address);
  }

  /** True if at least one address lies in both subnets. */
  public boolean overlaps(IpPrefix other) {
    return contains(other.network()) || other.contains(network());
  }

  private InetAddress fill(boolean ones) {
    byte[] octets = address.getAddress();
    for (int i = 0; i < octets.length; i++) {
      int kept = Math.clamp(length - 8L * i, 0, 8);
      int host = 0xff >>> kept;
      octets[i] = (byte) (ones ? octets[i] | host : octets[i] & ~host);
    }
    return ofOctets(octets);
  }

  private static InetAddress ofOctets(byte[] octets) {
    try {
      return octets.length == 4
          ? InetAddress.getByAddress(octets)
          : Inet6Address.getByAddress(null, octets, -1);
    } catch (UnknownHostException e) {
      throw new AssertionError(Arrays.toString(octets), e);
    }
  }

  private static int bits(InetAddress address) {
    return address instanceof Inet4Address ? 32 : 128;
  }

  /**
   * CIDR notation; an IPv6 address in its short form (RFC 5952), as the tools print it.
   *
   * @see #text(InetAddress)
   */
  @Override
  public String toString() {
    return text(address) + '/' + length;
  }

  /**
   * An address as the tools print it: IPv6 in the short form of RFC 5952, in which the longest run
   * of at least two zero groups, the first of equal ones, becomes {@code ::}. ({@link
   * InetAddress#getHostAddress} writes all eight groups.)
   */
  public static String text(InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      return address.getHostAddress();
    }
    byte[] octets = address.getAddress();
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = ((octets[2 * i] & 0xff) << 8) | (octets[2 * i + 1] & 0xff);
    }
    int start = -1;
    int longest = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && groups[end] == 0) {
        end++;
      }
      if (end - i > longest) {
        start = i;
        longest = end - i;
      }
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < 8; i++) {
      if (i == start) {
        text.append("::");
        i += longest - 1;
      } else {
        if (i > 0 && i != start + longest) {
          text.append(':');
        }
        text.append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }
}
