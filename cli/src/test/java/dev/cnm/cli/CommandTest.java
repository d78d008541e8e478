package dev.cnm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command as a person runs it, in hosts that the test makes with {@code unshare}. */
final class CommandTest {

  @TempDir private Path root;

  private String onHost(String script) throws IOException {
    return new TestHost(root).script(script);
  }

  @Test
  void noneHasTheLoopbackLinkOnly() throws IOException {
    assertThat(onHost("cnm run --net none -- ip addr; cnm run --net none -- ls /sys/class/net"))
        .contains("lo: <LOOPBACK,UP,LOWER_UP>", "inet 127.0.0.1/8 scope host lo")
        .doesNotContain("inet6", "eth0")
        .endsWith("lo\n");
  }

  @Test
  void bridgeHasAnAddressAndReachesTheHost() throws IOException {
    assertThat(onHost("cnm run -- sh -c 'ip addr show eth0; ip route; ping -c1 -w5 10.192.0.1'"))
        .contains("inet 10.192.0.2/24 brd 10.192.0.255 scope global eth0")
        .contains("default via 10.192.0.1 dev eth0")
        .contains(" 1 received");
  }

  @Test
  void hostIsTheHost() throws IOException {
    String output =
        onHost("readlink /proc/self/ns/net; cnm run --net host -- readlink /proc/self/ns/net");

    assertThat(output.lines().distinct()).hasSize(1);
  }

  @Test
  void containerSharesAndOutlivesTheOtherOne() throws IOException {
    assertThat(
            onHost(
                """
                cnm run --name a -- sleep 3 &
                sleep 2
                cnm run --net container:a -- sh -c 'ip -4 -br addr; sleep 3; ip -4 -br addr'
                wait
                """))
        .containsSubsequence("eth0", "10.192.0.2/24", "eth0", "10.192.0.2/24");
  }

  @Test
  void whatHasEndedLeavesNothing() throws IOException {
    assertThat(onHost("cnm run -- true; cnm ps -q; ip -o link | grep -c veth; nft list tables"))
        .isEqualTo("0\ntable bridge cnm\ntable inet cnm\n");
    try (Stream<Path> pins = Files.list(root.resolve("netns"))) {
      assertThat(pins).isEmpty();
    }
  }

  @Test
  void whatTheCommandLeavesRunningEndsWithIt() throws IOException {
    assertThat(
            onHost(
                "cnm run --net none -- sh -c 'sleep 54321 > /dev/null 2>&1 &'; pgrep -f '^sleep"
                    + " 54321' | wc -l"))
        .isEqualTo("0\n");
  }

  @Test
  void theExitCodeIsTheCommands() throws IOException {
    assertThat(
            onHost(
                """
                cnm run --net none -- sh -c 'exit 7'; echo $?
                cnm run --net none -- sh -c 'kill -9 $$'; echo $?
                cnm run --net none -- nosuchcommand; echo $?
                cnm run --net none -- /etc; echo $?
                """))
        .contains("7\n137\n", "cnm: nosuchcommand: command not found\n127\n")
        .endsWith("cnm: /etc: cannot be executed\n126\n");
  }

  @Test
  void theHostNameAndTheHostsFileAreItsOwn() throws IOException {
    assertThat(onHost("cnm run --hostname web1 -- sh -c 'hostname; tail -n1 /etc/hosts'; hostname"))
        .startsWith("web1\n10.192.0.2\tweb1\n")
        .doesNotEndWith("web1\n");
  }

  @Test
  void networksAreMadeListedAndRemoved() throws IOException {
    assertThat(
            onHost(
                """
                cnm network create --subnet 10.50.0.0/24 --gateway 10.50.0.254 web
                cnm run --net web --ip 10.50.0.9 -- sh -c 'ip -4 -br addr; ip route'
                cnm network ls
                cnm network rm web
                cnm network rm bridge
                """))
        .contains("10.50.0.9/24", "default via 10.50.0.254 dev eth0", " web  ")
        .endsWith("cnm: bridge is a pre-defined network and cannot be removed\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "run --net nosuch -- true | 125 | network nosuch not found",
        "run --net container:nosuch -- true | 125 | No such container: nosuch",
        "run --ip 10.1.1.1 --net none -- true | 125 | user defined networks only: 10.1.1.1",
        "run --ip bogus -- true | 125 | invalid IPv4 address: bogus",
        "run --mac-address 1:2:3 -- true | 125 | invalid MAC address: 1:2:3",
        "run --mac-address 02:42:aa:bb:cc:dd --net host -- true | 125 | mac-address and the",
        "run --net none --net bridge -- true | 125 | multiple networks",
        "run --bogus -- true | 125 | Unknown option"
      })
  void badInputIsOneLineAndChangesNothing(String arguments, int code, String text)
      throws IOException {
    String output = onHost("cnm " + arguments + "; echo $?; ip -o link | wc -l; nft list tables");

    assertThat(output.lines()).hasSize(3);
    assertThat(output).startsWith("cnm: ").contains(text).endsWith("\n" + code + "\n1\n");
  }
}
