package dev.cnm.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

final class AttributeCursorTest {

  @Test
  void readsWhatTheWriterWrites() throws MalformedMessageException {
    MessageWriter writer = new MessageWriter();
    writer.begin(16, 5, 77);
    writer.int32(0);
    writer.u8(1, 0xfe);
    writer.u16(2, 0xfedc);
    writer.u16Be(3, 0x0102);
    writer.u32(4, 0xfedcba98);
    writer.u32Be(5, 0x01020304);
    writer.u64Be(6, 0x0102030405060708L);
    writer.string(7, "eth0");
    int outer = writer.nest(8);
    int inner = writer.nest(9);
    writer.bytes(10, new byte[] {1, 2, 3});
    writer.endNest(inner);
    writer.flag(11);
    writer.endNest(outer);
    writer.end();

    Message message = Message.of(writer.written());
    assertThat(message.type()).isEqualTo(16);
    assertThat(message.flags()).isEqualTo(5);
    assertThat(message.sequence()).isEqualTo(77);
    AttributeCursor attributes = message.attributes(4);
    assertThat(attributes.next()).isTrue();
    assertThat(attributes.u8()).isEqualTo(0xfe);
    attributes.next();
    assertThat(attributes.u16()).isEqualTo(0xfedc);
    attributes.next();
    assertThat(attributes.u16Be()).isEqualTo(0x0102);
    assertThat(attributes.bytes()).containsExactly(1, 2);
    attributes.next();
    assertThat(attributes.u32()).isEqualTo(0xfedcba98);
    attributes.next();
    assertThat(attributes.u32Be()).isEqualTo(0x01020304);
    assertThat(attributes.bytes()).containsExactly(1, 2, 3, 4);
    attributes.next();
    assertThat(attributes.u64Be()).isEqualTo(0x0102030405060708L);
    attributes.next();
    assertThat(attributes.string()).isEqualTo("eth0");
    attributes.next();
    assertThat(attributes.type()).isEqualTo(8);
    AttributeCursor nested = attributes.nested();
    assertThat(nested.next()).isTrue();
    AttributeCursor innermost = nested.nested();
    assertThat(innermost.next()).isTrue();
    assertThat(innermost.bytes()).containsExactly(1, 2, 3);
    assertThat(innermost.next()).isFalse();
    assertThat(nested.next()).isTrue();
    assertThat(nested.type()).isEqualTo(11);
    assertThat(nested.length()).isZero();
    assertThat(nested.next()).isFalse();
    assertThat(attributes.next()).isFalse();
  }

  @Test
  void refusesToReadMoreThanThereIs() throws MalformedMessageException {
    MessageWriter writer = new MessageWriter();
    writer.begin(16, 0, 1);
    writer.u16(1, 5);
    writer.end();
    AttributeCursor attributes = Message.of(writer.written()).attributes(0);
    attributes.next();

    assertThatThrownBy(attributes::u32)
        .isInstanceOf(MalformedMessageException.class)
        .hasMessage("attribute 1 has 2 octets, 4 were to be read");
  }

  @Test
  void aNestThatIsTooLongIsRefused() {
    MessageWriter writer = new MessageWriter();
    writer.begin(16, 0, 1);
    int nest = writer.nest(1);
    writer.bytes(2, new byte[65_000]);
    writer.bytes(3, new byte[1_000]);

    assertThatThrownBy(() -> writer.endNest(nest)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void paddingCarriesNothingFromTheMessageBefore() {
    MessageWriter writer = new MessageWriter();
    writer.begin(16, 0, 1);
    writer.bytes(1, new byte[] {-1, -1, -1, -1});
    writer.end();
    writer.clear();
    writer.begin(16, 0, 1);
    writer.u8(1, 5);
    writer.end();

    assertThat(writer.written().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE))
        .endsWith(5, 0, 1, 0, 5, 0, 0, 0);
  }

  @RepeatedTest(20)
  void survivesAnyOctets(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    for (int i = 0; i < 2_000; i++) {
      byte[] octets = new byte[random.nextInt(120)];
      random.nextBytes(octets);
      for (int j = 1; j < octets.length; j += 2) {
        // Small lengths, so that the walk gets further than the first attribute.
        octets[j] = random.nextInt(4) == 0 ? octets[j] : 0;
      }
      walkAll(octets);
    }
  }

  @FuzzTest
  void survivesWhatTheFuzzerFinds(byte[] octets) {
    walkAll(octets);
  }

  private static void walkAll(byte[] octets) {
    try {
      Message message = Message.of(MemorySegment.ofArray(octets));
      walk(message.attributes(16), 0);
    } catch (MalformedMessageException e) {
      assertThat(e).hasMessageContaining("octets");
    }
    try {
      walk(new AttributeCursor(MemorySegment.ofArray(octets)), 0);
    } catch (MalformedMessageException e) {
      assertThat(e).hasMessageContaining("octets");
    }
  }

  private static void walk(AttributeCursor attributes, int depth) throws MalformedMessageException {
    while (attributes.next()) {
      assertThat(attributes.bytes()).hasSize(attributes.length());
      attributes.string();
      if (attributes.length() >= 8) {
        attributes.u64();
      }
      if (depth < 8) {
        try {
          walk(attributes.nested(), depth + 1);
        } catch (MalformedMessageException e) {
          assertThat(e).hasMessageContaining("octets");
        }
      }
    }
  }
}
