package dev.cnm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks of running containers, changed from other shells. */
final class ConnectTest {

  @TempDir private Path root;

  @Test
  void connectsAndDisconnectsWhileTheCommandRuns() throws IOException {
    assertThat(
            new TestHost(root)
                .script(
                    """
                    cnm network create --subnet 10.50.0.0/24 web >/dev/null
                    cnm run -d --name a -- sleep 300 >/dev/null
                    cnm network connect --ip 10.50.0.9 --mac-address 02:00:00:00:00:09 \
                        --link-local-ip 169.254.7.7 --gw-priority 5 \
                        --driver-opt com.docker.network.endpoint.ifname=uplink web a
                    echo connected $?
                    cnm exec a -- sh -c 'ip -br -4 addr; ip -br link; ip route; cat /etc/hosts'
                    cnm network disconnect web a
                    echo disconnected $?
                    cnm exec a -- sh -c 'ip -br -4 addr; ip route; cat /etc/hosts'
                    ip -br link | grep -c veth
                    cnm rm -f a
                    """))
        .containsSubsequence(
            "connected 0",
            "eth0",
            "10.192.0.2/24",
            "uplink",
            "10.50.0.9/24 169.254.7.7/16",
            "02:00:00:00:00:09",
            "default via 10.50.0.1 dev uplink",
            "10.192.0.2\t",
            "10.50.0.9\t",
            "disconnected 0",
            "default via 10.192.0.1 dev eth0",
            "\n1\na\n")
        .satisfies(text ->
            assertThat(text.substring(text.indexOf("disconnected")))
                .doesNotContain("uplink", "10.50.0.9"));
  }

  @Test
  void whoSharesTheStackSeesIt() throws IOException {
    assertThat(
            new TestHost(root)
                .script(
                    """
                    cnm run -d --name a --net none -- sleep 300 >/dev/null
                    cnm run -d --name b --net container:a -- sleep 300 >/dev/null
                    cnm network disconnect none a
                    cnm network connect bridge a
                    cnm exec b -- ip -br -4 addr
                    cnm rm -f a
                    cnm exec b -- ip -br -4 addr
                    cnm rm -f b
                    ip -br link | grep -c veth
                    """))
        .containsSubsequence("eth0", "10.192.0.2/24", "a\n", "eth0", "10.192.0.2/24", "b\n0\n");
  }

  @Test
  void aKilledOwnerLeavesForceOnly() throws IOException {
    assertThat(
            new TestHost(root)
                .script(
                    """
                    cnm network create --subnet 10.50.0.0/24 web >/dev/null
                    cnm run --name a --net bridge -- sleep 300 </dev/null >/dev/null 2>&1 &
                    until_ok cnm exec a -- true
                    kill -9 $!
                    wait
                    cnm network connect web a; echo $?
                    cnm network disconnect bridge a; echo $?
                    cnm network disconnect -f bridge a; echo $?
                    cnm exec a -- ip -br -4 addr
                    cnm rm -f a
                    cnm ps -q
                    ip -br link | grep -c veth
                    """))
        .contains("cnm network disconnect --force", "\n1\n", "127.0.0.1/8")
        .doesNotContain("10.192.0.2")
        .endsWith("a\n0\n");
  }

  /** What stands before the colon is refused for what stands behind it. */
  private static final String REFUSED =
      """
      connect nosuch a: network nosuch not found
      connect web nosuch: No such container: nosuch
      connect web: Missing required parameter
      connect bridge a: endpoint with name a already exists in network bridge
      connect host a: cannot be disconnected from host network or connected to host
      connect none a: with one of the networks in private (none) mode
      connect web h: container sharing network namespace with another container or host
      connect web n: with one of the networks in private (none) mode
      connect --ip 10.51.0.1 web a: 10.51.0.1
      connect --ip 10.50.0.1 web a: 10.50.0.1
      connect --ip bogus web a: invalid IPv4 address
      connect --ip6 10.1.1.1 web a: invalid IPv6 address
      connect --mac-address 01-00 web a: 01-00
      connect --link-local-ip 10.1.1.1 web a: invalid link-local IP address
      connect --gw-priority x web a: invalid gw-priority
      connect --alias a..b web a: a..b
      connect --alias b bridge n: private (none)
      connect --driver-opt x web a: no KEY=VALUE
      connect --driver-opt com.docker.network.endpoint.ifname=eth0 web a: eth0
      disconnect web a: container a is not connected to network web
      disconnect nosuch a: network nosuch not found
      disconnect web nosuch: No such container
      disconnect -f web nosuch: No such container
      disconnect host h: cannot be disconnected from host network
      """;

  @Test
  void badInputIsOneLineAndChangesNothing() throws IOException {
    StringBuilder script =
        new StringBuilder(
            """
            cnm network create --subnet 10.50.0.0/24 web >/dev/null
            cnm run -d --name a -- sleep 300 >/dev/null
            cnm run -d --name h --net host -- sleep 300 >/dev/null
            cnm run -d --name n --net none -- sleep 300 >/dev/null
            """);
    REFUSED
        .lines()
        .forEach(line ->
            script
                .append("cnm network ")
                .append(line.substring(0, line.indexOf(':')))
                .append("; [ $? = 1 ] || echo another exit code\n"));
    script.append(
        """
        cnm exec a -- ip -br -4 addr | wc -l
        cnm exec n -- ip -br -4 addr | wc -l
        ip -br link | grep -c veth
        cnm rm -f a h n >/dev/null
        """);
    List<String> said = new TestHost(root).script(script.toString()).lines().toList();

    List<String> refused = REFUSED.lines().toList();
    assertThat(said).hasSize(refused.size() + 3);
    for (int i = 0; i < refused.size(); i++) {
      String line = refused.get(i);
      assertThat(said.get(i))
          .as(line)
          .startsWith("cnm: ")
          .contains(line.substring(line.indexOf(':') + 2));
    }
    assertThat(said.subList(refused.size(), said.size())).containsExactly("2", "1", "1");
  }
}
