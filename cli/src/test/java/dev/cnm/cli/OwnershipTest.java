package dev.cnm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.cli.state.Container;
import dev.cnm.cli.state.SqliteStore;
import dev.cnm.controller.state.Owner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What lives is not taken for dead, and what can't be done is said, whoever looks from wherever.
 */
final class OwnershipTest {

  private static final String PS = "cnm ps --format '{{.Names}} {{.State}}'";

  @TempDir private Path root;

  private String onHost(String script) throws IOException {
    return new TestHost(root).script("cd " + root + "\n" + script);
  }

  @Test
  void whoeverLooksFromOtherNamespacesLeavesAloneWhatLives() throws IOException {
    assertThat(
            onHost(
                """
                cnm run -d --name a -- sleep 300 >/dev/null
                list() { PS; }
                for how in 'unshare -pf --mount-proc' 'unshare -pf' 'unshare -m' \
                    'unshare -T -f --boottime 100000' 'unshare -n'; do
                  $how PS
                done
                cnm exec a -- PS 2>&1 | grep -o 'is hidden from this process, which is in a container'
                ip netns add elsewhere-$$ && ip netns exec elsewhere-$$ PS
                ip netns exec elsewhere-$$ cnm run -- true 2>&1 | cut -d: -f1-2
                ip netns exec elsewhere-$$ cnm rm -f a >/dev/null 2>&1; echo $?
                ip netns del elsewhere-$$
                unshare -pf --mount-proc cnm rm -f a 2>&1 | cut -d: -f1-2
                PS
                cnm exec a -- ip -4 -br addr show eth0 | wc -l
                cnm rm -f a; cnm ps -aq; ls netns control containers
                """
                    .replace("PS", PS)))
        .isEqualTo(
            """
            a running
            a running
            a running
            a running
            a running
            is hidden from this process, which is in a container
            a running
            cnm: the networks and containers recorded here are in the network namespace net
            1
            cnm: cannot tell whether container a still runs
            a running
            1
            a
            containers:

            control:

            netns:
            """);
  }

  @Test
  void whatRunsInAnotherPidNamespaceIsSeenAndItsEndToo() throws IOException {
    assertThat(
            onHost(
                """
                cat > inside.sh <<'END'
                cnm run -d --name a -- sleep 300 >/dev/null
                touch up; while [ ! -e over ]; do sleep 0.1; done
                END
                unshare -pf --mount-proc sh inside.sh & until_ok test -e up
                PS
                cnm exec a -- ip -4 -br addr show eth0 | wc -l
                touch over; wait
                cnm ps -aq; ip -br link | grep -c veth
                unshare -m cnm run -d --name b -- sh -c 'echo $$ > pid; exec sleep 300' >/dev/null
                kill -9 $(awk '{print $4}' /proc/$(cat pid)/stat)
                PS; unshare -m PS
                nsenter -t $(cat pid) -n ip -4 -br addr show eth0 | wc -l
                cnm rm -f b; sed -n 's/^State:.//p' /proc/$(cat pid)/status 2>/dev/null | grep -v Z
                ip -br link | grep -c veth
                """
                    .replace("PS", PS)))
        .isEqualTo("a running\n1\n0\nb running\nb running\n1\nb\n0\n");
  }

  @Test
  void aHostThatIsGoneIsLikeOneBeforeAReboot() throws IOException {
    onHost("cnm network create --subnet 10.50.0.0/24 web && cnm run --net web -- true");
    assertThat(onHost("cnm run --net web -- ip -4 -o addr show eth0"))
        .contains("inet 10.50.0.2/24");
  }

  @Test
  void aNameIsFreeWhenItsStackGoesOnWithOthers() throws IOException {
    assertThat(
            onHost(
                """
                cnm network create web >/dev/null
                cnm run -d --name t --net web -- sleep 300 >/dev/null
                cnm run -d --name a --net container:t -- sleep 300 >/dev/null
                cnm run -d --name b --net container:a -- sleep 300 >/dev/null
                cnm rm -f t
                cnm run -d --name t --net web -- sleep 300 >/dev/null
                cnm ps --format '{{.Names}} {{.Networks}}' | sort
                cnm exec b -- sh -c 'ip -4 -o addr show eth0 | cut -c-30; getent hosts t a'
                cnm rm -f a
                cnm network inspect web \
                    --format '{{range .Containers}}{{.Name}} {{.IPv4Address}} {{end}}'
                cnm network disconnect web b
                cnm run --net container:t -- ip -4 -o addr show eth0 | grep -o 10.192.0.3
                cnm rm -f b t; cnm network rm web; ip -br link | grep -c veth
                """))
        .startsWith("t\na web\nb \nt web\n")
        .contains("10.192.0.3      t\n10.192.0.2      a\na\n")
        .endsWith("10.192.0.3\nb\nt\nweb\n0\n");
  }

