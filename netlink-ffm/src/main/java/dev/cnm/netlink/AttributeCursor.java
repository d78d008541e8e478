package dev.cnm.netlink;

import dev.cnm.netlink.gen.netlink;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Walks a row of netlink attributes ({@code struct nlattr} of linux/netlink.h). Numbers are read in
 * the machine's byte order unless the method's name says {@code Be}. Whatever the octets are, it
 * ends, and reading gives a value or throws {@link MalformedMessageException}. For use by one
 * thread.
 *
 * {@snippet :
 * while (attributes.next()) {
 *   if (attributes.type() == IFLA_MTU) {
 *     mtu = attributes.u32();
 *   }
 * }
 * }
 */
public final class AttributeCursor {

  private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;

  private final MemorySegment bytes;
  private long next;
  private long value;
  private int length;
  private int type = -1;

  /** Stands before the first attribute of {@code bytes}. */
  public AttributeCursor(MemorySegment bytes) {
    this.bytes = bytes;
  }

  /**
   * Goes to the next attribute.
   *
   * @return false if there is none
   * @throws MalformedMessageException if its length is below that of its header or reaches beyond
   *     the row
   */
  public boolean next() throws MalformedMessageException {
    long left = bytes.byteSize() - next;
    if (left <= 0) {
      return false;
    }
    if (left < 4) {
      throw new MalformedMessageException("an attribute of " + left + " octets");
    }
    int whole = Short.toUnsignedInt(bytes.get(U16, next));
    if (whole < 4 || whole > left) {
      throw new MalformedMessageException(
          "an attribute that says " + whole + " octets, of which " + left + " came");
    }
    type = Short.toUnsignedInt(bytes.get(U16, next + 2)) & netlink.NLA_TYPE_MASK();
    value = next + 4;
    length = whole - 4;
    next += MessageWriter.align(whole);
    return true;
  }

  /** The attribute's type, without the flags for nesting and byte order. */
  public int type() {
    return type;
  }

  /** The length of its value in octets. */
  public int length() {
    return length;
  }

  /** Its value as an unsigned octet. */
  public int u8() throws MalformedMessageException {
    return Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, value(1)));
  }

  /** Its value as an unsigned 16-bit number. */
  public int u16() throws MalformedMessageException {
    return Short.toUnsignedInt(bytes.get(U16, value(2)));
  }

  /** Its value as an unsigned 16-bit number, most significant octet first. */
  public int u16Be() throws MalformedMessageException {
    return Short.toUnsignedInt(bytes.get(U16.withOrder(ByteOrder.BIG_ENDIAN), value(2)));
  }

  /** Its value as a 32-bit number. */
  public int u32() throws MalformedMessageException {
    return bytes.get(U32, value(4));
  }

  /** Its value as a 32-bit number, most significant octet first. */
  public int u32Be() throws MalformedMessageException {
    return bytes.get(U32.withOrder(ByteOrder.BIG_ENDIAN), value(4));
  }

  /** Its value as a 64-bit number. */
  public long u64() throws MalformedMessageException {
    return bytes.get(U64, value(8));
  }

  /** Its value as a 64-bit number, most significant octet first. */
  public long u64Be() throws MalformedMessageException {
    return bytes.get(U64.withOrder(ByteOrder.BIG_ENDIAN), value(8));
  }

  /**
   * The 64-bit number at {@code offset} of a value that is a struct.
   *
   * @throws MalformedMessageException if the value ends before
   */
  public long u64(int offset) throws MalformedMessageException {
    return bytes.get(U64, value(offset + 8) + offset);
  }

  /** Its value up to the first zero octet or its end. */
  public String string() throws MalformedMessageException {
    byte[] octets = bytes();
    int end = 0;
    while (end < octets.length && octets[end] != 0) {
      end++;
    }
    return new String(octets, 0, end, StandardCharsets.UTF_8);
  }

  /** A copy of its value. */
  public byte[] bytes() throws MalformedMessageException {
    return bytes.asSlice(value(0), length).toArray(ValueLayout.JAVA_BYTE);
  }

  /**
   * Its value as an IP address: one of IPv4 if it has 4 octets, of IPv6 if it has 16.
   *
   * @throws MalformedMessageException if it has another length
   */
  public InetAddress inetAddress() throws MalformedMessageException {
    byte[] octets = bytes();
    try {
      return switch (octets.length) {
        case 4 -> InetAddress.getByAddress(octets);
        // InetAddress.getByAddress would make ::ffff:192.0.2.1 an address of IPv4.
        case 16 -> Inet6Address.getByAddress(null, octets, -1);
        default ->
            throw new MalformedMessageException(
                "attribute " + type + " has " + length + " octets, no IP address");
      };
    } catch (UnknownHostException e) {
      throw new AssertionError("the length was right", e);
    }
  }

  /** The attributes that its value holds. */
  public AttributeCursor nested() throws MalformedMessageException {
    return nested(0);
  }

  /**
   * The attributes that its value holds behind a fixed header.
   *
   * @param headerLength the length of that header, in octets
   */
  public AttributeCursor nested(int headerLength) throws MalformedMessageException {
    return new AttributeCursor(
        bytes.asSlice(value(headerLength) + headerLength, length - headerLength));
  }

  private long value(int size) throws MalformedMessageException {
    if (type < 0 || size < 0 || size > length) {
      throw new MalformedMessageException(
          "attribute " + type + " has " + length + " octets, " + size + " were to be read");
    }
    return value;
  }
}
