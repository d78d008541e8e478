package dev.cnm.netlink.conntrack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.netlink.AddressFamily;
import dev.cnm.netlink.Errno;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.NetlinkFamily;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.Tools;
import dev.cnm.netlink.conntrack.FlowTuple.Transport;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tracked connections on the kernel, made and asked about with {@code conntrack(8)}. */
final class ConntrackTest {

  private static final InetAddress CLIENT = InetAddress.ofLiteral("198.51.100.9");
  private static final InetAddress HOST = InetAddress.ofLiteral("192.0.2.1");
  private static final InetAddress CONTAINER = InetAddress.ofLiteral("10.1.0.2");
  private static final int UDP = 17;
  private static final int SCTP = 132;

  private NetworkNamespace namespace;
  private NetlinkSocket socket;
  private Conntrack conntrack;

  @BeforeEach
  void makeNamespace() throws IOException {
    namespace = NetworkNamespace.create();
    socket = namespace.openSocket(NetlinkFamily.NETFILTER);
    conntrack = new Conntrack(socket);
  }

  @AfterEach
  void removeNamespace() {
    socket.close();
    namespace.close();
  }

  private void insert(String options) throws IOException {
    Tools.run(namespace, ("conntrack -I -t 600 " + options).split(" "));
  }

  /** A flow from a client to a published port, which is translated to a container's. */
  private void insertPublished(int clientPort, String protocol, String more) throws IOException {
    insert(
        "-p "
            + protocol
            + " -s 198.51.100.9 -d 192.0.2.1 --sport "
            + clientPort
            + " --dport 53 --dst-nat 10.1.0.2:5353"
            + more);
  }

  private String listed(String... options) throws IOException {
    String[] command = new String[2 + options.length];
    command[0] = "conntrack";
    command[1] = "-L";
    System.arraycopy(options, 0, command, 2, options.length);
    return Tools.run(namespace, command);
  }

  @Test
  void aFlowSaysWhatConntrackSays() throws IOException {
    insertPublished(4000, "udp", " -m 7");

    Flow flow = conntrack.list().getFirst();

    assertThat(flow.original()).isEqualTo(FlowTuple.udp(CLIENT, 4000, HOST, 53));
    assertThat(flow.reply()).isEqualTo(FlowTuple.udp(CONTAINER, 5353, CLIENT, 4000));
    assertThat(flow.mark()).isEqualTo(7);
    assertThat(flow.zone()).isZero();
    assertThat(flow.isAnswered()).isFalse();
    assertThat(flow.isDestinationTranslated()).isTrue();
    assertThat(flow.isSourceTranslated()).isFalse();
    assertThat(flow.timeout()).isBetween(Duration.ofSeconds(500), Duration.ofSeconds(600));
    assertThat(flow.wasSentTo(UDP, HOST, 53)).isTrue();
    assertThat(flow.wasSentTo(UDP, InetAddress.ofLiteral("0.0.0.0"), 53)).isTrue();
    assertThat(flow.wasSentTo(UDP, InetAddress.ofLiteral("::"), 53)).isFalse();
    assertThat(flow.wasSentTo(UDP, HOST, 5353)).isFalse();
    assertThat(flow.wasSentTo(SCTP, HOST, 53)).isFalse();
    assertThat(flow.isAnsweredBy(CONTAINER)).isTrue();
    assertThat(flow.isAnsweredBy(HOST)).isFalse();
    assertThat(flow.original()).hasToString("udp 198.51.100.9:4000 to 192.0.2.1:53");
  }

