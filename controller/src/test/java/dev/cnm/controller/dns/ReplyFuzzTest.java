package dev.cnm.controller.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What other servers send: whatever it is, the asker gets an answer to its question that fits. */
final class ReplyFuzzTest {

  /** c1.test with an OPT record. */
  private static final byte[] ASKED =
      HexFormat.of()
          .parseHex("123401000001000000000001" + "026331047465737400" + "00010001" + "000029")
          .clone();

  private static final ByteBuffer QUERY =
      ByteBuffer.wrap(Arrays.copyOf(ASKED, ASKED.length + 8))
          .put(ASKED.length, new byte[] {4, (byte) 0xd0, 0, 0, 0, 0, 0, 0});

  private static final String ANSWER =
      "123481800001000200010001"
          + "026331047465737400"
          + "00010001"
          + "c00c000100010000003c0004cb007107"
          + "c00cff0000010000003c0004c0ffc0ff"
          + "c00c000200010000003c0006036e7331c00c"
          + "0000290fa0000000000004fde90000";

  @FuzzTest
  void anyOctetsFit(byte[] octets) {
    check(octets);
  }

  /** Runs without a fuzzer: answers that are nearly right. */
  @Test
  void answersThatAreNearlyRight() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try {
      for (int i = 0; i < 20_000; i++) {
        byte[] octets = HexFormat.of().parseHex(ANSWER);
        for (int j = random.nextInt(4); j > 0; j--) {
          octets[random.nextInt(octets.length)] = (byte) random.nextInt(256);
        }
        check(Arrays.copyOf(octets, random.nextInt(octets.length + 20)));
        check(octets);
      }
    } catch (Throwable e) {
      fail("with seed " + seed, e);
    }
  }

  private static void check(byte[] octets) {
    Query query = Query.read(QUERY).orElseThrow();
    for (boolean whole : new boolean[] {true, false}) {
      Reply reply = Reply.of(octets.clone(), octets.length, whole);
      if (!reply.isTo(QUERY.array(), query)) {
        continue;
      }
      for (int limit : new int[] {512, 4096}) {
        ByteBuffer answer = reply.toAsker(QUERY, query, limit);
        assertThat(answer.remaining()).isBetween(query.questionEnd(), limit);
        assertThat(answer.getShort(0)).isEqualTo((short) 0x1234);
        assertThat(answer.getShort(2) & 0x8000).isNotZero();
        assertThat(answer.getShort(4)).isEqualTo((short) 1);
        byte[] question = new byte[query.questionEnd() - Query.HEADER];
        answer.get(Query.HEADER, question);
        assertThat(question)
            .isEqualTo(Arrays.copyOfRange(QUERY.array(), Query.HEADER, query.questionEnd()));
        if (octets.length > limit) {
          assertThat(answer.getShort(2) & Query.TRUNCATED).isNotZero();
          int end = query.questionEnd();
          for (int i = (answer.getShort(6) & 0xffff) + 1; i > 0; i--) {
            end = Query.skipRecord(answer, end);
          }
          assertThat(end).isEqualTo(answer.limit());
        }
      }
    }
  }
}
