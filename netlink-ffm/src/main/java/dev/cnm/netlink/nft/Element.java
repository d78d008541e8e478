package dev.cnm.netlink.nft;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * An element of a set or map.
 *
 * @param key its fields, one behind the other; see {@link #fields}
 * @param value of a map, what it leads to
 * @param comment for who lists it; empty for none
 */
public record Element(byte[] key, Optional<Value> value, String comment) {

  /** An element of a set. */
  public static Element of(byte[] key, String comment) {
    return new Element(key, Optional.empty(), comment);
  }

  /** An element of a map. */
  public static Element of(byte[] key, Value value, String comment) {
    return new Element(key, Optional.of(value), comment);
  }

  /** The name of a link as a field. */
  public static byte[] ifname(String name) {
    byte[] octets = name.getBytes(StandardCharsets.US_ASCII);
    if (octets.length >= FieldType.IFNAME.length()) {
      throw new IllegalArgumentException("no link can be called " + name);
    }
    return Arrays.copyOf(octets, FieldType.IFNAME.length());
  }

  /** An address as a field. */
  public static byte[] address(InetAddress address) {
    return address.getAddress();
  }

  /** A port as a field. */
  public static byte[] port(int port) {
    return new byte[] {(byte) (port >>> 8), (byte) port};
  }

  /** A transport protocol as a field. */
  public static byte[] protocol(int number) {
    return new byte[] {(byte) number};
  }

  /** A key or value of several fields: each is filled up to whole 32-bit registers. */
  public static byte[] fields(byte[]... fields) {
    ByteArrayOutputStream key = new ByteArrayOutputStream();
    for (byte[] field : fields) {
      key.writeBytes(field);
      for (int i = field.length; (i & 3) != 0; i++) {
        key.write(0);
      }
    }
    return key.toByteArray();
  }

  /** What an element of a map leads to. */
  public sealed interface Value {

    /**
     * Fields.
     *
     * @param octets one behind the other; see {@link Element#fields}
     */
    record Fields(byte[] octets) implements Value {}

    /**
     * A verdict.
     *
     * @param verdict what becomes of the packet
     */
    record Decision(Verdict verdict) implements Value {}
  }
}
