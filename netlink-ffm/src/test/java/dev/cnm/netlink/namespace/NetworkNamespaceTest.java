package dev.cnm.netlink.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NetworkNamespaceTest {

  private static String ownNamespace() throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
  }

  @Test
  void aNewOneIsAnotherOneAndTheCallerStaysWhereHeIs() throws Exception {
    String before = ownNamespace();
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      assertThat(namespace.toString()).isNotEqualTo(before);
      assertThat(namespace.call(NetworkNamespaceTest::ownNamespace))
          .isEqualTo(namespace.toString());
      assertThat(ownNamespace()).isEqualTo(before);
    }
  }

  @Test
  void virtualThreadsMakeThemAndTheirCarriersStay() throws Exception {
    String before = ownNamespace();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 50; i++) {
        threads.submit(() -> {
          try (NetworkNamespace namespace = NetworkNamespace.create()) {
            assertThat(namespace.call(NetworkNamespaceTest::ownNamespace))
                .isEqualTo(namespace.toString());
          }
          return true;
        });
      }
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 50; i++) {
        assertThat(threads.submit(NetworkNamespaceTest::ownNamespace).get()).isEqualTo(before);
      }
    }
  }

  @Test
  void enteringElsewhereIsRefused() throws IOException {
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      assertThatThrownBy(namespace::enter).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aClosedOneIsNotMistakenForAnother() throws IOException {
    NetworkNamespace namespace = NetworkNamespace.create();
    String name = namespace.toString();
    namespace.close();
    namespace.close();

    assertThatThrownBy(namespace::descriptor)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the network namespace " + name + " is closed");
    assertThatThrownBy(namespace::path).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(namespace::route)
        .isInstanceOf(IOException.class)
        .hasMessage("the network namespace " + name + " is closed");
    assertThatThrownBy(() -> namespace.call(() -> true)).isInstanceOf(IOException.class);
    assertThat(namespace).hasToString(name);
  }

  @Test
  void itIsItselfHoweverItIsOpened() throws IOException {
    try (NetworkNamespace namespace = NetworkNamespace.create();
        NetworkNamespace byPath = NetworkNamespace.open(namespace.path());
        NetworkNamespace byDescriptor = NetworkNamespace.ofDescriptor(namespace.descriptor());
        NetworkNamespace other = NetworkNamespace.create();
        NetworkNamespace current = NetworkNamespace.current();
        NetworkNamespace byPid = NetworkNamespace.ofProcess(ProcessHandle.current().pid())) {
      assertThat(byPath).isEqualTo(namespace).hasSameHashCodeAs(namespace);
      assertThat(byDescriptor).isEqualTo(namespace);
      assertThat(other).isNotEqualTo(namespace);
      assertThat(byPid).isEqualTo(current);
    }
  }

  @Test
  void whatIsNoNamespaceIsRefused(@TempDir Path folder) throws IOException {
    Path file = Files.createFile(folder.resolve("file"));

    assertThatThrownBy(() -> NetworkNamespace.open(file))
        .isInstanceOf(IOException.class)
        .hasMessage(file + " is no network namespace");
    assertThatThrownBy(() -> NetworkNamespace.open(Path.of("/proc/self/ns/uts")))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> NetworkNamespace.open(folder.resolve("missing")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("ENOENT");
  }

  @Test
  void pinnedItOutlivesItsObject(@TempDir Path folder) throws Exception {
    Path pin = folder.resolve("ns");
    NetworkNamespace.Identity identity;
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      namespace.pin(pin);
      identity = namespace.identity();
      assertThatThrownBy(() -> namespace.pin(pin)).isInstanceOf(FileAlreadyExistsException.class);
    }
    try (NetworkNamespace again = NetworkNamespace.open(pin)) {
      assertThat(again.identity()).isEqualTo(identity);
    }
    Process nsenter =
        new ProcessBuilder("nsenter", "--net=" + pin, "readlink", "/proc/self/ns/net").start();
    assertThat(new String(nsenter.getInputStream().readAllBytes()).strip())
        .isEqualTo(identity.toString());

    NetworkNamespace.unpin(pin);
    NetworkNamespace.unpin(pin);
    assertThat(pin).doesNotExist();
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain(pin.toString());
  }

  @Test
  void settingsAreThoseOfTheNamespace() throws Exception {
    String path = "net/ipv4/ip_unprivileged_port_start";
    try (NetworkNamespace namespace = NetworkNamespace.create(Map.of(path, "7"))) {
      assertThat(namespace.call(() -> Sysctl.read(path))).isEqualTo("7");
      assertThat(Sysctl.read(path)).isNotEqualTo("7");
    }
  }

  /** The procfs that they are looked up in is exchanged meanwhile, several times. */
  @Test
  void settingsAreThoseOfEachOfManyNamespaces() throws Exception {
    String path = "net/ipv4/ip_unprivileged_port_start";
    List<NetworkNamespace> namespaces = new ArrayList<>();
    try {
      for (int i = 1; i <= 100; i++) {
        namespaces.add(NetworkNamespace.create(Map.of(path, Integer.toString(i))));
      }
      for (int i = 1; i <= 100; i++) {
        assertThat(namespaces.get(i - 1).call(() -> Sysctl.read(path))).isEqualTo("" + i);
      }
    } finally {
      namespaces.forEach(NetworkNamespace::close);
    }
  }

  @Test
  void aSettingThatThereIsNotLeavesNoNamespaceBehind() {
    assertThatThrownBy(() -> NetworkNamespace.create(Map.of("net/nosuch", "1")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("set net.nosuch to 1");
  }

  @Test
  void socketsMadeInsideStayInside() throws Exception {
    try (NetworkNamespace one = NetworkNamespace.create();
        NetworkNamespace other = NetworkNamespace.create();
        ServerSocket first = one.call(() -> new ServerSocket(4000));
        ServerSocket second = other.call(() -> new ServerSocket(4000))) {
      assertThat(first.getLocalPort()).isEqualTo(second.getLocalPort());
    }
  }
}
