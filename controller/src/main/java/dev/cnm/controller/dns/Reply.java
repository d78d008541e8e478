package dev.cnm.controller.dns;

import java.nio.ByteBuffer;

/**
 * What another server has answered. It is looked at only as far as it takes to tell that it answers
 * the question, and to shorten it: what else is in it is for the asker to understand.
 *
 * @param octets the message, from 0 to the limit
 * @param whole whether it is all that the server has to say
 */
record Reply(ByteBuffer octets, boolean whole) {

  static Reply of(byte[] octets, int length, boolean whole) {
    return new Reply(ByteBuffer.wrap(octets, 0, length).slice(), whole);
  }

  /** Whether it answers what was asked (RFC 5452, section 9.1); others may have sent it. */
  boolean isTo(byte[] asked, Query query) {
    if (octets.limit() < Query.HEADER) {
      return false;
    }
    int flags = octets.getShort(2);
    if (octets.getShort(0) != ByteBuffer.wrap(asked).getShort(0)
        || (flags & Query.IS_RESPONSE) == 0
        || (flags & Query.OPCODE) != 0) {
      return false;
    }
    if (octets.getShort(4) == 0) {
      // Some repeat no question when they refuse.
      return code() != Query.NONE;
    }
    if (octets.getShort(4) != 1 || octets.limit() < query.questionEnd()) {
      return false;
    }
    int nameEnd = query.questionEnd() - 4;
    for (int i = Query.HEADER; i < nameEnd; i++) {
      if (lower(asked[i]) != lower(octets.get(i))) {
        return false;
      }
    }
    return octets.getInt(nameEnd) == ByteBuffer.wrap(asked).getInt(nameEnd);
  }

  private static int lower(byte letter) {
    return letter >= 'A' && letter <= 'Z' ? letter + 32 : letter;
  }

  int code() {
    return octets.get(3) & 0xf;
  }

  /** Whether another server may know better. */
  boolean isFailure() {
    return switch (code()) {
      case Query.SERVER_FAILURE, Query.REFUSED, Query.NOT_IMPLEMENTED -> true;
      default -> false;
    };
  }

  boolean isTruncated() {
    return (octets.getShort(2) & Query.TRUNCATED) != 0;
  }

  /**
   * As the asker is to have it: with the id and the very letters of the question. What has no room
   * is left out, and marked as truncated; as much as possible stays, for those who make do with it.
   *
   * @param message the query as it came from the asker, which this answers
   * @param limit how many octets there is room for
   */
  ByteBuffer toAsker(ByteBuffer message, Query query, int limit) {
    boolean fits = hasQuestion() && octets.limit() <= limit && (whole || !isCutOff());
    ByteBuffer answer = fits ? copy() : shortened(query, limit);
    answer.putShort(0, (short) query.id());
    answer.put(Query.HEADER, message, Query.HEADER, query.questionEnd() - Query.HEADER);
    return answer.rewind();
  }

  private ByteBuffer copy() {
    return ByteBuffer.allocate(octets.limit()).put(0, octets, 0, octets.limit());
  }

  private boolean hasQuestion() {
    return octets.getShort(4) == 1;
  }

  /** Whether its end is missing, which it may not even say. */
  private boolean isCutOff() {
    return octets.limit() > Forwarder.LARGEST_DATAGRAM || !isTruncated();
  }

  private ByteBuffer shortened(Query query, int limit) {
    int opt = query.hasOpt() ? Query.EMPTY_OPT : 0;
    int start = query.questionEnd();
    int end = start;
    int kept = 0;
    // Pointers lead back (RFC 1035, section 4.1.4), so what is kept stays readable.
    for (int i = hasQuestion() ? octets.getShort(6) & 0xffff : 0; i > 0; i--) {
      int next = Query.skipRecord(octets, end);
      if (next < 0 || next > limit - opt) {
        break;
      }
      end = next;
      kept++;
    }
    boolean cut = !whole || octets.limit() > limit;
    ByteBuffer answer =
        ByteBuffer.allocate(end + opt)
            .putShort(2, (short) (octets.getShort(2) | (cut ? Query.TRUNCATED : 0)))
            .putShort(4, (short) 1)
            .putShort(6, (short) kept);
    if (kept > 0) {
      answer.put(start, octets, start, end - start);
    }
    if (opt > 0) {
      answer.putShort(10, (short) 1);
      Query.putEmptyOpt(answer.position(end), 0);
    }
    return answer;
  }
}
