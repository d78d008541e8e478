package dev.cnm.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.nft.Transaction;
import dev.cnm.netlink.route.AddressSpec;
import dev.cnm.netlink.route.Link;
import dev.cnm.netlink.route.LinkChange;
import dev.cnm.netlink.route.LinkSpec;
import dev.cnm.netlink.route.Links;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a socket does when things don't go as they usually do. */
final class NetlinkSocketTest {

  private NetworkNamespace namespace;
  private NetlinkSocket socket;
  private Links links;

  @BeforeEach
  void makeNamespace() throws IOException {
    namespace = NetworkNamespace.create();
    socket = namespace.route();
    links = new Links(socket);
  }

  @AfterEach
  void removeNamespace() {
    namespace.close();
  }

  private static List<LinkSpec> bridges(int count) {
    List<LinkSpec> specs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      specs.add(LinkSpec.bridge("port" + i).build());
    }
    return specs;
  }

  @Test
  void eachOfManyRefusalsIsOfTheRequestThatCausedIt() throws IOException {
    Link bridge = links.create(LinkSpec.bridge("port0").build());
    List<AddressSpec> requests = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      byte[] octets = {10, 0, (byte) (i / 2 >> 8), (byte) (i / 2)};
      requests.add(AddressSpec.of(bridge.index(), InetAddress.getByAddress(octets), 32).build());
    }

    List<Outcome> outcomes = socket.submit(requests).outcomes();

    for (int i = 0; i < requests.size(); i++) {
      if (i % 2 == 0) {
        assertThat(outcomes.get(i)).isInstanceOf(Outcome.Done.class);
      } else {
        String attempt = requests.get(i).describe();
        assertThat(outcomes.get(i))
            .isInstanceOfSatisfying(
                Outcome.Failed.class,
                failed -> {
                  assertThat(failed.reason().request()).isEqualTo(attempt);
                  assertThat(failed.reason().is(Errno.EEXIST)).isTrue();
                });
      }
    }
    assertThat(Tools.run(namespace, "ip", "-4", "-o", "addr").lines()).hasSize(200);
  }

  @Test
  void aRequestIsDescribedOnlyWhenItIsRefused() throws IOException {
    AtomicInteger described = new AtomicInteger();
    socket.execute(counting(LinkChange.of("lo").up().build(), described));
    assertThat(described).hasValue(0);

    Request refused = counting(LinkChange.of("nosuch").up().build(), described);
    assertThatThrownBy(() -> socket.execute(refused))
        .hasMessageContaining("set up the link nosuch in " + namespace);
    assertThat(described).hasValue(1);
  }

  private static Request counting(Request request, AtomicInteger described) {
    return new Request() {
      @Override
      public int type() {
        return request.type();
      }

      @Override
      public int flags() {
        return request.flags();
      }

      @Override
      public void encode(MessageWriter out) {
        request.encode(out);
      }

      @Override
      public String describe() {
        described.incrementAndGet();
        return request.describe();
      }
    };
  }

  @Test
  void answersThatHadNoRoomAreAnErrorAndTheSocketGoesOn() throws IOException {
    // Room for one link, but not for fifty refusals.
    socket.receiveBuffer(8192);
    List<LinkChange> requests = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      requests.add(LinkChange.of("nosuch" + i).up().build());
    }

    assertThatThrownBy(() -> socket.submit(requests))
        .isInstanceOf(AnswersLostException.class)
        .hasMessageContaining("set up the link nosuch0 and 49 more in " + namespace);

    assertThat(links.list()).extracting(Link::name).containsExactly("lo");
    assertThat(links.get("lo")).isPresent();
  }

  @Test
  void aBatchThatIsTooLongIsRefusedWhole() throws IOException {
    List<LinkChange> requests = new ArrayList<>();
    for (int i = 0; i < 150_000; i++) {
      requests.add(LinkChange.of("lo").up().mtu(1500).group(1).build());
    }

    assertThatThrownBy(() -> socket.submit(requests))
        .isInstanceOfSatisfying(
            NetlinkException.class,
            e -> assertThat(e.errno().map(Errno::name)).contains("EMSGSIZE"));

    assertThat(links.get("lo").orElseThrow().isUp()).isFalse();
  }

  @Test
  void anAnswerThatIsLongerThanTheBufferIsAskedForAgain() throws IOException {
    links.create(LinkSpec.bridge("port0").build());
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      names.append("link property add dev port0 altname n").append(i).append("x".repeat(120));
      names.append('\n');
    }
    Path batch = Files.createTempFile("altnames", "");
    try {
      Files.writeString(batch, names);
      Tools.run(namespace, "ip", "-batch", batch.toString());
    } finally {
      Files.delete(batch);
    }

    // 25 KiB, while a socket begins with room for 8.
    assertThat(links.get("port0")).isPresent();
    try (NetlinkSocket other = namespace.openSocket(NetlinkFamily.ROUTE)) {
      assertThat(new Links(other).list()).extracting(Link::name).containsExactly("lo", "port0");
    }
  }

  @Test
  void aListThatIsGivenUpInTheMiddleKeepsNobodyFromTheNext() throws IOException {
    socket.submit(bridges(60));

    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() ->
              socket.dump(
                  Requests.listLinks(),
                  message -> {
                    throw new MalformedMessageException("for a test");
                  }))
          .isInstanceOf(MalformedMessageException.class);
      assertThat(links.list()).hasSize(61);
    }
    assertThatThrownBy(() ->
            socket.submit(
                List.of(LinkSpec.bridge("other").build()),
                (request, message) -> {
                  throw new IllegalStateException("for a test");
                }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(links.get("other")).isPresent();
  }

  @Test
  void aListIsWholeThoughLinksComeAndGoMeanwhile() throws Exception {
    socket.submit(bridges(100)).orElseThrow();
    AtomicBoolean stop = new AtomicBoolean();
    try (NetlinkSocket other = namespace.openSocket(NetlinkFamily.ROUTE);
        ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Future<?> churn =
          threads.submit(() -> {
            Links others = new Links(other);
            while (!stop.get()) {
              others.change(LinkChange.of("port7").group(1).build());
              others.create(LinkSpec.bridge("comes").build());
              others.delete("comes");
            }
            return null;
          });
      try {
        for (int i = 0; i < 15; i++) {
          try {
            assertThat(links.list())
                .filteredOn(link -> link.name().startsWith("port"))
                .hasSize(100)
                .extracting(Link::index)
                .doesNotHaveDuplicates();
          } catch (DumpInterruptedException e) {
            assertThat(e).hasMessageContaining("list the links in " + namespace);
          }
        }
      } finally {
        stop.set(true);
      }
      churn.get();
    }
  }

  @Test
  void threadsThatShareASocketGetTheirOwnAnswers() throws Exception {
    socket.submit(bridges(20)).orElseThrow();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Object>> answers = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        String name = "port" + i % 25;
        boolean exists = i % 25 < 20;
        answers.add(
            threads.submit(() -> {
              assertThat(links.get(name).map(Link::name).orElse("none"))
                  .isEqualTo(exists ? name : "none");
              return null;
            }));
      }
      for (Future<Object> answer : answers) {
        answer.get();
      }
    }
  }

  @Test
  void whatTheKernelDoesNotAcknowledgeIsNotWaitedFor() throws IOException {
    try (NetlinkSocket netfilter = namespace.openSocket(NetlinkFamily.NETFILTER)) {
      new Transaction().commit(netfilter);
    }
    assertThat(socket.submit(List.of()).outcomes()).isEmpty();
  }

  @Test
  void aClosedSocketSaysSo() throws IOException {
    NetlinkSocket other = namespace.openSocket(NetlinkFamily.ROUTE);
    other.close();
    other.close();

    assertThatThrownBy(() -> new Links(other).list())
        .isInstanceOf(IOException.class)
        .hasMessage("the netlink socket of " + namespace + " is closed");
  }
}
