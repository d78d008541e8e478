package dev.cnm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How the command under {@code cnm run} lives and ends, and what is left of it. */
final class ProcessTest {

  @TempDir private Path root;

  private String onHost(String script) throws IOException {
    return new TestHost(root).script("cd " + root + "\n" + script);
  }

  private void assertNothingLeft() throws IOException {
    for (String folder : List.of("netns", "containers", "control")) {
      try (Stream<Path> left = Files.list(root.resolve(folder))) {
        assertThat(left).as(folder).isEmpty();
      }
    }
  }

  @Test
  void itsStreamsAreThoseOfTheCaller() throws IOException {
    assertThat(
            onHost(
                """
                head -c 300000 /dev/urandom > in
                cnm run --net none -- sh -c 'cat; echo to err >&2' < in > out 2> err
                cmp in out && cat err
                cnm run --net none -- yes | head -n1
                cnm run --net none -- pwd
                cnm run --net none -- grep SigBlk /proc/self/status
                """))
        .isEqualTo("to err\ny\n" + root + "\nSigBlk:\t0000000000000000\n");
  }

  @Test
  void aTerminationReachesItAndItsOwnExitCodeIsReturned() throws IOException {
    assertThat(
            onHost(
                """
                cnm run --net none -- sh -c \
                    'trap "echo terminated; exit 5" TERM; touch up; while :; do sleep 0.1; done' &
                until_ok test -e up
                kill -TERM $!
                wait $!; echo $?
                cnm run --net none -- sh -c 'touch up2; exec sleep 300' &
                until_ok test -e up2
                kill -TERM $!
                wait $!; echo $?
                """))
        .isEqualTo("terminated\n5\n143\n");
    assertNothingLeft();
  }

  @ParameterizedTest
  @CsvSource({"TERM, 143", "INT, 130", "HUP, 129"})
  void aSignalBeforeItRunsEndsAllThatWasBegun(String signal, int code) throws IOException {
    assertThat(
            onHost(
                """
                cnm run --net none -- true
                for pause in 0.4 0.6 0.8 1.0 1.2 1.4 1.6; do
                  env --default-signal=INT cnm run -p 8080:80 -- sleep 60 & sleep $pause
                  kill -SIGNAL $!; kill -SIGNAL $! 2>/dev/null; wait $!; echo $?
                done | sort -u
                cnm ps -q | wc -l; ip -br link | grep -c veth; nft list ruleset | grep -c 8080
                """
                    .replace("SIGNAL", signal)))
        .isEqualTo(code + "\n0\n0\n0\n");
    assertNothingLeft();
  }

  @ParameterizedTest
  @CsvSource({"'', TERM, 143", "'', INT, 130", "-d, TERM, 143"})
  void aSignalEndsItWhileItWaitsForTheStore(String option, String signal, int code)
      throws Exception {
    // What it leaves is on no host, so that the next one may go on with it.
    onHost("cnm network create web; cnm network rm web");
    try (Connection store = DriverManager.getConnection("jdbc:sqlite:" + root.resolve("state.db"));
        Statement statement = store.createStatement()) {
      statement.execute("begin immediate");
      assertThat(
              onHost(
                  """
                  env --default-signal=INT cnm run OPTION --net none -- sleep 60 & sleep 2
                  kill -SIGNAL $!; timeout 15 tail --pid=$! -f /dev/null; echo $?; wait $!; echo $?
                  """
                      .replace("OPTION", option)
                      .replace("SIGNAL", signal)))
          .isEqualTo("0\n" + code + "\n");
    }
    assertThat(onHost("cnm ps -q; find . -mindepth 2")).isEmpty();
  }

  @Test
  void theTerminalIsItsOwnAndInterruptsIt() throws IOException {
    assertThat(
            onHost(
                """
                cat > run.sh <<'END'
                trap : INT
                cnm run --net none -- sh -c 'test -t 0 && test -t 1 && echo at a terminal
                  trap "echo interrupted; exit 9" INT; touch up; while :; do sleep 0.1; done'
                echo code $?; touch over
                END
                { until_ok test -e up; printf '\\003'; until_ok test -e over; } |
                  timeout 60 env --default-signal=INT script -qec 'sh run.sh' /dev/null | tr -d '\\r'
                """))
        .contains("at a terminal\n", "interrupted\ncode 9\n")
        .containsOnlyOnce("interrupted");
    assertNothingLeft();
  }

