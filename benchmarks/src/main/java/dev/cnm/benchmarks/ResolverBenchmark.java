package dev.cnm.benchmarks;

import dev.cnm.ControllerOptions;
import dev.cnm.Network;
import dev.cnm.NetworkController;
import dev.cnm.NetworkOptions;
import dev.cnm.Sandbox;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Queries by UDP for names of a network, asked inside one sandbox: answered by its resolver, and by
 * Debian's dnsmasq (package {@code dnsmasq-base}) which listens at the same address of a sandbox of
 * its own and has the same names on its command line.
 *
 * <p>One socket asks, with {@value #WINDOW} questions on their way, then with one. dnsmasq is asked
 * straight; the resolver through the address translation that leaves port 53 to the sandbox, which
 * costs it something. What would make it lie: a machine with one free processor, where asker and
 * answerer take turns; answers lost for want of buffers, after which the asker would wait for ever,
 * so the window is far below them; questions that are all the same, so there are {@value #NAMES}.
 */
@State(Scope.Benchmark)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@SuppressWarnings("NullAway.Init") // JMH fills the fields in @Setup.
public class ResolverBenchmark {

  private static final int NAMES = 64;
  private static final int WINDOW = 32;
  private static final int BATCH = 4096;
  private static final String ADDRESS = "127.0.0.11";

  /** Who answers. */
  @Param({"cnm", "dnsmasq"})
  public String server;

  private NetworkNamespace host;
  private NetworkController controller;
  private Process dnsmasq;
  private DatagramChannel socket;
  private final List<ByteBuffer> questions = new ArrayList<>();
  private final ByteBuffer answer = ByteBuffer.allocateDirect(512);
  private int next;

  /** Makes the host, the sandboxes and the server. */
  @Setup(Level.Trial)
  public void start() throws Exception {
    host = NetworkNamespace.create();
    controller =
        NetworkController.create(ControllerOptions.defaults().withHostNamespace(host.path()));
    Sandbox sandbox = server.equals("cnm") ? resolving() : askedDirectly();
    for (int i = 0; i < NAMES; i++) {
      questions.add(question("s" + i));
    }
    socket = sandbox.call(DatagramChannel::open);
    socket.connect(new InetSocketAddress(InetAddress.getByName(ADDRESS), 53));
    awaitAnswer();
  }

  private Sandbox resolving() throws IOException {
    Network network = controller.newNetwork("bridge", "net", NetworkOptions.subnet("10.99.0.0/24"));
    Sandbox last = null;
    for (int i = NAMES - 1; i >= 0; i--) {
      last = controller.newSandbox("s" + i);
      network.createEndpoint("s" + i).join(last);
    }
    return java.util.Objects.requireNonNull(last);
  }

  private Sandbox askedDirectly() throws IOException {
    Sandbox sandbox = controller.newSandbox("asker");
    List<String> command =
        new ArrayList<>(
            List.of(
                "dnsmasq",
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--pid-file",
                "--no-resolv",
                "--no-hosts",
                "--user=",
                "--group=",
                "--bind-interfaces",
                "--listen-address=" + ADDRESS));
    for (int i = 0; i < NAMES; i++) {
      command.add("--host-record=s" + i + ",10.99.0." + (i + 2));
    }
    dnsmasq = sandbox.start(new ProcessBuilder(command).inheritIO());
    return sandbox;
  }

  /** RFC 1035, section 4.1: a header, and an A question of one label. */
  private static ByteBuffer question(String name) {
    return ByteBuffer.allocateDirect(12 + name.length() + 6)
        .putShort((short) 0x4711)
        .putShort((short) 0x0100)
        .putShort((short) 1)
        .putShort((short) 0)
        .putInt(0)
        .put((byte) name.length())
        .put(name.getBytes(StandardCharsets.US_ASCII))
        .put((byte) 0)
        .putShort((short) 1)
        .putShort((short) 1)
        .flip();
  }

  private void awaitAnswer() throws Exception {
    socket.configureBlocking(false);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (true) {
      try {
        send();
        Thread.sleep(50);
        if (socket.read(answer.clear()) > 0) {
          break;
        }
      } catch (IOException e) {
        // Not there yet.
      }
      if (System.nanoTime() > end) {
        throw new IOException(server + " doesn't answer");
      }
    }
    while (socket.read(answer.clear()) > 0) {
      Thread.sleep(50);
    }
    socket.configureBlocking(true);
  }

  /** Removes everything. */
  @TearDown(Level.Trial)
  public void stop() throws IOException {
    socket.close();
    if (dnsmasq != null) {
      dnsmasq.destroyForcibly();
      dnsmasq.onExit().join();
    }
    controller.close();
    host.close();
  }

  private void send() throws IOException {
    ByteBuffer question = questions.get(next++ % NAMES);
    socket.write(question.rewind());
  }

  private void receive() throws IOException {
    socket.read(answer.clear());
    if (answer.getShort(6) != 1) {
      throw new IOException("no answer but " + Integer.toHexString(answer.getInt(0)));
    }
  }

  /** As many as can be answered. */
  @Benchmark
  @BenchmarkMode(Mode.Throughput)
  @OutputTimeUnit(TimeUnit.SECONDS)
  @OperationsPerInvocation(BATCH)
  public void many() throws IOException {
    for (int i = 0; i < WINDOW; i++) {
      send();
    }
    for (int i = WINDOW; i < BATCH; i++) {
      receive();
      send();
    }
    for (int i = 0; i < WINDOW; i++) {
      receive();
    }
  }

  /** One after the other. */
  @Benchmark
  @BenchmarkMode(Mode.SampleTime)
  @OutputTimeUnit(TimeUnit.MICROSECONDS)
  public void one() throws IOException {
    send();
    receive();
  }
}
