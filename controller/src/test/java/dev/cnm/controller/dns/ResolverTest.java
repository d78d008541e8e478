package dev.cnm.controller.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.DnsOptions;
import dev.cnm.IpPrefix;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The resolver, asked with {@code dig} inside the sandbox. */
final class ResolverTest {

  private static final String NXDOMAIN = "status: NXDOMAIN";
  private static final String SERVFAIL = "status: SERVFAIL";

  @TempDir private Path folder;
  private Namespaces namespaces;
  private HostServers servers;
  private Resolver resolver;
  private volatile Directory directory = new Directory(List.of(web().build()), true);

  private static NetworkNames.Builder web() {
    return NetworkNames.of("web")
        .endpoint(List.of("c1", "both", "Shop", "c1host"), addresses("10.0.0.2", "fd00::2"))
        .endpoint(List.of("c2.x", "both"), addresses("10.0.0.3"));
  }

  private static List<InetAddress> addresses(String... texts) {
    return Stream.of(texts).map(IpPrefix::parseAddress).toList();
  }

  @BeforeEach
  void start() throws IOException {
    namespaces = new Namespaces();
    servers = new HostServers(folder.resolve("resolv.conf"), namespaces.host);
    startResolver(DnsOptions.defaults());
  }

  private void startResolver(DnsOptions options) throws IOException {
    resolver = Resolver.start(namespaces.sandbox, () -> directory, options, servers);
    resolver.awaitStart();
  }

  @AfterEach
  void stop() throws IOException {
    resolver.close();
    servers.close();
    namespaces.close();
  }

  private void hostAsks(String... addresses) throws IOException {
    StringBuilder text = new StringBuilder();
    for (String address : addresses) {
      text.append("nameserver ").append(address).append('\n');
    }
    Files.writeString(folder.resolve("resolv.conf"), text.toString());
  }

  @Test
  void namesAreFoundInAnyCaseAndAnsweredInTheAskersOwn() throws IOException {
    for (String name : List.of("c1", "C1", "c1.web", "C1.Web", "shop", "SHOP.wEb", "c1host")) {
      assertThat(namespaces.dig(name))
          .contains("status: NOERROR", "flags: qr rd ra;", "ANSWER: 1")
          .containsPattern("(?m)^" + name + "\\.\\s+0\\s+IN\\s+A\\s+10\\.0\\.0\\.2$");
    }
    assertThat(namespaces.dig("c2.x")).contains("10.0.0.3");
    assertThat(namespaces.dig("c2.x.web")).contains("10.0.0.3");
  }

  @Test
  void aKnownNameIsNeverAskedForElsewhere() throws IOException {
    hostAsks("10.0.0.1");
    namespaces.dnsmasq(namespaces.host, folder, "10.0.0.1", "--address=/#/192.0.2.9");

    assertThat(namespaces.dig("c1", "AAAA")).contains("NOERROR", "fd00::2");
    for (String type : List.of("AAAA", "TXT", "MX", "SRV", "HTTPS")) {
      assertThat(namespaces.dig("c2.x", type)).contains("status: NOERROR", "ANSWER: 0");
    }
    assertThat(namespaces.dig("c1", "ANY")).contains("10.0.0.2", "fd00::2");
    assertThat(namespaces.dig("c3")).contains("192.0.2.9");
    assertThat(namespaces.dig("c1", "CH")).contains("status: REFUSED");
  }

  @Test
  void addressesLeadToTheFirstName() throws IOException {
    assertThat(namespaces.dig("-x", "10.0.0.2")).containsPattern("PTR\\s+c1\\.web\\.");
    assertThat(namespaces.dig("-x", "fd00::2")).containsPattern("PTR\\s+c1\\.web\\.");
    assertThat(namespaces.dig("-x", "10.0.0.3")).containsPattern("PTR\\s+c2\\.x\\.web\\.");
    assertThat(namespaces.dig("-x", "10.0.0.77")).contains(SERVFAIL);
  }

  @Test
  void severalAddressesTakeTurns() throws IOException {
    Set<String> firsts = new TreeSet<>();
    for (int i = 0; i < 4; i++) {
      List<String> answer = namespaces.dig("both", "+short").lines().toList();
      assertThat(answer).hasSize(2);
      firsts.add(answer.getFirst());
    }
    assertThat(firsts).containsExactly("10.0.0.2", "10.0.0.3");
  }

