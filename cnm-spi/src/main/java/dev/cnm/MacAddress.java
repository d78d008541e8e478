package dev.cnm;

import java.net.Inet4Address;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * An Ethernet address of 48 bits (IEEE 802).
 *
 * @param bits the address in the low 48 bits, the first octet highest; 0 to 2^48 - 1
 */
public record MacAddress(long bits) {

  private static final Pattern FORM = Pattern.compile("([0-9a-fA-F]{2}([:-])){5}[0-9a-fA-F]{2}");
  private static final HexFormat COLONS = HexFormat.ofDelimiter(":");

  /** Checks the range. */
  public MacAddress {
    if (bits >>> 48 != 0) {
      throw new InvalidParameterException("a MAC address has 48 bits: " + Long.toHexString(bits));
    }
  }

  /**
   * Reads {@code 02:42:0a:63:00:02}; hyphens may stand for the colons.
   *
   * @throws InvalidParameterException if it is anything else, or a group (multicast) address, which
   *     no interface can have
   */
  public static MacAddress parse(String text) {
    if (!FORM.matcher(text).matches()) {
      throw new InvalidParameterException("invalid MAC address: " + text);
    }
    MacAddress mac = ofBytes(COLONS.parseHex(text.replace('-', ':')));
    if (mac.isGroup() || mac.bits == 0) {
      throw new InvalidParameterException("no interface can have this MAC address: " + text);
    }
    return mac;
  }

  /**
   * Takes six octets.
   *
   * @throws InvalidParameterException if there are not six
   */
  public static MacAddress ofBytes(byte[] octets) {
    if (octets.length != 6) {
      throw new InvalidParameterException("a MAC address has 6 octets, not " + octets.length);
    }
    long bits = 0;
    for (byte octet : octets) {
      bits = (bits << 8) | (octet & 0xff);
    }
    return new MacAddress(bits);
  }

  /**
   * The locally administered address {@code 02:42} followed by the IPv4 address: as long as an
   * address has one owner at a time, so has the MAC address, and a neighbour that remembers the
   * last owner of the address still reaches the new one.
   */
  public static MacAddress derivedFrom(Inet4Address address) {
    long bits = 0x0242;
    for (byte octet : address.getAddress()) {
      bits = (bits << 8) | (octet & 0xff);
    }
    return new MacAddress(bits);
  }

  /** True if it names a group of stations: the low bit of the first octet is set. */
  public boolean isGroup() {
    return (bits >>> 40 & 1) != 0;
  }

  /** Its six octets, a new array each time. */
  public byte[] toBytes() {
    byte[] octets = new byte[6];
    for (int i = 0; i < 6; i++) {
      octets[i] = (byte) (bits >>> (40 - 8 * i));
    }
    return octets;
  }

  /** Lower-case hexadecimal octets with colons between, as {@code ip link} prints them. */
  @Override
  public String toString() {
    return COLONS.formatHex(toBytes());
  }
}
