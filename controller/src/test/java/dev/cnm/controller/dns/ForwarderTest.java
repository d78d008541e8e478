package dev.cnm.controller.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.DnsOptions;
import dev.cnm.IpPrefix;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What other servers answer, and what becomes of it. */
@Timeout(120)
final class ForwarderTest {

  /** ext.test, A, IN. */
  private static final String QUESTION = "0365787404746573740000010001";

  /** The name of the question, A, IN, 60 s, 203.0.113.7. */
  private static final String RECORD = "c00c00010001" + "0000003c" + "0004cb007107";

  @TempDir private Path folder;
  private Namespaces namespaces;
  private HostServers servers;
  private Resolver resolver;

  @BeforeEach
  void start() throws IOException {
    namespaces = new Namespaces();
    servers = new HostServers(folder.resolve("resolv.conf"), namespaces.host);
    NetworkNames web =
        NetworkNames.of("web")
            .endpoint(List.of("c1"), List.of(IpPrefix.parseAddress("10.0.0.2")))
            .build();
    resolver =
        Resolver.start(
            namespaces.sandbox,
            () -> new Directory(List.of(web), true),
            DnsOptions.defaults(),
            servers);
    resolver.awaitStart();
  }

  @AfterEach
  void stop() throws IOException {
    resolver.close();
    servers.close();
    namespaces.close();
  }

  private void hostSays(String text) throws IOException {
    Files.writeString(folder.resolve("resolv.conf"), text);
  }

  /** A server at an address of the host that answers each query with these octets and its id. */
  private DatagramChannel answering(String address, String... answers) throws IOException {
    return answering(
        address, query -> List.of(answers).stream().map(HexFormat.of()::parseHex).toList());
  }

  private interface Script {
    List<byte[]> to(byte[] query);
  }

