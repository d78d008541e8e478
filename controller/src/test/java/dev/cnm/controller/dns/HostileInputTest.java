package dev.cnm.controller.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.DnsOptions;
import dev.cnm.IpPrefix;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What nobody should send, and who asks too much: the others are answered all the same. */
@Timeout(120)
final class HostileInputTest {

  /** c1, A, IN. */
  private static final String QUESTION = "0263310000010001";

  private static final String QUERY = "123401000001000000000000" + QUESTION;

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
    Directory directory = new Directory(List.of(web), true);
    resolver = Resolver.start(namespaces.sandbox, () -> directory, DnsOptions.defaults(), servers);
    resolver.awaitStart();
  }

  @AfterEach
  void stop() throws IOException {
    resolver.close();
    servers.close();
    namespaces.close();
  }

  private <T> T inSandbox(Callable<T> task) throws IOException {
    try {
      return namespaces.sandbox.call(task);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  /** What comes back for a message; empty if nothing does, while a later query is answered. */
  private String answerByUdp(String message) throws IOException {
    try (DatagramChannel channel = inSandbox(DatagramChannel::open);
        DatagramSocket socket = channel.socket()) {
      socket.setSoTimeout((int) Duration.ofSeconds(10).toMillis());
      socket.connect(new InetSocketAddress(Resolver.ADDRESS, Resolver.PORT));
      send(socket, message);
      send(socket, QUERY.replace("1234", "9999"));
      String first = receive(socket);
      return first.startsWith("9999") ? "" : first;
    }
  }

  private static void send(DatagramSocket socket, String message) throws IOException {
    byte[] octets = HexFormat.of().parseHex(message);
    socket.send(new DatagramPacket(octets, octets.length));
  }

  private static String receive(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
    socket.receive(packet);
    return HexFormat.of().formatHex(packet.getData(), 0, packet.getLength());
  }

  @Test
  void whatIsNoQueryIsRefusedOrDropped() throws IOException {
    assertThat(answerByUdp(QUERY)).startsWith("123481800001000100000000" + QUESTION + "c00c");
    assertThat(answerByUdp("")).isEmpty();
    assertThat(answerByUdp("1234010000010000000000")).isEmpty();
    assertThat(answerByUdp(QUERY.replace("12340100", "12348100"))).as("an answer").isEmpty();

    String formatError = "12348181000000000000000" + "0";
    List<String> malformed =
        List.of(
            "123401000000000000000000",
            "123401000002000000000000" + QUESTION + QUESTION,
            "123401000001000100000000" + QUESTION,
            "123401000001000000000000" + "c00c00010001",
            "123401000001000000000000" + "026331c00c00010001",
            "123401000001000000000000" + "3f6331",
            "123401000001000000000000" + "0263310000",
            "123401000001000000000000" + "413f" + "61".repeat(64) + "0000010001",
            "123401000001000000000000" + ("3f" + "61".repeat(63)).repeat(4) + "0000010001",
            "123401000001000000000000" + QUESTION + "00",
            "1234010000010000000000ff" + QUESTION,
            "123401000001000000000001" + QUESTION + "000029ffff00000000ffff",
            "123401000001000000000002" + QUESTION + "0000291000000000000000".repeat(2));
    for (String message : malformed) {
      assertThat(answerByUdp(message)).as(message).isEqualTo(formatError);
    }
    assertThat(answerByUdp(QUERY.replace("12340100", "12342900")))
        .as("an update")
        .startsWith("1234a984");
    assertThat(answerByUdp(QUERY + "00".repeat(9000))).as("oversized").isEqualTo(formatError);
  }

  @Test
  void slowAskersBlockNobody() throws IOException {
    List<SocketChannel> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) {
        SocketChannel channel = connect();
        slow.add(channel);
        // Half a length; a length without its query; a query, whose answer nobody fetches.
        String start = i % 3 == 0 ? "00" : i % 3 == 1 ? "ffff" : "0014" + QUERY;
        channel.write(ByteBuffer.wrap(HexFormat.of().parseHex(start)));
      }
      assertThat(namespaces.dig("c1", "+tcp", "+short")).isEqualTo("10.0.0.2\n");
      assertThat(namespaces.dig("c1", "+short")).isEqualTo("10.0.0.2\n");
      // The first ones made room for the last ones.
      assertThat(slow.getFirst().read(ByteBuffer.allocate(1))).isEqualTo(-1);
    } finally {
      for (SocketChannel channel : slow) {
        channel.close();
      }
    }
  }

  @Test
  void anIdleConnectionIsClosedAndABusyOneIsNot() throws IOException {
    try (Socket idle = connect().socket();
        Socket busy = connect().socket()) {
      idle.setSoTimeout((int) Duration.ofSeconds(60).toMillis());
      busy.setSoTimeout((int) Duration.ofSeconds(60).toMillis());
      idle.getOutputStream().write(0);
      byte[] query = HexFormat.of().parseHex("0014" + QUERY);
      for (int i = 0; i < 100; i++) {
        busy.getOutputStream().write(query);
        assertThat(busy.getInputStream().readNBytes(2 + 36)).hasSize(38).startsWith(0, 36, 0x12);
      }
      assertThat(idle.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void whoNeverReadsIsCutOff() throws IOException {
    try (SocketChannel channel = connect()) {
      channel.configureBlocking(false);
      ByteBuffer many = ByteBuffer.wrap(HexFormat.of().parseHex(("0014" + QUERY).repeat(1000)));
      long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      boolean open = true;
      while (open && System.nanoTime() < end) {
        many.rewind();
        try {
          if (channel.write(many) == 0) {
            Thread.sleep(100);
          }
        } catch (IOException e) {
          open = false;
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }
      assertThat(open).isFalse();
    }
  }

  private SocketChannel connect() throws IOException {
    return inSandbox(
        () -> SocketChannel.open(new InetSocketAddress(Resolver.ADDRESS, Resolver.PORT)));
  }

  @Test
  void whoFloodsIsRefusedAndSlowsNobodyElse() throws IOException {
    Files.writeString(folder.resolve("resolv.conf"), "nameserver 127.0.0.53\n");
    Directory other = new Directory(List.of(), true);
    try (DatagramChannel server = bind(namespaces.host, "127.0.0.53");
        NetworkNamespace second = NetworkNamespace.create();
        DatagramChannel flood = inSandbox(DatagramChannel::open)) {
      Thread.ofPlatform().daemon().start(() -> answerWhatIsGood(server));
      Namespaces.run(second, "ip", "link", "set", "lo", "up");
      try (Resolver neighbour =
          Resolver.start(second, () -> other, DnsOptions.defaults(), servers)) {
        neighbour.awaitStart();
        // dead.test, which stays on its way for seconds.
        byte[] query =
            HexFormat.of()
                .parseHex("123401000001000000000000" + "0464656164" + "0474657374" + "0000010001");
        flood.connect(new InetSocketAddress(Resolver.ADDRESS, Resolver.PORT));
        flood.configureBlocking(false);
        int refused = 0;
        ByteBuffer answer = ByteBuffer.allocate(512);
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (refused < 100 && System.nanoTime() < end) {
          flood.write(ByteBuffer.wrap(query));
          while (flood.read(answer.clear()) > 0) {
            refused += (answer.get(3) & 0xf) == Query.REFUSED ? 1 : 0;
          }
        }
        assertThat(refused).isGreaterThanOrEqualTo(100);
        String good = "status: NOERROR";
        assertThat(
                Namespaces.run(second, "dig", "@127.0.0.11", "+tries=1", "+time=10", "good.test"))
            .contains(good);
        assertThat(namespaces.dig("c1")).contains(good);
        assertThat(neighbour).isNotNull();
      }
    }
  }

  private static DatagramChannel bind(NetworkNamespace namespace, String address)
      throws IOException {
    try {
      return namespace.call(() ->
          DatagramChannel.open()
              .bind(new InetSocketAddress(IpPrefix.parseAddress(address), Resolver.PORT)));
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  /** A server that knows good.test, and is silent about anything else. */
  private static void answerWhatIsGood(DatagramChannel server) {
    ByteBuffer message = ByteBuffer.allocate(512);
    try {
      while (true) {
        SocketAddress asker = server.receive(message.clear());
        if (message.get(Query.HEADER + 1) == 'g') {
          message.put(2, (byte) (message.get(2) | 0x80));
          server.send(message.flip(), asker);
        }
      }
    } catch (IOException e) {
      // The test is over.
    }
  }
}
