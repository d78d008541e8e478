package dev.cnm.benchmarks;

import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.route.AddressSpec;
import dev.cnm.netlink.route.HardwareAddress;
import dev.cnm.netlink.route.Link;
import dev.cnm.netlink.route.LinkChange;
import dev.cnm.netlink.route.LinkSpec;
import dev.cnm.netlink.route.Links;
import dev.cnm.netlink.route.RouteSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The parts below an attachment: writing its messages, and one exchange with the kernel.
 *
 * <p>What would make them lie: a request built in the measured method (they are built before, as
 * their constant parts can be), and a dead writer (its position is returned). Run with {@code -prof
 * gc}: writing allocates nothing.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH fills the fields in @Setup.
public class NetlinkBenchmark {

  private final MessageWriter writer = new MessageWriter();
  private NetworkNamespace namespace;
  private Links links;
  private List<Request> attachment;

  /** Makes a namespace and the requests of an attachment. */
  @Setup
  public void setUp() throws IOException {
    namespace = NetworkNamespace.create();
    links = new Links(namespace.route());
    attachment =
        List.of(
            LinkSpec.veth("veth1234567")
                .peer("eth0", namespace)
                .peerAddress(HardwareAddress.parse("02:42:0a:63:00:02"))
                .master(2)
                .queues(1)
                .up()
                .build(),
            LinkChange.of("veth1234567").noAutomaticAddress().isolated(false).build(),
            LinkChange.of("lo").up().build(),
            LinkChange.of(2).up().build(),
            AddressSpec.of(2, InetAddress.ofLiteral("10.99.0.2"), 24)
                .broadcast(InetAddress.ofLiteral("10.99.0.255"))
                .build(),
            RouteSpec.defaultVia(InetAddress.ofLiteral("10.99.0.1")).link(2).build());
  }

  /** Removes the namespace. */
  @TearDown
  public void tearDown() {
    namespace.close();
  }

  /** Writes the six messages of an attachment. */
  @Benchmark
  public long encodeAttachment() {
    writer.clear();
    for (int i = 0; i < attachment.size(); i++) {
      Request request = attachment.get(i);
      writer.begin(request.type(), request.flags(), i + 1);
      request.encode(writer);
      writer.end();
    }
    return writer.written().byteSize();
  }

  /** Asks the kernel for one link: a request, its answer and its acknowledgement. */
  @Benchmark
  public Optional<Link> roundTrip() throws IOException {
    return links.get(1);
  }
}
