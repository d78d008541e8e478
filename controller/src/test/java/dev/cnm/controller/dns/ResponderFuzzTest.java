package dev.cnm.controller.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.cnm.IpPrefix;
import dev.cnm.controller.dns.Responder.Forwarded;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** What comes in, against dnsjava: what we answer or forward it understands as we do. */
final class ResponderFuzzTest {

  private static final Directory DIRECTORY =
      new Directory(
          List.of(
              NetworkNames.of("web")
                  .endpoint(List.of("c1"), List.of(IpPrefix.parseAddress("10.0.0.2")))
                  .build()),
          true);

  @FuzzTest
  void anyMessageIsAnsweredOrDropped(byte[] message) throws IOException {
    check(message);
  }

  /** Runs without a fuzzer: messages that are nearly right. */
  @Test
  void messagesThatAreNearlyRight() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try {
      for (int i = 0; i < 50_000; i++) {
        check(nearlyRight(random));
      }
    } catch (Throwable e) {
      fail("with seed " + seed, e);
    }
  }

  private static byte[] nearlyRight(Random random) throws IOException {
    String name = random.nextBoolean() ? "c1." : "a.b.test.";
    Message query = Message.newQuery(Record.newRecord(Name.fromString(name), Type.A, DClass.IN));
    if (random.nextBoolean()) {
      query.addRecord(new org.xbill.DNS.OPTRecord(random.nextInt(0x10000), 0, 0), 3);
    }
    byte[] wire = query.toWire();
    for (int i = random.nextInt(4); i > 0; i--) {
      wire[random.nextInt(wire.length)] = (byte) random.nextInt(256);
    }
    int length = random.nextInt(4) == 0 ? random.nextInt(wire.length + 20) : wire.length;
    return java.util.Arrays.copyOf(wire, length);
  }

  private static void check(byte[] message) throws IOException {
    try (NetworkNamespace nowhere = NetworkNamespace.current();
        HostServers servers = new HostServers(Path.of("/nonexistent"), nowhere)) {
      Responder responder =
          new Responder(
              () -> DIRECTORY,
              false,
              List::of,
              new Forwarder(List.of(), servers, servers.sockets()),
              servers.share());
      ByteBuffer in = ByteBuffer.allocateDirect(message.length).put(message).flip();
      ByteBuffer out = ByteBuffer.allocateDirect(4096);
      Optional<Forwarded> forwarded = responder.respond(new Answers(), in, out, false);
      if (forwarded.isPresent()) {
        checkSame(message, forwarded.get().query());
      } else if (out.hasRemaining()) {
        byte[] answer = new byte[out.remaining()];
        out.get(answer);
        Message read = new Message(answer);
        assertThat(read.getHeader().getID())
            .isEqualTo(ByteBuffer.wrap(message).getShort() & 0xffff);
        assertThat(read.getHeader().getFlag(org.xbill.DNS.Flags.QR)).isTrue();
      } else {
        assertThat(message.length < 12 || message[2] < 0).isTrue();
      }
    }
  }

  private static void checkSame(byte[] message, Query query) {
    Record question;
    try {
      question = new Message(message).getQuestion();
    } catch (IOException e) {
      // It is refused before it is forwarded.
      return;
    }
    if (query.name().matches("[a-z0-9.-]+")) {
      // dnsjava escapes more than we do.
      assertThat(lower(question.getName())).isEqualTo(query.name() + ".");
    }
    assertThat(question.getType()).isEqualTo(query.type());
  }

  private static String lower(Name name) {
    return name.toString().toLowerCase(java.util.Locale.ROOT);
  }
}
