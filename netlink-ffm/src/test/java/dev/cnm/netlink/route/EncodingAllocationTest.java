package dev.cnm.netlink.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/** That writing the messages of an attach allocates nothing, whatever attributes they have. */
final class EncodingAllocationTest {

  /**
   * {@code com.sun.management.ThreadMXBean}, by reflection: this module doesn't read those of the
   * JDK that it is in, and needn't for a test.
   */
  private static long allocatedByThisThread() {
    try {
      Object threads =
          Class.forName("java.lang.management.ManagementFactory")
              .getMethod("getThreadMXBean")
              .invoke(null);
      return (long)
          Class.forName("com.sun.management.ThreadMXBean")
              .getMethod("getCurrentThreadAllocatedBytes")
              .invoke(threads);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  private static long allocatedByEncoding(List<Request> requests, int times) {
    MessageWriter writer = new MessageWriter();
    // Beyond what the compiler needs to have seen, so that it is the code itself that is measured.
    encode(writer, requests, 20_000);
    allocatedByThisThread();
    long before = allocatedByThisThread();
    encode(writer, requests, times);
    return allocatedByThisThread() - before;
  }

  private static void encode(MessageWriter writer, List<Request> requests, int times) {
    for (int i = 0; i < times; i++) {
      writer.clear();
      for (int j = 0; j < requests.size(); j++) {
        Request request = requests.get(j);
        writer.begin(request.type(), request.flags(), i);
        request.encode(writer);
        writer.end();
      }
    }
  }

  @Test
  void anAttachIsEncodedWithoutAllocating() throws IOException {
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      HardwareAddress address = HardwareAddress.parse("02:42:0a:63:00:02");
      List<Request> attach =
          List.of(
              LinkSpec.veth("veth1a2b3c4")
                  .peer("eth0", namespace)
                  .peerAddress(address)
                  .address(address)
                  .master(3)
                  .mtu(1500)
                  .queues(1)
                  .group(7)
                  .up()
                  .build(),
              LinkChange.of("veth1a2b3c4")
                  .noAutomaticAddress()
                  .arpNotify(true)
                  .hairpin(true)
                  .isolated(false)
                  .build(),
              LinkChange.of("lo").up().build(),
              LinkChange.of(2).up().build(),
              AddressSpec.of(2, InetAddress.ofLiteral("10.99.0.2"), 24)
                  .broadcast(InetAddress.ofLiteral("10.99.0.255"))
                  .build(),
              AddressSpec.of(2, InetAddress.ofLiteral("fd00::2"), 64)
                  .noDuplicateDetection()
                  .build(),
              NeighbourSpec.of(2, InetAddress.ofLiteral("10.99.0.1"), address).build(),
              RouteSpec.defaultVia(InetAddress.ofLiteral("10.99.0.1"))
                  .preferredSource(InetAddress.ofLiteral("10.99.0.2"))
                  .link(2)
                  .build());

      // 10,000 times eight messages with some sixty attributes: a single object for one of them
      // would come to 160,000 octets. The rest is the measurement's and the runtime's own.
      assertThat(allocatedByEncoding(attach, 10_000)).isLessThan(10_000);
    }
  }
}
