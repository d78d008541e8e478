package dev.cnm.netlink;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.cnm.netlink.gen.netlink;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Writes netlink messages one behind the other into native memory ({@code netlink(7)},
 * linux/netlink.h: {@code struct nlmsghdr}, {@code struct nlattr}). Attributes are written in place
 * and nothing is allocated for them. Numbers are in the machine's byte order unless the method's
 * name says {@code Be}. For use by one thread at a time.
 */
public final class MessageWriter {

  /** {@code sizeof(struct nlmsghdr)}. */
  static final int HEADER_LENGTH = 16;

  private static final int ATTRIBUTE_HEADER_LENGTH = 4;
  private static final int MAX_ATTRIBUTE_LENGTH = 0xffff;

  private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfShort U16_BE = U16.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt U32_BE = U32.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong U64_BE = U64.withOrder(ByteOrder.BIG_ENDIAN);

  private MemorySegment buffer;
  private int position;
  private int messageStart;

  /** Creates a writer; its memory grows when it is needed and is kept for the next messages. */
  public MessageWriter() {
    buffer = Arena.ofAuto().allocate(4096, 8);
  }

  /** Forgets what was written. */
  public void clear() {
    position = 0;
    messageStart = 0;
  }

  /** The messages that were written, as a view that the next write may make useless. */
  public MemorySegment written() {
    return buffer.asSlice(0, position);
  }

  MemorySegment buffer() {
    return buffer;
  }

  int position() {
    return position;
  }

  /** Begins a message. */
  public void begin(int type, int flags, int sequence) {
    messageStart = position;
    int at = advance(HEADER_LENGTH);
    buffer.set(U32, at, HEADER_LENGTH);
    buffer.set(U16, at + 4L, (short) type);
    buffer.set(U16, at + 6L, (short) flags);
    buffer.set(U32, at + 8L, sequence);
    buffer.set(U32, at + 12L, 0);
  }

  /** Ends the message that was begun: its length is known now. */
  public void end() {
    buffer.set(U32, messageStart, position - messageStart);
  }

  /** Writes an octet of a fixed header. */
  public void int8(int value) {
    require(1);
    buffer.set(JAVA_BYTE, position++, (byte) value);
  }

  /** Writes a 16-bit number of a fixed header. */
  public void int16(int value) {
    require(2);
    buffer.set(U16, position, (short) value);
    position += 2;
  }

  /** Writes a 16-bit number of a fixed header, most significant octet first. */
  public void int16Be(int value) {
    require(2);
    buffer.set(U16_BE, position, (short) value);
    position += 2;
  }

  /** Writes a 32-bit number of a fixed header. */
  public void int32(int value) {
    require(4);
    buffer.set(U32, position, value);
    position += 4;
  }

  /** Adds an attribute without a value; its presence is what it says. */
  public void flag(int type) {
    attribute(type, 0);
  }

  /** Adds an attribute of one octet. */
  public void u8(int type, int value) {
    int at = attribute(type, 1);
    buffer.set(JAVA_BYTE, at, (byte) value);
  }

  /** Adds a 16-bit attribute. */
  public void u16(int type, int value) {
    int at = attribute(type, 2);
    buffer.set(U16, at, (short) value);
  }

  /** Adds a 16-bit attribute, most significant octet first. */
  public void u16Be(int type, int value) {
    int at = attribute(type, 2);
    buffer.set(U16_BE, at, (short) value);
  }

  /** Adds a 32-bit attribute. */
  public void u32(int type, int value) {
    int at = attribute(type, 4);
    buffer.set(U32, at, value);
  }

  /** Adds a 32-bit attribute, most significant octet first. */
  public void u32Be(int type, int value) {
    int at = attribute(type, 4);
    buffer.set(U32_BE, at, value);
  }

  /** Adds a 64-bit attribute. */
  public void u64(int type, long value) {
    int at = attribute(type, 8);
    buffer.set(U64, at, value);
  }

  /** Adds a 64-bit attribute, most significant octet first. */
  public void u64Be(int type, long value) {
    int at = attribute(type, 8);
    buffer.set(U64_BE, at, value);
  }

  /** Adds an attribute of these octets. */
  public void bytes(int type, byte[] value) {
    int at = attribute(type, value.length);
    MemorySegment.copy(value, 0, buffer, JAVA_BYTE, at, value.length);
  }

  /**
   * Adds a string with the zero octet at its end.
   *
   * @throws IllegalArgumentException if it has a character outside ASCII, or a zero
   */
  public void string(int type, String value) {
    int length = value.length();
    int at = attribute(type, length + 1);
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      if (c == 0 || c > 0x7f) {
        throw new IllegalArgumentException("not an ASCII string: " + value);
      }
      buffer.set(JAVA_BYTE, at + i, (byte) c);
    }
    buffer.set(JAVA_BYTE, at + length, (byte) 0);
  }

  /**
   * Begins an attribute that holds attributes.
   *
   * @return what {@link #endNest} wants
   */
  public int nest(int type) {
    int start = position;
    attribute(type | netlink.NLA_F_NESTED(), 0);
    return start;
  }

  /**
   * Ends an attribute that holds attributes.
   *
   * @throws IllegalArgumentException if it has become longer than the 65535 octets that {@code
   *     nla_len} can tell
   */
  public void endNest(int start) {
    int length = position - start;
    if (length > MAX_ATTRIBUTE_LENGTH) {
      throw new IllegalArgumentException(
          "a nested attribute of " + length + " octets: netlink takes " + MAX_ATTRIBUTE_LENGTH);
    }
    buffer.set(U16, start, (short) length);
  }

  /** Where the value goes. The memory may be another one after it: look at the field again. */
  private int attribute(int type, int length) {
    int whole = ATTRIBUTE_HEADER_LENGTH + length;
    if (whole > MAX_ATTRIBUTE_LENGTH) {
      throw new IllegalArgumentException(
          "an attribute of " + whole + " octets: netlink takes " + MAX_ATTRIBUTE_LENGTH);
    }
    int at = advance(align(whole));
    // The padding is part of the message: it must not carry what was here before.
    for (int i = whole; i < align(whole); i++) {
      buffer.set(JAVA_BYTE, at + i, (byte) 0);
    }
    buffer.set(U16, at, (short) whole);
    buffer.set(U16, at + 2L, (short) type);
    return at + ATTRIBUTE_HEADER_LENGTH;
  }

  private int advance(int length) {
    require(length);
    int at = position;
    position += length;
    return at;
  }

  private void require(int length) {
    if (position + length > buffer.byteSize()) {
      long size = Math.max(2 * buffer.byteSize(), position + 2L * length);
      MemorySegment larger = Arena.ofAuto().allocate(size, 8);
      MemorySegment.copy(buffer, 0, larger, 0, position);
      buffer = larger;
    }
  }

  static int align(int length) {
    return length + 3 & ~3;
  }
}
