package dev.cnm.netlink.nft;

import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.gen.nftables;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Octets as they stand in a packet or a register: what expressions compare, and what sets hold. A
 * value.
 */
public final class Field {

  private final byte[] octets;

  private Field(byte[] octets) {
    this.octets = octets;
  }

  /** Takes a copy of {@code octets}. */
  public static Field of(byte... octets) {
    return new Field(octets.clone());
  }

  /** A 32-bit number in the machine's byte order, as marks and states are. */
  public static Field int32(int number) {
    return new Field(ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(number).array());
  }

  /**
   * The name of a link.
   *
   * @throws IllegalArgumentException if it is longer than 15 octets
   */
  public static Field ifname(String name) {
    byte[] letters = name.getBytes(StandardCharsets.US_ASCII);
    if (letters.length >= FieldType.IFNAME.length()) {
      throw new IllegalArgumentException("no link can be called " + name);
    }
    return new Field(Arrays.copyOf(letters, FieldType.IFNAME.length()));
  }

  /** An address. */
  public static Field address(InetAddress address) {
    return new Field(address.getAddress());
  }

  /** A port. */
  public static Field port(int port) {
    return of((byte) (port >>> 8), (byte) port);
  }

  /** The layer 3 protocol family of IPv4 or IPv6. */
  public static Field nfproto(boolean ipv6) {
    return of((byte) (ipv6 ? nftables.NFPROTO_IPV6() : nftables.NFPROTO_IPV4()));
  }

  /** A transport protocol. */
  public static Field protocol(int number) {
    return of((byte) number);
  }

  /** Several fields as one key or value: each is filled up to whole 32-bit registers. */
  public static Field join(Field... fields) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (Field field : fields) {
      joined.writeBytes(field.octets);
      for (int i = field.octets.length; (i & 3) != 0; i++) {
        joined.write(0);
      }
    }
    return new Field(joined.toByteArray());
  }

  /** A copy of the octets. */
  public byte[] octets() {
    return octets.clone();
  }

  /** How many octets there are. */
  public int length() {
    return octets.length;
  }

  /** Writes it as the data of the attribute {@code type}. */
  void encode(MessageWriter out, int type) {
    int data = out.nest(type);
    out.bytes(nftables.NFTA_DATA_VALUE(), octets);
    out.endNest(data);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Field field && Arrays.equals(octets, field.octets);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(octets);
  }

  /** The octets in hexadecimal. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(octets);
  }
}