  @Test
  void everyProtocolIsRead() throws IOException {
    insert("-p icmp -s 198.51.100.9 -d 192.0.2.1 --icmp-type 8 --icmp-code 0 --icmp-id 77");
    insert(
        "-p icmpv6 -s 2001:db8::9 -d 2001:db8::1 --icmpv6-type 128 --icmpv6-code 0 --icmpv6-id 7");
    insert("-p tcp -s 2001:db8::9 -d 2001:db8::1 --sport 65535 --dport 80 --state SYN_SENT");
    insertPublished(4000, "sctp", " --state CLOSED --orig-vtag 1 --reply-vtag 2");
    insert("-p 99 -s 198.51.100.9 -d 192.0.2.1");
    insert("-p udp -s 198.51.100.9 -d 192.0.2.1 --sport 1 --dport 53 -w 5");

    InetAddress client6 = InetAddress.ofLiteral("2001:db8::9");
    InetAddress host6 = InetAddress.ofLiteral("2001:db8::1");
    assertThat(conntrack.list())
        .extracting(Flow::original)
        .containsExactlyInAnyOrder(
            new FlowTuple(CLIENT, HOST, new Transport.Icmp(1, 77, 8, 0)),
            new FlowTuple(client6, host6, new Transport.Icmp(58, 7, 128, 0)),
            FlowTuple.tcp(client6, 65535, host6, 80),
            FlowTuple.sctp(CLIENT, 4000, HOST, 53),
            new FlowTuple(CLIENT, HOST, new Transport.Other(99)),
            FlowTuple.udp(CLIENT, 1, HOST, 53));
    assertThat(conntrack.list(AddressFamily.IPV6))
        .hasSize(2)
        .allMatch(flow -> flow.original().family() == AddressFamily.IPV6);
    assertThat(conntrack.list(AddressFamily.IPV4)).filteredOn(flow -> flow.zone() == 5).hasSize(1);

    // What was listed can be deleted, whatever the protocol, the family and the zone.
    for (Flow flow : conntrack.list()) {
      assertThat(conntrack.delete(flow)).as(flow.toString()).isTrue();
      assertThat(conntrack.delete(flow)).as(flow.toString()).isFalse();
    }
    assertThat(listed("-f", "ipv4")).doesNotContain("src=");
    assertThat(listed("-f", "ipv6")).doesNotContain("src=");
  }

  @Test
  void theFlowsOfTheNamespaceAreCounted() throws IOException {
    assertThat(conntrack.count()).isZero();

    insertPublished(4000, "udp", "");
    insert("-p tcp -s 2001:db8::9 -d 2001:db8::1 --sport 65535 --dport 80 --state SYN_SENT");

    assertThat(conntrack.count()).isEqualTo(2);
    assertThat(Tools.run(namespace, "conntrack", "-C").strip()).isEqualTo("2");
    try (NetworkNamespace other = NetworkNamespace.create();
        NetlinkSocket elsewhere = other.openSocket(NetlinkFamily.NETFILTER)) {
      assertThat(new Conntrack(elsewhere).count()).isZero();
    }
  }

  @Test
  void aFlowIsDeletedByEitherTupleAndNoOther() throws IOException {
    insertPublished(4000, "udp", "");
    insertPublished(4001, "udp", "");
    insertPublished(4002, "udp", "");

    assertThat(conntrack.deleteByOriginal(FlowTuple.udp(CLIENT, 4000, HOST, 53))).isTrue();
    assertThat(conntrack.deleteByReply(FlowTuple.udp(CONTAINER, 5353, CLIENT, 4001))).isTrue();
    assertThat(conntrack.deleteByOriginal(FlowTuple.udp(CLIENT, 4000, HOST, 53))).isFalse();
    assertThat(conntrack.deleteByReply(FlowTuple.udp(CONTAINER, 5353, CLIENT, 4001))).isFalse();

    assertThat(listed()).contains("sport=4002").doesNotContain("sport=4000", "sport=4001");
  }

  @Test
  void allFlowsOfAnAddressGoWhoeverBeganThem() throws IOException {
    insertPublished(4000, "udp", "");
    insert("-p udp -s 10.1.0.2 -d 198.51.100.9 --sport 4001 --dport 53");
    insert("-p udp -s 198.51.100.9 -d 10.1.0.3 --sport 4003 --dport 53");
    insert("-p udp -s 2001:db8::3 -d 2001:db8::1 --sport 4004 --dport 53");

    try {
      conntrack.deleteOf(List.of((Inet4Address) CONTAINER));
    } catch (NetlinkException e) {
      Assumptions.assumeFalse(e.is(Errno.EINVAL), "CTA_FILTER does not hold for deletions here");
      throw e;
    }

    assertThat(conntrack.list())
        .extracting(flow -> flow.original().toString())
        .hasSize(2)
        .anyMatch(it -> it.contains("4003"))
        .anyMatch(it -> it.contains("4004"));
  }

