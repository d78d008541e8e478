package dev.cnm.netlink.route;

import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** The link-layer address of a link: for Ethernet six octets. A value. */
public final class HardwareAddress {

  private static final HexFormat COLONS = HexFormat.ofDelimiter(":");

  private final byte[] octets;

  private HardwareAddress(byte[] octets) {
    this.octets = octets;
  }

  /** Takes a copy of {@code octets}. */
  public static HardwareAddress of(byte[] octets) {
    return new HardwareAddress(octets.clone());
  }

  /**
   * Reads octets in hexadecimal with colons between.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  public static HardwareAddress parse(String text) {
    return new HardwareAddress(COLONS.parseHex(text));
  }

  /** Whether it is one that an Ethernet link can have: six octets, not all zero, no group's. */
  public boolean isUnicastEthernet() {
    return octets.length == 6 && (octets[0] & 1) == 0 && !Arrays.equals(octets, new byte[6]);
  }

  /** A copy of its octets. */
  public byte[] toBytes() {
    return octets.clone();
  }

  byte[] octets() {
    return octets;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof HardwareAddress address && Arrays.equals(octets, address.octets);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(octets);
  }

  /** As {@code ip link} prints it. */
  @Override
  public String toString() {
    return COLONS.formatHex(octets);
  }
}
