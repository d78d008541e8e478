package dev.cnm.driver.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.netlink.inet.InetSocket;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sockets that are bound here, and hold ports there. */
final class HostSocketsTest {

  private static final int PORTS = 40;

  @Test
  void theyHoldPortsOfTheHostAndAreAllClosed() throws Exception {
    try (NetworkNamespace host = NetworkNamespace.create()) {
      long before = openSockets();
      List<InetSocket> taken = new ArrayList<>();
      HostSockets sockets = new HostSockets(host);
      for (int i = 0; i < PORTS; i++) {
        boolean ipv6 = i % 2 == 1;
        InetSocket socket = sockets.take(ipv6, InetSocket.TCP);
        taken.add(socket);
        socket.bind(
            new InetSocketAddress(InetAddress.getByName(ipv6 ? "::" : "0.0.0.0"), 8000 + i));
        socket.listen();
      }

      assertThat(Town.run(host, "ss -ltnH").lines()).hasSize(PORTS);

      sockets.close();
      taken.forEach(InetSocket::close);
      assertThat(openSockets()).isEqualTo(before);
      assertThatThrownBy(() -> sockets.take(false, InetSocket.TCP)).isInstanceOf(IOException.class);
    }
  }

  private static long openSockets() throws IOException {
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.filter(HostSocketsTest::isSocket).count();
    }
  }

  private static boolean isSocket(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
    } catch (IOException e) {
      // The one that lists them.
      return false;
    }
  }
}