  @Test
  void aFlowOfAnotherNumberIsAnotherFlow() throws IOException {
    insertPublished(4000, "udp", "");
    Flow flow = conntrack.list().getFirst();
    Flow other =
        new Flow(
            flow.original(),
            flow.reply(),
            flow.zone(),
            flow.status(),
            flow.mark(),
            flow.id() + 1,
            flow.timeout());

    assertThat(conntrack.delete(other)).isFalse();
    assertThat(listed()).contains("sport=4000");
    assertThat(conntrack.delete(flow)).isTrue();
  }

  @Test
  void theFlowsOfAMappingGoAndAllOthersStay() throws IOException {
    // More than go into one send, so that there are several.
    for (int port = 4000; port < 4070; port++) {
      insertPublished(port, "udp", "");
    }
    insertPublished(4000, "sctp", " --state CLOSED --orig-vtag 1 --reply-vtag 2");
    insert("-p udp -s 198.51.100.9 -d 192.0.2.1 --sport 4000 --dport 54");
    insert("-p udp -s 198.51.100.9 -d 192.0.2.7 --sport 4000 --dport 53");

    int deleted =
        conntrack.delete(
            AddressFamily.IPV4,
            flow -> flow.wasSentTo(UDP, HOST, 53) && flow.isAnsweredBy(CONTAINER));

    assertThat(deleted).isEqualTo(70);
    assertThat(listed().lines().filter(line -> line.contains("src=")))
        .hasSize(3)
        .anyMatch(line -> line.startsWith("sctp"))
        .anyMatch(line -> line.contains("dport=54"))
        .anyMatch(line -> line.contains("dst=192.0.2.7"));
    assertThat(conntrack.delete(AddressFamily.IPV4, flow -> flow.wasSentTo(SCTP, HOST, 53)))
        .isOne();
  }

  @Test
  void realTrafficIsTrackedAndForgotten() throws Exception {
    Tools.run(namespace, "ip", "link", "set", "lo", "up");
    // Without a rule that looks at connections, the kernel tracks none in this namespace.
    Tools.run(
        namespace,
        "nft",
        "add table ip t; add chain ip t c { type filter hook output priority 0; }; add rule ip t c"
            + " ct state new counter");
    int port =
        namespace.call(() -> {
          try (DatagramSocket sender = new DatagramSocket()) {
            byte[] data = {1};
            InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
            sender.send(new DatagramPacket(data, 1, loopback, 9));
            return sender.getLocalPort();
          }
        });

    List<Flow> flows = conntrack.list();
    assertThat(flows)
        .anyMatch(flow ->
            flow.original().transport().equals(new Transport.Ports(UDP, port, 9))
                && flow.reply().transport().equals(new Transport.Ports(UDP, 9, port)));
    conntrack.delete(AddressFamily.IPV4, flow -> true);
    assertThat(listed()).doesNotContain("dport=9");
  }

  @Test
  void aKernelWithoutItIsNamed() {
    assertThatThrownBy(() -> new Conntrack(socket, 60).list())
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot list the tracked connections in " + namespace)
        .hasMessageContaining("nf_conntrack_netlink")
        .cause()
        .isInstanceOfSatisfying(
            NetlinkException.class, e -> assertThat(e.is(Errno.EINVAL)).isTrue());
  }

  @Test
  void nonsenseIsRefusedBeforeTheKernelIsAsked() {
    InetAddress six = InetAddress.ofLiteral("2001:db8::1");
    assertThatThrownBy(() -> FlowTuple.udp(HOST, 1, six, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("192.0.2.1");
    assertThatThrownBy(() -> FlowTuple.udp(HOST, 65536, HOST, 2))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Transport.Icmp(17, 1, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Conntrack(namespace.route()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ROUTE");
  }
}