  @Test
  void twoNetworksGiveBothAddresses() throws IOException {
    NetworkNames db = NetworkNames.of("db").endpoint(List.of("c1"), addresses("10.9.0.2")).build();
    directory = new Directory(List.of(web().build(), db), true);

    assertThat(namespaces.dig("c1", "+short")).contains("10.0.0.2\n", "10.9.0.2\n");
    assertThat(namespaces.dig("c1.db", "+short")).isEqualTo("10.9.0.2\n");
  }

  @Test
  void changesAreSeenAtOnce() throws IOException {
    assertThat(namespaces.dig("late")).contains(SERVFAIL);
    directory =
        new Directory(
            List.of(web().endpoint(List.of("late"), addresses("10.0.0.9")).build()), true);
    assertThat(namespaces.dig("late", "+short")).isEqualTo("10.0.0.9\n");
  }

  @Test
  void answersFitTheAsker() throws IOException {
    NetworkNames.Builder many = NetworkNames.of("web");
    for (int i = 1; i <= 60; i++) {
      many.endpoint(List.of("many"), addresses("10.1.0." + i));
    }
    directory = new Directory(List.of(many.build()), true);

    assertThat(namespaces.dig("many", "+noedns", "+ignore")).contains("flags: qr tc", "ANSWER: 30");
    assertThat(namespaces.dig("many", "+bufsize=700", "+ignore"))
        .contains("flags: qr tc", "udp: 4096");
    assertThat(namespaces.dig("many", "+bufsize=4096", "+ignore"))
        .contains("flags: qr rd ra;", "ANSWER: 60");
    assertThat(namespaces.dig("many", "+noedns")).contains("retrying in TCP", "ANSWER: 60");
    assertThat(namespaces.dig("many", "+tcp")).contains("ANSWER: 60");
    assertThat(namespaces.dig("many", "+edns=1", "+noednsneg")).contains("status: BADVERS");
  }

  @Test
  void theSandboxMayUsePort53OnAllAddresses() throws IOException {
    namespaces.dnsmasq(
        namespaces.sandbox, folder, "0.0.0.0", "--except-interface=none", "--address=/#/192.0.2.7");
    assertThat(Namespaces.run(namespaces.sandbox, "dig", "@10.0.0.2", "+short", "c1"))
        .isEqualTo("192.0.2.7\n");
    assertThat(namespaces.dig("c1", "+short")).isEqualTo("10.0.0.2\n");
    assertThat(namespaces.dig("c1", "+short", "+tcp")).isEqualTo("10.0.0.2\n");
  }

  @Test
  void othersAreAskedFromTheHost() throws IOException {
    hostAsks("127.0.0.53");
    namespaces.dnsmasq(
        namespaces.host,
        folder,
        "127.0.0.53",
        "--host-record=ext.test,203.0.113.7,2001:db8::7",
        "--local=/test/",
        "--local=/arpa/");

    assertThat(namespaces.dig("EXT.test")).contains("EXT.test.", "203.0.113.7", "NOERROR");
    assertThat(namespaces.dig("ext.test", "AAAA")).contains("2001:db8::7");
    assertThat(namespaces.dig("ext.test", "+tcp")).contains("203.0.113.7");
    assertThat(namespaces.dig("nosuch.test")).contains(NXDOMAIN);
    assertThat(namespaces.dig("-x", "10.0.0.77")).contains(NXDOMAIN);
  }

  @Test
  void ownServersAreAskedFromInside() throws IOException {
    resolver.close();
    startResolver(DnsOptions.builder().server(IpPrefix.parseAddress("127.0.0.1")).build());
    hostAsks("10.0.0.1");
    namespaces.dnsmasq(namespaces.sandbox, folder, "127.0.0.1", "--address=/#/192.0.2.5");
    directory = new Directory(directory.networks(), false);

    assertThat(namespaces.dig("ext.test", "+short")).isEqualTo("192.0.2.5\n");
    assertThat(namespaces.dig("c1", "+short")).isEqualTo("10.0.0.2\n");
  }

  @Test
  void withoutAWayOutTheHostIsNotAsked() throws IOException {
    hostAsks("10.0.0.1");
    namespaces.dnsmasq(namespaces.host, folder, "10.0.0.1", "--address=/#/192.0.2.5");
    directory = new Directory(directory.networks(), false);

    assertThat(namespaces.dig("ext.test")).contains(SERVFAIL);
    directory = new Directory(directory.networks(), true);
    assertThat(namespaces.dig("ext.test", "+short")).isEqualTo("192.0.2.5\n");
  }

