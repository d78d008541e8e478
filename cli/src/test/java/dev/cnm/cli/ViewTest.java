package dev.cnm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a container sees of its host, as it is asked from inside. */
final class ViewTest {

  /** What could be written to, if anything, and which links there are. */
  private static final String LOOK =
      """
      for file in /proc/sys/kernel/hostname /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/core_pattern \
          /sys/kernel/uevent_helper /sys/class/net/lo/mtu; do
        { cat $file > /dev/null && { true > $file; } 2> /dev/null && echo "$file can be written to"; } 2>/dev/null
      done
      mkdir /sys/fs/cgroup/cnm-test /proc/irq/x 2>/dev/null && echo made
      cat /proc/keys /proc/timer_list /proc/kcore 2>/dev/null | wc -c
      ls /sys/class/net
      """;

  @TempDir private Path root;

  private String onHost(String script) throws IOException {
    return new TestHost(root).script("cat > $CNM_ROOT/look <<'END'\n" + LOOK + "END\n" + script);
  }

  @Test
  void theKernelsSettingsAreReadOnlyInEveryMode() throws IOException {
    assertThat(
            onHost(
                """
                ip link add up0 type bridge
                for net in none bridge host; do cnm run --net $net -- sh $CNM_ROOT/look; done
                cnm run -d --name a -- sleep 300 >/dev/null
                cnm run --net container:a -- sh $CNM_ROOT/look
                cnm exec a -- sh $CNM_ROOT/look
                cnm rm -f a >/dev/null
                """))
        .isEqualTo("0\nlo\n0\neth0\nlo\n0\ncnm0\nlo\nup0\n0\neth0\nlo\n0\neth0\nlo\n");
  }

  @Test
  void theStackOfAContainerOnTheHostsIsSharedWhereSysIsTheHosts() throws IOException {
    assertThat(
            onHost(
                """
                mount -t sysfs sysfs /sys
                ip link add up0 type bridge
                cnm run -d --name h --net host -- sleep 300 >/dev/null
                cnm run --net container:h -- sh $CNM_ROOT/look
                cnm run --net host -- sh -c 'true > /sys/class/net/lo/mtu' 2>&1 | grep -c Read-only
                true > /sys/class/net/lo/mtu || echo and the host
                cnm rm -f h
                """))
        .isEqualTo("0\nlo\nup0\n1\nh\n");
  }

  @Test
  void whatKeepsTheContainersIsOutOfReach() throws IOException {
    assertThat(
            onHost(
                """
                cd $CNM_ROOT
                echo mine > mine
                cnm run -d --name a --net none -- sleep 300 >/dev/null
                cnm exec a -- sh -c 'cat mine; pwd; echo new > new; ls netns containers control
                    cat state.db* | wc -c; cnm ps; echo $?; cnm run -- true; echo $?
                    cnm --root nested run --net none -- echo nested; ls /var/lib/cnm /run/cnm' 2>&1 |
                  grep -v 'cannot access'
                cat new
                cnm ps --format '{{.Names}}'
                cnm rm -f a
                """))
        .isEqualTo(
            """
            mine
            ROOT
            containers:

            control:

            netns:
            0
            cnm: the state in ROOT is hidden from this process, which is in a container: run cnm outside of it, or with another --root
            1
            cnm: the state in ROOT is hidden from this process, which is in a container: run cnm outside of it, or with another --root
            125
            nested
            new
            a
            a
            """
                .replace("ROOT", root.toString()));
  }

  @Test
  void theLimitsDescriptorsAndFolderAreTheCallers() throws IOException {
    String ask =
        "ulimit -Sn; ulimit -Hn; umask; pwd; ls /proc/self/fd | wc -l; cat"
            + " /proc/self/oom_score_adj; grep -E \"SigBlk\" /proc/self/status";
    List<String> said =
        onHost(
                """
                cd /usr; umask 027; ulimit -Sn 321; ulimit -Hn 4321; exec 7< /dev/null
                sh -c 'ASK' 7<&-
                cnm run --net none -- sh -c 'ASK'
                cnm run -d --name a --net none -- sh -c '{ ASK; } >/tmp/cnm-asked.$$; echo $$ > ROOT/pid
                    exec sleep 300' >/dev/null
                until_ok test -s ROOT/pid
                cat /tmp/cnm-asked.$(cat ROOT/pid); rm /tmp/cnm-asked.$(cat ROOT/pid)
                cnm exec a -- sh -c 'ASK'
                cnm rm -f a
                """
                    .replace("ASK", ask)
                    .replace("ROOT", root.toString()))
            .lines()
            .toList();

    assertThat(said).hasSize(4 * 7 + 1);
    assertThat(said.subList(0, 7))
        .startsWith("321", "4321", "0027", "/usr", "4")
        .isEqualTo(said.subList(7, 14))
        .isEqualTo(said.subList(14, 21))
        .isEqualTo(said.subList(21, 28));
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "host", "bridge"})
  void aReadOnlyProcSysIsInNobodysWay(String net) throws IOException {
    assertThat(
            onHost(
                """
                ip link set lo up
                sysctl -qw net.ipv4.ip_forward=1
                mount -o bind,ro /proc/sys /proc/sys
                cnm run --net NET -- echo there
                """
                    .replace("NET", net)))
        .isEqualTo("there\n");
  }

  @Test
  void aSettingThatIsNeededAndCantBeChangedIsNamed() throws IOException {
    assertThat(
            onHost(
                """
                sysctl -qw net.ipv4.ip_forward=0
                mount -o bind,ro /proc/sys /proc/sys
                cnm run -- true; echo $?
                ip -o link | wc -l
                """))
        .startsWith("cnm: cannot set net.ipv4.conf.all.forwarding to 1: EROFS")
        .contains("sysctl -w net.ipv4.conf.all.forwarding=1")
        .endsWith("\n125\n1\n");
  }
}
