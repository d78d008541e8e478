package dev.cnm.netlink.conntrack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.cnm.netlink.Golden;
import dev.cnm.netlink.MalformedMessageException;
import dev.cnm.netlink.MessageWriter;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Flows beside what {@code conntrack} sent and was answered with, whole and damaged. */
final class FlowMessagesTest {

  private static final FlowTuple ORIGINAL =
      FlowTuple.udp(
          InetAddress.ofLiteral("198.51.100.9"), 4000, InetAddress.ofLiteral("192.0.2.1"), 53);

  @BeforeEach
  void needTheOrderOfTheRecords() {
    assumeTrue(Golden.isOfThisMachine(), "the messages were recorded on a little-endian machine");
  }

  @Test
  void aTupleIsWrittenAsConntrackDoes() throws IOException {
    MessageWriter writer = new MessageWriter();
    ORIGINAL.encode(writer, 1);

    // conntrack deletes by the whole flow that it listed before, which begins with this tuple.
    HexFormat hex = HexFormat.of();
    assertThat(hex.formatHex(Golden.octets("conntrack-delete")).substring(2 * 20))
        .startsWith(hex.formatHex(writer.written().toArray(ValueLayout.JAVA_BYTE)));
  }

  @Test
  void aFlowIsRead() throws IOException {
    Flow flow = Flow.decode(Golden.message(Golden.octets("conntrack-flow")));

    assertThat(flow.original()).isEqualTo(ORIGINAL);
    assertThat(flow.reply())
        .isEqualTo(
            FlowTuple.udp(
                InetAddress.ofLiteral("10.1.0.2"),
                5353,
                InetAddress.ofLiteral("198.51.100.9"),
                4000));
    assertThat(flow.mark()).isEqualTo(7);
    assertThat(flow.isDestinationTranslated()).isTrue();
    assertThat(flow.timeout()).hasSeconds(599);
  }

  @Test
  void aDamagedFlowIsReadOrRefused() throws IOException {
    byte[] whole = Golden.octets("conntrack-flow");
    for (int length = 16; length < whole.length; length++) {
      decode(ofLength(whole, length));
    }
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = whole.clone();
      for (int j = random.nextInt(4); j >= 0; j--) {
        damaged[16 + random.nextInt(damaged.length - 16)] = (byte) random.nextInt();
      }
      decode(damaged);
    }
  }

  @FuzzTest
  void anyOctetsAreReadOrRefused(byte[] octets) {
    byte[] message = ofLength(octets, Math.max(16, octets.length));
    message[4] = 0;
    message[5] = 1;
    decode(message);
  }

  private static byte[] ofLength(byte[] octets, int length) {
    byte[] message = Arrays.copyOf(octets, length);
    message[0] = (byte) length;
    message[1] = (byte) (length >> 8);
    message[2] = (byte) (length >> 16);
    message[3] = (byte) (length >> 24);
    return message;
  }

  private static void decode(byte[] octets) {
    try {
      Flow flow = Flow.decode(Golden.message(octets));
      assertThat(flow == null || flow.toString().contains("original")).isTrue();
    } catch (MalformedMessageException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }
}