  @Test
  void whatDoesNotFitIsAskedForByTcp() throws IOException {
    hostAsks("10.0.0.1");
    String records =
        String.join(",", IntStream.rangeClosed(1, 60).mapToObj(i -> "203.0.113." + i).toList());
    String[] options =
        Stream.of(records.split(","))
            .map(it -> "--host-record=big.test," + it)
            .toArray(String[]::new);
    namespaces.dnsmasq(namespaces.host, folder, "10.0.0.1", options);

    // dnsmasq itself stops at 1232 octets by UDP; whatever it says, all is there by TCP.
    assertThat(namespaces.dig("big.test", "+noedns", "+ignore")).contains("flags: qr aa tc");
    assertThat(namespaces.dig("big.test", "+noedns")).contains("retrying in TCP", "ANSWER: 60");
    assertThat(namespaces.dig("big.test", "+bufsize=4096", "+ignore")).contains("ANSWER: 60");
    assertThat(namespaces.dig("big.test", "+tcp")).contains("ANSWER: 60");
  }

  @Test
  void theNextServerIsAskedWhenOneIsSilentRefusesOrFails() throws IOException {
    // Nobody has 10.0.0.66; at 10.0.0.1 one refuses all that it doesn't know.
    Namespaces.run(namespaces.host, "ip", "addr", "add", "10.0.0.10/24", "dev", "outside0");
    namespaces.dnsmasq(namespaces.host, folder, "10.0.0.1");
    namespaces.dnsmasq(namespaces.host, folder, "10.0.0.10", "--address=/#/192.0.2.8");

    assertThat(Namespaces.run(namespaces.host, "dig", "@10.0.0.1", "ext.test"))
        .contains("status: REFUSED");
    hostAsks("10.0.0.1", "10.0.0.10");
    assertThat(namespaces.dig("ext.test", "+short")).isEqualTo("192.0.2.8\n");
    hostAsks("10.0.0.66", "10.0.0.10");
    assertThat(namespaces.dig("ext.test", "+short")).isEqualTo("192.0.2.8\n");
    hostAsks("10.0.0.1");
    assertThat(namespaces.dig("ext.test")).contains(SERVFAIL);
  }

  @Test
  void aNameOfOneLabelStaysWhereNdotsSaysSo() throws IOException {
    resolver.close();
    startResolver(DnsOptions.builder().option("ndots:1").build());
    hostAsks("10.0.0.1");
    namespaces.dnsmasq(namespaces.host, folder, "10.0.0.1", "--address=/#/192.0.2.5");

    assertThat(namespaces.dig("ext")).contains("NOERROR", "ANSWER: 0");
    assertThat(namespaces.dig("ext.test")).contains("192.0.2.5");
  }

  @Test
  void anotherResolverTakesTheFirstOnesPlace() throws IOException {
    resolver.close();
    startResolver(DnsOptions.defaults());

    assertThat(namespaces.dig("c1", "+short")).isEqualTo("10.0.0.2\n");
    assertThat(Namespaces.run(namespaces.sandbox, "nft", "list", "ruleset"))
        .containsPattern("ip daddr 127\\.0\\.0\\.11 udp dport 53 dnat to 127\\.0\\.0\\.11:\\d+")
        .containsPattern("ip daddr 127\\.0\\.0\\.11 tcp dport 53 dnat to 127\\.0\\.0\\.11:\\d+")
        .containsOnlyOnce("udp");
  }

  @Test
  void whatLeadsToItIsPutBack() throws IOException {
    assertThat(resolver.restore()).isFalse();
    for (String change :
        List.of(
            "flush ruleset",
            "flush chain ip cnm-dns output",
            "delete table ip cnm-dns",
            "delete chain ip cnm-dns output",
            "add chain ip cnm-dns output { policy drop; }")) {
      Namespaces.run(namespaces.sandbox, "nft", change);
      assertThat(Resolver.isRedirected(namespaces.sandbox)).as(change).isFalse();
      assertThat(resolver.restore()).as(change).isTrue();
      assertThat(Resolver.isRedirected(namespaces.sandbox)).as(change).isTrue();
      assertThat(namespaces.dig("c1", "+short")).isEqualTo("10.0.0.2\n");
      assertThat(namespaces.dig("c1", "+short", "+tcp")).isEqualTo("10.0.0.2\n");
      assertThat(resolver.restore()).as(change).isFalse();
    }
    // What is somebody else's is nothing to us.
    Namespaces.run(namespaces.sandbox, "nft", "add table ip mine");
    assertThat(resolver.restore()).isFalse();
    assertThat(Namespaces.run(namespaces.sandbox, "nft", "list", "tables")).contains("ip mine");
  }

