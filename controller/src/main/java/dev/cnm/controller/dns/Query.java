package dev.cnm.controller.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A query as it stands in a message (RFC 1035, section 4; RFC 6891). It is read in place: on the
 * way of a name that is known here nothing else is read, so everything is checked that is relied
 * on.
 *
 * @param id by which the asker knows the answer
 * @param flags the second 16 bits of the header
 * @param problem {@link #NONE}, or the response code that says what is wrong with it
 * @param questionEnd where the question ends
 * @param name what is asked for, in lower case and without the last dot; a dot within a label is
 *     written {@code \.}, which no name of ours has
 * @param type of which record type
 * @param recordClass of which class
 * @param udpSize how many octets an answer by UDP may have
 * @param optAt where the OPT record begins; 0 if there is none
 */
record Query(
    int id,
    int flags,
    int problem,
    int questionEnd,
    String name,
    int type,
    int recordClass,
    int udpSize,
    int optAt) {

  static final int NONE = 0;
  static final int FORMAT_ERROR = 1;
  static final int SERVER_FAILURE = 2;
  static final int NO_SUCH_NAME = 3;
  static final int NOT_IMPLEMENTED = 4;
  static final int REFUSED = 5;
  static final int BAD_VERSION = 16;

  static final int A = 1;
  static final int PTR = 12;
  static final int AAAA = 28;
  static final int OPT = 41;
  static final int ANY = 255;
  static final int IN = 1;

  static final int HEADER = 12;
  static final int IS_RESPONSE = 0x8000;
  static final int OPCODE = 0x7800;
  static final int TRUNCATED = 0x0200;
  static final int RECURSION_DESIRED = 0x0100;
  static final int RECURSION_AVAILABLE = 0x0080;

  /** What every asker can receive (RFC 1035, section 2.3.4). */
  static final int SMALLEST_UDP_SIZE = 512;

  /** What we would take, if anybody sent us anything (RFC 6891, section 6.2.3). */
  private static final int OUR_UDP_SIZE = 4096;

  private static final int LONGEST_NAME = 255;
  private static final int LONGEST_LABEL = 63;
  private static final int POINTER = 0xc0;

  /** An OPT record without options: its name, type, size, extended code and flags, and length. */
  static final int EMPTY_OPT = 11;

  /**
   * Reads the message from 0 to the buffer's limit.
   *
   * @return empty if it must not be answered: it has no header, or is an answer itself
   */
  static Optional<Query> read(ByteBuffer in) {
    if (in.limit() < HEADER || (in.getShort(2) & IS_RESPONSE) != 0) {
      return Optional.empty();
    }
    int flags = in.getShort(2) & 0xffff;
    if ((flags & OPCODE) != 0) {
      return Optional.of(broken(in, NOT_IMPLEMENTED));
    }
    if (in.getShort(4) != 1 || in.getShort(6) != 0 || in.getShort(8) != 0) {
      return Optional.of(broken(in, FORMAT_ERROR));
    }
    StringBuilder name = new StringBuilder(32);
    int at = readName(in, name);
    if (at < 0 || at + 4 > in.limit()) {
      return Optional.of(broken(in, FORMAT_ERROR));
    }
    int type = in.getShort(at) & 0xffff;
    int recordClass = in.getShort(at + 2) & 0xffff;
    int questionEnd = at + 4;
    int optAt = 0;
    int end = questionEnd;
    for (int i = in.getShort(10) & 0xffff; i > 0; i--) {
      int next = skipRecord(in, end);
      if (next < 0) {
        return Optional.of(broken(in, FORMAT_ERROR));
      }
      int record = skipName(in, end);
      if ((in.getShort(record) & 0xffff) == OPT) {
        // RFC 6891, section 6.1.1: one at most, and of the root.
        if (optAt != 0 || record != end + 1) {
          return Optional.of(broken(in, FORMAT_ERROR));
        }
        optAt = end;
      }
      end = next;
    }
    if (end != in.limit()) {
      return Optional.of(broken(in, FORMAT_ERROR));
    }
    int udpSize = SMALLEST_UDP_SIZE;
    int problem = NONE;
    if (optAt != 0) {
      udpSize = Math.max(udpSize, in.getShort(optAt + 3) & 0xffff);
      problem = in.get(optAt + 6) == 0 ? NONE : BAD_VERSION;
    }
    return Optional.of(
        new Query(
            in.getShort(0) & 0xffff,
            flags,
            problem,
            questionEnd,
            name.toString(),
            type,
            recordClass,
            udpSize,
            optAt));
  }

  private static Query broken(ByteBuffer in, int problem) {
    return new Query(
        in.getShort(0) & 0xffff,
        in.getShort(2) & 0xffff,
        problem,
        HEADER,
        "",
        0,
        0,
        SMALLEST_UDP_SIZE,
        0);
  }

  /** Reads the question's name; returns where it ends, or -1. There is nothing to point back to. */
  private static int readName(ByteBuffer in, StringBuilder name) {
    int at = HEADER;
    while (at < in.limit()) {
      int length = in.get(at++) & 0xff;
      if (length == 0) {
        return at - HEADER <= LONGEST_NAME ? at : -1;
      }
      if (length > LONGEST_LABEL || at + length >= in.limit()) {
        return -1;
      }
      if (!name.isEmpty()) {
        name.append('.');
      }
      for (int end = at + length; at < end; at++) {
        char letter = (char) (in.get(at) & 0xff);
        if (letter == '.' || letter == '\\') {
          name.append('\\');
        }
        name.append(letter >= 'A' && letter <= 'Z' ? (char) (letter + 32) : letter);
      }
      if (at - HEADER >= LONGEST_NAME) {
        return -1;
      }
    }
    return -1;
  }

  private static int skipName(ByteBuffer in, int from) {
    int at = from;
    while (at < in.limit()) {
      int length = in.get(at++) & 0xff;
      if (length == 0) {
        return at;
      }
      if ((length & POINTER) == POINTER) {
        return at + 1;
      }
      if (length > LONGEST_LABEL || at - from > LONGEST_NAME) {
        return -1;
      }
      at += length;
    }
    return -1;
  }

  /** Returns where the record that begins at {@code from} ends, or -1 if it isn't whole. */
  static int skipRecord(ByteBuffer in, int from) {
    int fields = skipName(in, from);
    if (fields < 0 || fields + 10 > in.limit()) {
      return -1;
    }
    int end = fields + 10 + (in.getShort(fields + 8) & 0xffff);
    return end <= in.limit() ? end : -1;
  }

  /**
   * Writes an OPT record without options.
   *
   * @param code the response code, whose upper bits stand here (RFC 6891, section 6.1.3)
   */
  static void putEmptyOpt(ByteBuffer out, int code) {
    out.put((byte) 0);
    out.putShort((short) OPT);
    out.putShort((short) OUR_UDP_SIZE);
    out.put((byte) (code >> 4));
    // Our version, no flags, no options.
    out.put((byte) 0);
    out.putInt(0);
  }

  boolean hasOpt() {
    return optAt != 0;
  }

  /** Whether its name has but one label. */
  boolean singleLabel() {
    return name.indexOf('.') < 0;
  }

  /** The address whose name is asked for (RFC 1035, section 3.5; RFC 3596, section 2.5). */
  Optional<InetAddress> address() {
    String[] labels = name.split("\\.", -1);
    byte[] octets;
    if (name.endsWith(".in-addr.arpa") && labels.length == 6) {
      octets = new byte[4];
      for (int i = 0; i < 4; i++) {
        if (!labels[i].matches("[0-9]{1,3}") || Integer.parseInt(labels[i]) > 255) {
          return Optional.empty();
        }
        octets[3 - i] = (byte) Integer.parseInt(labels[i]);
      }
    } else if (name.endsWith(".ip6.arpa") && labels.length == 34) {
      octets = new byte[16];
      for (int i = 0; i < 32; i++) {
        if (!labels[i].matches("[0-9a-f]")) {
          return Optional.empty();
        }
        int nibble = Character.digit(labels[i].charAt(0), 16);
        octets[15 - i / 2] |= (byte) (i % 2 == 0 ? nibble : nibble << 4);
      }
    } else {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByAddress(octets));
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