  private DatagramChannel answering(String address, Script answers) throws IOException {
    DatagramChannel server;
    try {
      server =
          namespaces.host.call(() ->
              DatagramChannel.open()
                  .bind(new InetSocketAddress(IpPrefix.parseAddress(address), Resolver.PORT)));
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
    Thread.ofPlatform().daemon().start(() -> answer(server, answers));
    return server;
  }

  private static void answer(DatagramChannel server, Script answers) {
    ByteBuffer in = ByteBuffer.allocate(4096);
    try {
      while (true) {
        SocketAddress asker = server.receive(in.clear());
        byte[] query = new byte[in.flip().limit()];
        in.get(query);
        for (byte[] answer : answers.to(query)) {
          answer[0] = query[0];
          answer[1] = query[1];
          server.send(ByteBuffer.wrap(answer), asker);
        }
      }
    } catch (IOException e) {
      // The test is over.
    }
  }

  /** Asks with the id 1234. */
  private String answerTo(String question) throws IOException {
    try (DatagramChannel channel = inSandbox();
        DatagramSocket socket = channel.socket()) {
      socket.setSoTimeout((int) Duration.ofSeconds(20).toMillis());
      socket.connect(new InetSocketAddress(Resolver.ADDRESS, Resolver.PORT));
      byte[] query = HexFormat.of().parseHex("123401000001000000000000" + question);
      socket.send(new DatagramPacket(query, query.length));
      DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
      socket.receive(packet);
      return HexFormat.of().formatHex(packet.getData(), 0, packet.getLength());
    }
  }

  private DatagramChannel inSandbox() throws IOException {
    try {
      return namespaces.sandbox.call(DatagramChannel::open);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private static String header(int flags, int answers, int additional) {
    return String.format("0000%04x0001%04x0000%04x", flags, answers, additional);
  }

  @Test
  void whatWeNeedNotUnderstandIsHandedOn() throws IOException {
    hostSays("nameserver 10.0.0.1\n");
    List<String> odd =
        List.of(
            // A type nobody knows, with pointers to nowhere in its data.
            QUESTION + RECORD + "c00c" + "ff0000010000003c0004" + "c0ffc0ff",
            // An EDNS option of an unknown kind, and one whose length is wrong.
            QUESTION + RECORD + "00002904d0000000000008" + "fde90000000a00ff",
            // A name that is none.
            QUESTION + RECORD + "80616200010001" + "0000003c" + "0004cb007107",
            // More than the header tells of.
            QUESTION + RECORD + "deadbeef");
    String unknown = "c00c" + "ff0000010000003c0004" + "c0ffc0ff";
    String question = QUESTION.replace("00010001", "ff000001");
    AtomicReference<String> next = new AtomicReference<>("");
    try (DatagramChannel server =
        answering("10.0.0.1", query -> List.of(HexFormat.of().parseHex(next.get())))) {
      for (String rest : odd) {
        next.set(header(0x8180, 1, rest.endsWith("beef") ? 0 : 1) + rest);
        assertThat(answerTo(QUESTION)).as(rest).isEqualTo("1234" + next.get().substring(4));
      }
      next.set(header(0x8180, 1, 0) + question + unknown);
      assertThat(namespaces.dig("ext.test", "TYPE65280", "+noedns"))
          .containsPattern("TYPE65280\\s+\\\\# 4 C0FFC0FF");
      assertThat(server.isOpen()).isTrue();
    }
  }

  @Test
  void whatAnswersAnotherQuestionIsNotTaken() throws IOException {
    hostSays("nameserver 10.0.0.1\n");
    String wrong = RECORD.replace("cb007107", "c0000263");
    try (DatagramChannel server =
        answering(
            "10.0.0.1",
            header(0x8180, 1, 0) + QUESTION.replace("0365", "0366") + wrong,
            header(0x8180, 1, 0) + QUESTION.replace("00010001", "001c0001") + wrong,
            header(0x0100, 1, 0) + QUESTION + wrong,
            header(0xa980, 1, 0) + QUESTION + wrong,
            "000081800002000100000000" + QUESTION + QUESTION + wrong,
            "000081800000000100000000" + wrong,
            "00008180",
            header(0x8180, 1, 0) + QUESTION + RECORD)) {
      assertThat(namespaces.dig("ext.test", "+short", "+noedns")).isEqualTo("203.0.113.7\n");
      assertThat(server.isOpen()).isTrue();
    }
  }

  @Test
  void theQuestionComesBackInTheAskersOwnLetters() throws IOException {
    hostSays("nameserver 10.0.0.1\n");
    try (DatagramChannel server = answering("10.0.0.1", header(0x8180, 1, 0) + QUESTION + RECORD)) {
      assertThat(namespaces.dig("eXT.TesT", "+noedns"))
          .containsPattern("eXT\\.TesT\\.\\s+60\\s+IN\\s+A\\s+203\\.0\\.113\\.7")
          .doesNotContain("mismatch");
      assertThat(server.isOpen()).isTrue();
    }
  }

  @Test
  void aPartIsHandedOnWhereNobodyCanBeAskedByTcp() throws IOException {
    hostSays("nameserver 10.0.0.1\n");
    try (DatagramChannel server = answering("10.0.0.1", header(0x8380, 1, 0) + QUESTION + RECORD)) {
      assertThat(namespaces.dig("ext.test", "+ignore", "+noedns"))
          .contains("flags: qr tc rd ra", "203.0.113.7");
      assertThat(namespaces.dig("ext.test", "+tcp", "+noedns")).contains("203.0.113.7");

      // Another server has all of it.
      String[] records =
          IntStream.rangeClosed(1, 60)
              .mapToObj(i -> "--host-record=ext.test,203.0.113." + i)
              .toArray(String[]::new);
      Namespaces.run(namespaces.host, "ip", "addr", "add", "10.0.0.10/24", "dev", "outside0");
      namespaces.dnsmasq(namespaces.host, folder, "10.0.0.10", records);
      hostSays("nameserver 10.0.0.1\nnameserver 10.0.0.10\n");
      assertThat(namespaces.dig("ext.test", "+tcp")).contains("ANSWER: 60");
      assertThat(namespaces.dig("ext.test", "+bufsize=4096")).contains("ANSWER: 60");
      assertThat(server.isOpen()).isTrue();
    }
  }

  @Test
  void whatHasNoRoomIsCutBetweenRecords() throws IOException {
    hostSays("nameserver 10.0.0.1\n");
    UnaryOperator<String> big = records -> header(0x8180, 200, 0) + QUESTION + records.repeat(200);
    try (DatagramChannel server = answering("10.0.0.1", big.apply(RECORD))) {
      // 3226 octets; 12 + 14 + 30 * 16 are 506.
      assertThat(namespaces.dig("ext.test", "+noedns", "+ignore"))
          .contains("flags: qr tc rd ra", "ANSWER: 30", "203.0.113.7");
      assertThat(namespaces.dig("ext.test", "+bufsize=1232", "+ignore"))
          .contains("flags: qr tc rd ra", "ANSWER: 74", "udp: 4096");
      assertThat(namespaces.dig("ext.test", "+tcp")).contains("ANSWER: 200");
      assertThat(server.isOpen()).isTrue();
    }
  }

  @Test
  void aServerBehindALinkOfTheHostIsAskedThere() throws IOException {
    Namespaces.run(
        namespaces.sandbox, "ip", "addr", "add", "fe80::53/64", "dev", "inside0", "nodad");
    Namespaces.run(namespaces.host, "ip", "addr", "add", "fe80::1/64", "dev", "outside0", "nodad");
    namespaces.dnsmasq(
        namespaces.sandbox,
        folder,
        "10.0.0.2",
        "--interface=inside0",
        "--host-record=ext.test,203.0.113.7",
        "--host-record=big.test,203.0.113.7");
    String index =
        Namespaces.run(
                namespaces.host, "sh", "-c", "ip -o link show outside0 | cut -d: -f1 | tr -d '\\n'")
            .strip();
    for (String zone : List.of("outside0", index)) {
      hostSays("nameserver fe80::53%" + zone + "\n");
      assertThat(namespaces.dig("ext.test", "+short")).as(zone).isEqualTo("203.0.113.7\n");
    }
    hostSays("nameserver fe80::53%nosuch0\nnameserver fe80::53%outside0\n");
    assertThat(namespaces.dig("ext.test", "+short")).isEqualTo("203.0.113.7\n");
    for (String unusable : List.of("fe80::53%nosuch0", "fe80::53", "fe80::53%", "fe80::53%0")) {
      hostSays("nameserver " + unusable + "\n");
      assertThat(namespaces.dig("ext.test")).as(unusable).contains("status: SERVFAIL");
    }
  }

  @Test
  void withoutAServerTheHostItselfIsAsked() throws IOException {
    namespaces.dnsmasq(namespaces.host, folder, "127.0.0.1", "--host-record=ext.test,203.0.113.7");
    assertThat(namespaces.dig("ext.test", "+short")).isEqualTo("203.0.113.7\n");
    hostSays("");
    assertThat(namespaces.dig("ext.test", "+short")).isEqualTo("203.0.113.7\n");
    Files.delete(folder.resolve("resolv.conf"));
    Files.createSymbolicLink(folder.resolve("resolv.conf"), Path.of("nowhere"));
    assertThat(namespaces.dig("ext.test", "+short")).isEqualTo("203.0.113.7\n");
    Files.delete(folder.resolve("resolv.conf"));
    Files.createDirectory(folder.resolve("resolv.conf"));
    assertThat(namespaces.dig("ext.test", "+short")).isEqualTo("203.0.113.7\n");
  }

  @Test
  void namesOfOurOwnAreFoundWhereTheAskerSearches() throws IOException {
    hostSays("nameserver 10.0.0.1\nsearch corp.test Other.test.\noptions ndots:1\n");
    // Nobody is there, so the question fails.
    assertThat(namespaces.dig("c1.corp.test", "+short")).isEqualTo("10.0.0.2\n");
    namespaces.dnsmasq(
        namespaces.host,
        folder,
        "10.0.0.1",
        "--local=/test/",
        "--host-record=single,203.0.113.9",
        "--host-record=c1.other.test,203.0.113.7");
    assertThat(namespaces.dig("C1.Corp.test", "+short")).isEqualTo("10.0.0.2\n");
    assertThat(namespaces.dig("c1.web.corp.test", "+short")).isEqualTo("10.0.0.2\n");
    assertThat(namespaces.dig("c1.corp.test", "AAAA")).contains("NOERROR", "ANSWER: 0");
    // Somebody else's name is somebody else's.
    assertThat(namespaces.dig("c1.other.test", "+short")).isEqualTo("203.0.113.7\n");
    assertThat(namespaces.dig("c2.corp.test")).contains("status: NXDOMAIN");
    assertThat(namespaces.dig("c1.test")).contains("status: NXDOMAIN");
    // The host's ndots is what the host does.
    assertThat(namespaces.dig("single", "+short")).isEqualTo("203.0.113.9\n");
  }

  @Test
  void theShareOfAQueryIsGivenBackHoweverItEnds() throws IOException {
    Share share = servers.share();
    Responder responder =
        new Responder(
            () -> new Directory(List.of(), true),
            false,
            List::of,
            new Forwarder(List.of(), servers, servers.sockets()),
            share);
    ByteBuffer query =
        ByteBuffer.wrap(HexFormat.of().parseHex("123401000001000000000000" + QUESTION));
    ByteBuffer out = ByteBuffer.allocate(4096);
    for (int i = 0; i < 3000; i++) {
      Optional<Responder.Forwarded> forwarded = responder.respond(new Answers(), query, out, false);
      assertThat(forwarded).as("query %d", i).isPresent();
      if (i % 3 == 0) {
        responder.forget(forwarded.get());
      } else {
        // Nobody listens there: it fails at once.
        assertThat(responder.forward(forwarded.get()).get(3) & 0xf).isEqualTo(2);
      }
    }
  }
}