  @Test
  void answersAreWellFormedWhateverThingsAreCalled() throws IOException {
    String label = "l".repeat(63);
    NetworkNames longName = network("n".repeat(64), "c1", "10.1.0.1");
    NetworkNames dotted = network("a..b", "c1", "10.1.0.2");
    NetworkNames ending = network("end.", "c1", "10.1.0.3");
    NetworkNames odd = network("my_net-", "c_1.x", "10.1.0.4");
    NetworkNames umlaut = network("m\u00fcll", "c1", "10.1.0.5");
    NetworkNames tooLong =
        network("x".repeat(60), (label + ".").repeat(3) + "a".repeat(10), "10.1.0.6");
    NetworkNames justFits =
        network("x".repeat(60), (label + ".").repeat(2) + "b".repeat(63), "10.1.0.7");
    NetworkNames nameless = network("web", "e".repeat(64), "10.1.0.8");
    directory =
        new Directory(
            List.of(longName, dotted, ending, odd, umlaut, tooLong, justFits, nameless), true);

    assertPointer("10.1.0.1", "c1.");
    assertPointer("10.1.0.2", "c1.");
    assertPointer("10.1.0.3", "c1.");
    assertPointer("10.1.0.4", "c_1.x.my_net-.");
    assertPointer("10.1.0.5", "c1.");
    assertPointer("10.1.0.6", (label + ".").repeat(3) + "a".repeat(10) + ".");
    assertPointer(
        "10.1.0.7", (label + ".").repeat(2) + "b".repeat(63) + "." + "x".repeat(60) + ".");
    assertThat(namespaces.dig("-x", "10.1.0.8")).contains(SERVFAIL);
    assertThat(namespaces.dig("c1", "+short").lines()).hasSize(4);
    assertThat(namespaces.dig("C_1.X.My_Net-", "+short")).isEqualTo("10.1.0.4\n");
  }

  private static NetworkNames network(String network, String name, String address) {
    return NetworkNames.of(network).endpoint(List.of(name), addresses(address)).build();
  }

  private void assertPointer(String address, String name) throws IOException {
    for (String how : List.of("+noedns", "+bufsize=4096", "+tcp")) {
      assertThat(namespaces.dig("-x", address, how))
          .contains("status: NOERROR", "ANSWER: 1")
          .containsPattern("PTR\\s+\\Q" + name + "\\E\n")
          .doesNotContain("malformed", "WARNING", "Warning");
    }
  }

  @Test
  void namesThatDifferInCaseAreOneName() throws IOException {
    directory =
        new Directory(
            List.of(
                NetworkNames.of("web")
                    .endpoint(List.of("dup", "one"), addresses("10.1.0.1"))
                    .endpoint(List.of("DUP", "Two", "TWO"), addresses("10.1.0.2", "fd00::2"))
                    .build(),
                NetworkNames.of("WEB").endpoint(List.of("Dup"), addresses("10.2.0.1")).build()),
            true);
    for (String name : List.of("dup", "DUP", "dUp.Web")) {
      assertThat(namespaces.dig(name, "+short").lines())
          .containsExactlyInAnyOrder("10.1.0.1", "10.1.0.2", "10.2.0.1");
    }
    assertThat(namespaces.dig("dup", "AAAA", "+short")).isEqualTo("fd00::2\n");
    assertThat(namespaces.dig("two", "+short")).isEqualTo("10.1.0.2\n");
    assertThat(namespaces.dig("-x", "10.1.0.1", "+short")).isEqualTo("dup.web.\n");
    assertThat(namespaces.dig("-x", "10.1.0.2", "+short")).isEqualTo("DUP.web.\n");
    assertThat(namespaces.dig("-x", "10.2.0.1", "+short")).isEqualTo("Dup.WEB.\n");
  }

  @Test
  void nothingEndsIt() throws IOException {
    resolver.close();
    AtomicInteger calls = new AtomicInteger();
    resolver =
        Resolver.start(
            namespaces.sandbox,
            () ->
                switch (calls.getAndIncrement()) {
                  case 0, 3 -> throw new IllegalStateException("for a test");
                  case 1, 4 -> throw new StackOverflowError("for a test");
                  default -> directory;
                },
            DnsOptions.defaults(),
            servers);
    resolver.awaitStart();
    String[] ask = {"dig", "@127.0.0.11", "+tries=1", "+time=1", "+short", "c1"};
    for (int i = 0; i < 6; i++) {
      Process process = Namespaces.in(namespaces.sandbox, ask).start();
      String answer =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      if (i % 3 == 2) {
        assertThat(answer).isEqualTo("10.0.0.2\n");
      }
    }
  }
}
