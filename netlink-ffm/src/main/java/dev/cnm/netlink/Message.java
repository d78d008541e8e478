package dev.cnm.netlink;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One message from the kernel: a view of the socket's memory, which is good until the callback that
 * it was given to returns. Reading beyond its end throws {@link MalformedMessageException},
 * whatever the octets are. For use by one thread.
 */
public final class Message {

  private final MemorySegment bytes;

  private Message(MemorySegment bytes) {
    this.bytes = bytes;
  }

  /**
   * Takes the message at the beginning of {@code bytes}.
   *
   * @throws MalformedMessageException if its header or its length reaches beyond them
   */
  public static Message of(MemorySegment bytes) throws MalformedMessageException {
    return of(bytes, 0, bytes.byteSize());
  }

  /** Takes the message at {@code start} of a row of them that goes up to {@code end}. */
  static Message of(MemorySegment bytes, long start, long end) throws MalformedMessageException {
    long left = end - start;
    if (left < MessageWriter.HEADER_LENGTH) {
      throw new MalformedMessageException("a message of " + left + " octets");
    }
    long length = Integer.toUnsignedLong(bytes.get(ValueLayout.JAVA_INT_UNALIGNED, start));
    if (length < MessageWriter.HEADER_LENGTH || length > left) {
      throw new MalformedMessageException(
          "a message that says " + length + " octets, of which " + left + " came");
    }
    return new Message(bytes.asSlice(start, length));
  }

  MemorySegment bytes() {
    return bytes;
  }

  /** Its length in octets, header included: {@code nlmsg_len}. */
  public int length() {
    return (int) bytes.byteSize();
  }

  /** {@code nlmsg_type}. */
  public int type() {
    return Short.toUnsignedInt(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, 4));
  }

  /** {@code nlmsg_flags}. */
  public int flags() {
    return Short.toUnsignedInt(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, 6));
  }

  /** {@code nlmsg_seq}. */
  public int sequence() {
    return bytes.get(ValueLayout.JAVA_INT_UNALIGNED, 8);
  }

  /**
   * The octet at {@code offset} of the family's fixed header.
   *
   * @throws MalformedMessageException if the message ends before
   */
  public int u8(int offset) throws MalformedMessageException {
    return Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, at(offset, 1)));
  }

  /**
   * The 16-bit number at {@code offset} of the family's fixed header.
   *
   * @throws MalformedMessageException if the message ends before
   */
  public int u16(int offset) throws MalformedMessageException {
    return Short.toUnsignedInt(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, at(offset, 2)));
  }

  /**
   * The 32-bit number at {@code offset} of the family's fixed header.
   *
   * @throws MalformedMessageException if the message ends before
   */
  public int int32(int offset) throws MalformedMessageException {
    return bytes.get(ValueLayout.JAVA_INT_UNALIGNED, at(offset, 4));
  }

  /**
   * Its attributes.
   *
   * @param headerLength the length of the family's fixed header, in octets
   * @throws MalformedMessageException if the message ends before
   */
  public AttributeCursor attributes(int headerLength) throws MalformedMessageException {
    long start = MessageWriter.HEADER_LENGTH + (long) MessageWriter.align(headerLength);
    if (headerLength < 0 || start > bytes.byteSize()) {
      throw new MalformedMessageException(
          "a message of " + bytes.byteSize() + " octets has no header of " + headerLength);
    }
    return new AttributeCursor(bytes.asSlice(start));
  }

  private long at(int offset, int size) throws MalformedMessageException {
    long start = MessageWriter.HEADER_LENGTH + (long) offset;
    if (offset < 0 || start + size > bytes.byteSize()) {
      throw new MalformedMessageException(
          "a message of " + bytes.byteSize() + " octets has nothing at " + start);
    }
    return start;
  }
}
