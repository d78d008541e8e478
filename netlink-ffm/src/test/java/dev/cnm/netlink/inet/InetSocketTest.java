package dev.cnm.netlink.inet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.route.LinkChange;
import dev.cnm.netlink.route.Links;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sockets on the loopback of a namespace, and those who wait for them. */
final class InetSocketTest {

  private static final InetSocketAddress PORT =
      new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 8000);
  private static final long SECONDS = 1_000_000_000L;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<InetSocket> open = new ArrayList<>();
  private NetworkNamespace namespace;

  @BeforeEach
  void makeNamespace() throws IOException {
    namespace = NetworkNamespace.create();
    new Links(namespace.route()).change(LinkChange.of("lo").up().build());
  }

  @AfterEach
  void removeNamespace() {
    threads.close();
    open.forEach(InetSocket::close);
    namespace.close();
  }

  private InetSocket socket(int protocol) throws Exception {
    InetSocket socket = namespace.call(() -> InetSocket.open(false, protocol));
    open.add(socket);
    return socket;
  }

  private InetSocket listener(InetSocketAddress address) throws Exception {
    InetSocket listener = socket(InetSocket.TCP);
    listener.bind(address);
    listener.listen();
    return listener;
  }

  private InetSocket connected() throws Exception {
    InetSocket client = socket(InetSocket.TCP);
    client.connect(PORT, 5 * SECONDS);
    return client;
  }

  private static Buffer buffer(int size) {
    return new Buffer(Arena.ofAuto(), size);
  }

  private static <T> T within(Future<T> future) throws Exception {
    return future.get(10, TimeUnit.SECONDS);
  }

  /** Runs a task that is to wait, and returns once it most likely does. */
  private <T> Future<T> waiting(Callable<T> task) throws InterruptedException {
    Future<T> future = threads.submit(task);
    Thread.sleep(50);
    assertThat(future.isDone()).isFalse();
    return future;
  }

  @Test
  void whoWaitsGoesOnWhenSomethingComes() throws Exception {
    InetSocket listener = listener(PORT);
    Future<InetSocket> accepting = waiting(listener::accept);
    InetSocket client = connected();
    InetSocket server = within(accepting);
    open.add(server);
    Buffer received = buffer(100);
    Future<Integer> reading = waiting(() -> server.read(received, 0));

    client.write(buffer(100), 7);

    assertThat(within(reading)).isEqualTo(7);
    client.shutdownOutput();
    assertThat(server.read(received, 0)).isZero();
  }

  @Test
  void nobodyWaitsForLongerThanHeWantsTo() throws Exception {
    listener(PORT);
    InetSocket client = connected();

    assertThatThrownBy(() -> client.read(buffer(100), SECONDS / 20))
        .isInstanceOf(SocketError.class)
        .hasMessageContaining("ETIMEDOUT");

    // What is left of that doesn't end the next one's waiting.
    waiting(() -> client.read(buffer(100), SECONDS));
  }

  @Test
  void oneReadsWhileAnotherWrites() throws Exception {
    InetSocket listener = listener(PORT);
    InetSocket client = connected();
    InetSocket server = listener.accept();
    open.add(server);
    Future<Integer> reading = waiting(() -> client.read(buffer(100), 0));
    int much = 8 << 20;
    Future<Boolean> writing =
        waiting(() -> {
          client.write(buffer(much), much);
          return true;
        });

    server.write(buffer(1), 1);

    assertThat(within(reading)).isEqualTo(1);
    assertThat(writing.isDone()).isFalse();
    Buffer received = buffer(1 << 20);
    for (int left = much; left > 0; ) {
      left -= server.read(received, 5 * SECONDS);
    }
    assertThat(within(writing)).isTrue();
  }

  @Test
  void closingASocketEndsAllWaitingAndFreesThePort() throws Exception {
    for (int i = 0; i < 20; i++) {
      InetSocket listener = listener(PORT);
      Future<InetSocket> accepting = threads.submit(listener::accept);
      CompletableFuture<Boolean> readable = listener.readable();

      listener.close();

      assertThat(readable).isCompletedWithValue(false);
      assertThatThrownBy(() -> within(accepting)).hasMessageContaining("closed");
      assertThatThrownBy(listener::readable).isInstanceOf(IOException.class);
    }
    for (int i = 0; i < 20; i++) {
      InetSocket listener = listener(PORT);
      listener.readable();
      listener.close();
    }
  }

  @Test
  void manySocketsAreWatchedAndOnlyTheRightOneTells() throws Exception {
    List<CompletableFuture<Boolean>> all = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      all.add(listener(new InetSocketAddress(PORT.getAddress(), 8000 + i)).readable());
    }

    InetSocket client = socket(InetSocket.TCP);
    client.connect(new InetSocketAddress(PORT.getAddress(), 8321), 5 * SECONDS);

    assertThat(within(all.get(321))).isTrue();
    assertThat(all).filteredOn(CompletableFuture::isDone).hasSize(1);
  }
}
