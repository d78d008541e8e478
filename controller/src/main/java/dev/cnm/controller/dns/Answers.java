package dev.cnm.controller.dns;

import dev.cnm.controller.dns.NetworkNames.Addresses;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * Answers what is known here, straight from the question's octets to the answer's. For use by one
 * thread.
 */
final class Answers {

  /**
   * How long an answer may be kept, in seconds: not at all (RFC 1035, section 3.2.1), since the
   * next moment it may be another one. Docker says 600, so that who believes it goes on asking
   * containers that are gone.
   */
  private static final int TTL = 0;

  /** A pointer to the question's name (RFC 1035, section 4.1.4). */
  private static final short SAME_NAME = (short) (0xc000 | Query.HEADER);

  private int turn;

  /**
   * Writes the answer, ready to be sent, if the question can be answered here.
   *
   * @param limit how many octets it may have
   * @return false if somebody else must be asked
   */
  boolean answer(ByteBuffer in, Query query, Directory directory, ByteBuffer out, int limit) {
    if (query.problem() != Query.NONE) {
      status(in, query, query.problem(), out);
      return true;
    }
    if (query.recordClass() != Query.IN) {
      status(in, query, Query.REFUSED, out);
      return true;
    }
    Addresses addresses = directory.find(query.name());
    if (addresses != null) {
      addresses(in, query, addresses, out, limit);
      return true;
    }
    if (query.type() == Query.PTR) {
      Optional<String> name = query.address().flatMap(directory::nameOf);
      if (name.isPresent()) {
        begin(in, query, Query.NONE, out, limit);
        end(query, Query.NONE, out, write(out, name.get()));
        return true;
      }
    }
    return false;
  }

  /** Writes an answer with those of the addresses that are asked for. */
  void addresses(ByteBuffer in, Query query, Addresses addresses, ByteBuffer out, int limit) {
    begin(in, query, Query.NONE, out, limit);
    boolean any = query.type() == Query.ANY;
    int written = any || query.type() == Query.A ? write(out, Query.A, addresses.ipv4()) : 0;
    if (any || query.type() == Query.AAAA) {
      written += write(out, Query.AAAA, addresses.ipv6());
    }
    end(query, Query.NONE, out, written);
  }

  /** Writes an answer without records. */
  static void status(ByteBuffer in, Query query, int code, ByteBuffer out) {
    begin(in, query, code, out, Query.SMALLEST_UDP_SIZE);
    end(query, code, out, 0);
  }

  private static void begin(ByteBuffer in, Query query, int code, ByteBuffer out, int limit) {
    out.clear();
    out.limit(Math.min(out.capacity(), limit) - (query.hasOpt() ? Query.EMPTY_OPT : 0));
    int question = query.questionEnd() - Query.HEADER;
    int kept = query.flags() & (Query.OPCODE | Query.RECURSION_DESIRED);
    out.putShort((short) query.id());
    out.putShort((short) (Query.IS_RESPONSE | kept | Query.RECURSION_AVAILABLE | (code & 0xf)));
    out.putShort((short) (question > 0 ? 1 : 0));
    out.putShort((short) 0);
    out.putInt(0);
    out.put(Query.HEADER, in, Query.HEADER, question);
    out.position(query.questionEnd());
  }

  /** Begins with another one each time, so that the addresses are used in turns. */
  private int write(ByteBuffer out, int type, List<byte[]> addresses) {
    int first = addresses.size() > 1 ? Math.floorMod(turn++, addresses.size()) : 0;
    for (int i = 0; i < addresses.size(); i++) {
      byte[] address = addresses.get((first + i) % addresses.size());
      if (!beginRecord(out, type, address.length)) {
        return i;
      }
      out.put(address);
    }
    return addresses.size();
  }

  private static int write(ByteBuffer out, String name) {
    // One octet for the first label's length and one for the root; a dot stands for each other's.
    if (!beginRecord(out, Query.PTR, name.length() + 2)) {
      return 0;
    }
    for (String label : name.split("\\.")) {
      out.put((byte) label.length());
      out.put(label.getBytes(StandardCharsets.US_ASCII));
    }
    out.put((byte) 0);
    return 1;
  }

  /** Returns false if there is no room left; the answer is marked as truncated then. */
  private static boolean beginRecord(ByteBuffer out, int type, int length) {
    if (out.remaining() < 12 + length) {
      out.putShort(2, (short) (out.getShort(2) | Query.TRUNCATED));
      return false;
    }
    out.putShort(SAME_NAME);
    out.putShort((short) type);
    out.putShort((short) Query.IN);
    out.putInt(TTL);
    out.putShort((short) length);
    return true;
  }

  private static void end(Query query, int code, ByteBuffer out, int written) {
    out.putShort(6, (short) written);
    if (query.hasOpt()) {
      out.limit(out.position() + Query.EMPTY_OPT);
      Query.putEmptyOpt(out, code);
      out.putShort(10, (short) 1);
    }
    out.flip();
  }
}
