package dev.cnm.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command needs, and what it lets a container reach. */
final class PrivilegeTest {

  private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();

  private @TempDir Path root;

  private String onHost(String script) throws Exception {
    Assumptions.assumeTrue(
        Files.exists(REPOSITORY.resolve("cli/target/dist/complete")),
        "the distribution is built by mvn verify, not by mvn test");
    return Program.onHost(
        script,
        Map.of("CNM", REPOSITORY.resolve("cnm").toString(), "CNM_ROOT", root.toString()),
        List.of());
  }

  @Test
  void twoCapabilitiesAreEnough() throws Exception {
    String output =
        onHost(
            """
            cnm() {
              setpriv --bounding-set -all,+net_admin,+sys_admin --inh-caps -all "$CNM" "$@"
            }
            cnm network create --ipv6 web >/dev/null
            cnm run --net web -p 8080:80 -- sh -c '
              ip -4 -o addr show eth0
              grep CapEff /proc/self/status'
            cnm network rm web
            ip -o link
            """);
    assertThat(output).contains(" inet 10.192.0.2/24 ");
    // CAP_NET_ADMIN is the 12th, CAP_SYS_ADMIN the 21st (linux/capability.h): no others are left.
    assertThat(output).containsPattern("CapEff:\\t0000000000[02]0[01]000\\n");
    assertThat(output).doesNotContain("cnm: ", "veth");
  }

  @Test
  void aLimitOfOpenFilesIsNamedWithThePortAndNothingIsLeft() throws Exception {
    String output =
        onHost(
            """
            (ulimit -n 90; "$CNM" run -p 8000-8199:8000-8199 -- true || echo code $?) 2>&1
            ls "$CNM_ROOT/netns" "$CNM_ROOT/containers"; ip -o link; nft list ruleset
            (ulimit -Sn 90; "$CNM" run -p 8000-8199:8000-8199 -- sh -c 'ulimit -Sn')
            """);
    assertThat(output)
        .startsWith("cnm: failed to bind host port ")
        .containsPattern("/tcp: cannot .*EMFILE.*ulimit -n.*\\ncode 125\\n")
        .doesNotContain("veth", ". 80", "Exception")
        .endsWith("\n90\n");
  }

  @Test
  void noDescriptorAndNoServiceOfTheHostsLoopbackReachesAContainer() throws Exception {
    String output =
        onHost(
            """
            ip link set lo up
            socat TCP-LISTEN:18080,bind=127.0.0.1,fork,reuseaddr SYSTEM:'echo REACHED' &
            first=$!
            socat TCP6-LISTEN:18080,bind=[::1],ipv6only=1,fork,reuseaddr SYSTEM:'echo REACHED' &
            second=$!
            trap 'kill $first $second' EXIT
            until socat -u TCP:127.0.0.1:18080 - | grep -q REACHED; do sleep 0.1; done
            until socat -u TCP:[::1]:18080 - | grep -q REACHED; do sleep 0.1; done
            "$CNM" network create --ipv6 web >/dev/null
            "$CNM" run --net web -p 8080:80 -- sh -c '
              gateway4=$(ip route show default | cut -d" " -f3)
              gateway6=$(ip -6 route show default | cut -d" " -f3)
              for to in 127.0.0.1 "[::1]" $gateway4 "[$gateway6]"; do
                socat -u -T2 "TCP:$to:18080,connect-timeout=1" - 2>/dev/null || true
              done
              for fd in /proc/self/fd/*; do readlink $fd || true; done' </dev/null
            "$CNM" network rm web
            """);
    assertThat(output).doesNotContain("REACHED", "socket:", "net:[", "state.db", "anon_inode:");
  }
}