  @Test
  void whatAKilledOwnerLeftIsRemovedByTheNextCommand() throws IOException {
    assertThat(
            onHost(
                """
                cnm run --name a -- sh -c 'echo $$ > pid; exec sleep 300' &
                until_ok cnm exec a -- true
                kill -9 $!
                wait $! 2>/dev/null
                cnm ps -q | wc -l
                kill -9 $(cat pid)
                until_ok sh -c '! kill -0 $(cat pid)'
                cnm ps -q
                ip -br link | grep -c veth
                cnm run --name a -- ip -4 -br addr show eth0
                """))
        .startsWith("1\n0\neth0")
        .contains("10.192.0.2/24");
    assertNothingLeft();
  }

  @Test
  void manyAtOnceAllWorkAndLeaveNothing() throws IOException {
    assertThat(
            onHost(
                    """
                    for i in 1 2 3 4 5 6 7 8; do
                      cnm run 2>/dev/null -- sh -c "touch up$i; until [ \\$(ls up* | wc -l) = 8 ]; do sleep 0.1; done
                        ip -4 -o addr show eth0 | awk '{print \\$4}'" &
                    done
                    wait
                    cnm ps -q
                    ip -br link | grep -c veth
                    """)
                .lines()
                .sorted())
        .containsExactly(
            "0",
            "10.192.0.2/24",
            "10.192.0.3/24",
            "10.192.0.4/24",
            "10.192.0.5/24",
            "10.192.0.6/24",
            "10.192.0.7/24",
            "10.192.0.8/24",
            "10.192.0.9/24");
    assertNothingLeft();
  }

  @Test
  void manyCanShareOneStackFromTheSameMomentOn() throws IOException {
    assertThat(
            onHost(
                """
                cnm run -d --name a --net none -- sleep 300 >/dev/null
                for i in 1 2 3 4; do
                  { cnm run --net container:a -- true || echo failed; } &
                done
                wait
                cnm rm -f a
                """))
        .isEqualTo("a\n");
    assertNothingLeft();
  }

  @Test
  void ofTwoOfOneNameOneRuns() throws IOException {
    assertThat(
            onHost(
                    """
                    for i in 1 2 3; do
                      { cnm run --name one --net none -- sh -c \
                          'echo ran; until [ $(ls refused* 2>/dev/null | wc -l) = 2 ]; do sleep 0.1; done' ||
                        { echo code $?; touch refused$i; }; } &
                    done
                    wait
                    """)
                .lines()
                .map(line -> line.replaceAll("container [0-9a-f]{12}$", "container ID"))
                .sorted())
        .containsExactly(
            "cnm: the container name one is in use by container ID",
            "cnm: the container name one is in use by container ID",
            "code 125",
            "code 125",
            "ran");
    assertNothingLeft();
  }

  @Test
  void publishedPortsAreShownAndReachedAndFollowTheDefaultRoute() throws IOException {
    assertThat(
            onHost(
                """
                ip link set lo up
                cnm network create --subnet 10.50.0.0/24 web >/dev/null
                cnm run -d --name a -p 8080:80 -p 127.0.0.1:5353:53/udp --expose 90 -P -- \
                    socat TCP-LISTEN:80,fork,reuseaddr EXEC:'echo hello' >/dev/null
                cnm port a | sed 's/:[3-6][0-9][0-9][0-9][0-9]$/:FREE/'
                cnm port a 80/tcp
                until_ok sh -c 'socat -u TCP:127.0.0.1:8080 - | grep hello'
                socat -u TCP:127.0.0.1:8080 -
                cnm network connect --gw-priority 1 web a
                cnm network disconnect bridge a
                cnm port a 80
                until_ok sh -c 'socat -u TCP:127.0.0.1:8080 - | grep hello'
                socat -u TCP:127.0.0.1:8080 -
                cnm run -p 8080:80 -- true; echo $?
                cnm port a 81; echo $?
                cnm rm -f a
                nft list table inet cnm | grep -c 8080
                """))
        .isEqualTo(
            """
            53/udp -> 127.0.0.1:5353
            80/tcp -> 0.0.0.0:8080
            80/tcp -> [::]:8080
            90/tcp -> 0.0.0.0:FREE
            90/tcp -> [::]:FREE
            0.0.0.0:8080
            [::]:8080
            hello
            0.0.0.0:8080
            [::]:8080
            hello
            cnm: failed to bind host port 0.0.0.0:8080/tcp: address already in use
            125
            cnm: no public port '81/tcp' published for a
            1
            a
            0
            """);
    assertNothingLeft();
  }
}