  @Test
  void nothingThatACommandStartedOutlivesItAndNobodyElseIsKilled() throws Exception {
    Process innocent = new ProcessBuilder("unshare", "-m", "sleep", "300").start();
    try {
      while (Files.readSymbolicLink(namespace(innocent, "mnt"))
          .equals(Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")))) {
        Thread.sleep(10);
      }
      String id = "ab".repeat(32);
      onHost("cnm ps");
      try (SqliteStore store = SqliteStore.open(root.resolve("state.db"))) {
        store.put(
            Container.of(id, "gone", List.of("true"), "host", "gone")
                .at(Files.readSymbolicLink(namespace(innocent, "mnt")).toString(), "uts:[1]")
                .ownedBy(Owner.nobody()));
      }
      assertThat(
              onHost(
                  """
                  cnm ps -aq
                  cnm run --net none -- sh -c 'unshare -m sleep 300 & echo $! > pids
                      unshare -m -u -n setsid sleep 300 & echo $! >> pids; setsid sleep 300 &
                      echo $! >> pids; until [ "$(cat /proc/$(head -1 pids)/comm)" = sleep ]; do :; done'
                  for pid in $(cat pids); do kill -0 $pid 2>/dev/null && echo $pid lives; done
                  """))
          .isEmpty();
      assertThat(innocent.isAlive()).isTrue();
    } finally {
      innocent.destroyForcibly();
    }
  }

  private static Path namespace(Process process, String kind) {
    return Path.of("/proc/" + process.pid() + "/ns/" + kind);
  }

  @Test
  void anOwnerThatIsStoppedKeepsNobodyWaiting() throws IOException {
    assertThat(
            onHost(
                """
                cnm network create web >/dev/null
                cnm run --name a -- sleep 300 & until_ok cnm exec a -- true
                kill -STOP $!
                cnm network connect web a 2>&1 | sed "s/$!/PID/g"
                cnm rm -f a; cnm ps -aq
                """))
        .isEqualTo(
            "cnm: the process that keeps container a (PID) does not answer; has somebody stopped it"
                + " (kill -CONT PID)? 'cnm rm --force' ends it\na\n");
  }

  @Test
  void whoStandsStillInATransactionIsNamedAndKeepsNobodyFromLooking() throws Exception {
    assertThat(onHost("cnm network create web | wc -l")).isEqualTo("1\n");
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    try (SqliteStore store = SqliteStore.open(root.resolve("state.db"))) {
      Thread holder =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  store.transaction(transaction -> {
                    entered.countDown();
                    return await(over);
                  });
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      entered.await();
      assertThat(onHost("cnm network ls -f name=web --format '{{.Name}}'; cnm ps -q"))
          .isEqualTo("web\n");
      assertThat(onHost("cnm network create other"))
          .contains("has been held by process " + ProcessHandle.current().pid())
          .hasLineCount(1);
      over.countDown();
      holder.join();
    }
    assertThat(onHost("cnm network create other | wc -l")).isEqualTo("1\n");
  }

  private static boolean await(CountDownLatch latch) {
    try {
      latch.await();
      return true;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void whatCannotBeClearedUpStopsNobodyAndIsTriedAgain() throws IOException {
    assertThat(
            onHost(
                """
                cnm run --name a --net none -- sh -c 'echo $$ > pid; exec sleep 300' &
                until_ok cnm exec a -- true
                kill -9 $!; wait $! 2>/dev/null
                folder=$(echo containers/*); mkdir $folder/in && mount -t tmpfs none $folder/in
                kill -9 $(cat pid)
                cnm ps -a --format '{{.Names}}' 2>err; grep -c "container a.*can't be cleared up" err
                cnm rm -f a 2>&1 | grep -c 'busy; is something mounted'
                cnm run --net none -- true 2>/dev/null; echo $?
                cnm doctor 2>/dev/null | grep -c 'container a'
                umount $folder/in; cnm ps -aq; ls containers
                """))
        .isEqualTo("a\n1\n1\n0\n1\n");
  }

  @Test
  void aFullDiskIsCalledSo() throws IOException {
    assertThat(
            onHost(
                """
                mkdir full; mount -t tmpfs -o size=512k none full; export CNM_ROOT=full
                cnm network create web >/dev/null
                head -c 1m /dev/zero > full/file 2>/dev/null
                for i in $(seq 20); do
                  cnm network create n$i >/dev/null 2>err || break
                done
                cat err; rm full/file
                cnm network ls -q -f name=web | wc -l; cnm network create after | wc -l
                """))
        .contains("no space left on the device of the folder ")
        .endsWith("\n1\n1\n");
  }

  @Test
  void theEnvironmentCannotPointAtOtherFolders() throws IOException {
    assertThat(
            onHost(
                """
                mkdir containers victim; touch victim/file
                CNM_SUPERVISED_ID=../victim cnm run --net none -- true; echo $?
                CNM_SUPERVISED_ID=../victim cnm run -d --net none -- true | wc -c
                until_ok sh -c 'test -z "$(cnm ps -aq)"'
                ls victim containers
                """))
        .isEqualTo("0\n65\ncontainers:\n\nvictim:\nfile\n");
  }
}
