package dev.cnm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.cli.TestHost.Answer;
import io.avaje.jsonb.Jsonb;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cnm doctor} and {@code cnm version}, as a person runs them. */
final class DoctorTest {

  @TempDir private Path root;
  private TestHost host = new TestHost(Path.of("/"));

  @BeforeEach
  void makeHost() {
    host = new TestHost(root);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> json(String text) {
    return (Map<String, Object>) Jsonb.builder().build().type(Object.class).fromJson(text);
  }

  @Test
  void whereAllIsThereItSaysSoAndLeavesNothing() throws IOException {
    String state = "ip -o link; nft list ruleset; findmnt -n | wc -l";
    List<Answer> answers = host.lines(state, "cnm doctor", state, "cnm doctor --format json");

    assertThat(answers.get(1).succeeded())
        .contains(
            "ok       privileges: user 0",
            "ok       network namespaces: ",
            "ok       veth: ",
            "ok       bridge: ",
            "ok       nftables NAT: ",
            "ok       a container on a bridge: attached one; ",
            "ok       prepared namespaces: off unless asked for; with them, attached one; ",
            "ok       published ports: published one of TCP",
            "ok       name server: listened at 127.0.0.11, port 53",
            "ok       state: none yet in " + root,
            " driver bridge: ")
        .doesNotContain("missing ");
    assertThat(answers.get(2).succeeded()).isEqualTo(answers.get(0).succeeded());
    assertThat(Files.list(root)).isEmpty();
    Map<String, Object> found = json(answers.get(3).succeeded());
    assertThat(found).containsEntry("Healthy", true);
    assertThat((List<?>) found.get("Checks"))
        .allMatch(it -> it instanceof Map<?, ?> check && check.containsKey("Status"))
        .anyMatch(it -> it instanceof Map<?, ?> check && "nftables fib".equals(check.get("Name")));
  }

  @Test
  void whatIsMissingIsNamedWithARemedy() throws IOException {
    String output =
        outputOf(
            "setpriv",
            "--bounding-set=-sys_admin,-net_admin",
            "--inh-caps=-sys_admin,-net_admin",
            "sh",
            "-c",
            "cnm doctor; echo $?; cnm run -- true; echo $?");

    assertThat(output)
        .contains(
            "missing  privileges: user 0",
            " lacks CAP_NET_ADMIN and CAP_SYS_ADMIN\n         run it as root",
            "missing  network namespaces: ",
            "EPERM",
            "it takes CAP_SYS_ADMIN: use sudo, or",
            "skipped  veth, bridge, nftables: ",
            "\n1\ncnm: ")
        .endsWith("\n125\n")
        .doesNotContain("\tat ");
  }

  /** A kernel without the namespaces: none of them may be made in this user namespace. */
  @Test
  void whereTheKernelLacksSomethingARunChangesNothing() throws IOException {
    String tries =
        "cnm doctor | grep ^missing; cnm run --net none -- true; echo $?; ls /run/netns 2>&1"
            + " | grep -c cnm; cnm ps -aq; ip -o link | wc -l";
    String network =
        outputOf(
            "unshare", "-Urnm", "sh", "-c", "echo 0 > /proc/sys/user/max_net_namespaces; " + tries);
    String mount =
        outputOf(
            "unshare", "-Urnm", "sh", "-c", "echo 0 > /proc/sys/user/max_mnt_namespaces; " + tries);

    assertThat(network)
        .contains("missing  network namespaces: cannot create a network namespace: ENOSPC")
        .endsWith(
            "cnm: cannot create a network namespace: ENOSPC (there is no space left, or a limit is"
                + " reached)\n125\n0\n1\n");
    assertThat(mount)
        .contains("missing  mount and UTS namespaces: cannot create a mount namespace: ENOSPC")
        .endsWith(
            "cnm: cannot create a mount namespace: ENOSPC (there is no space left, or a limit is"
                + " reached)\n125\n0\n1\n");
  }

  private String outputOf(String... command) throws IOException {
    Process process =
        host.withCommand(new ProcessBuilder(command)).redirectErrorStream(true).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void repairRestoresTheTable() throws IOException {
    List<Answer> answers =
        host.lines(
            "cnm run -d --name c1 -- sleep 600",
            "nft list table inet cnm",
            "nft flush chain inet cnm forward",
            "cnm doctor --repair",
            "nft list table inet cnm",
            "cnm doctor --repair",
            "cnm rm -f c1");

    assertThat(answers.get(1).succeeded()).contains("cnm0");
    assertThat(answers.get(3).succeeded())
        .contains("note     repair: restored what these drivers keep on the host: bridge\n");
    assertThat(answers.get(4).succeeded()).isEqualTo(answers.get(1).succeeded());
    assertThat(answers.get(5).succeeded()).contains("nothing had to be restored");
  }

  @Test
  void whoeverFlushesTheRulesetOpensNothingForLong() throws IOException {
    List<Answer> answers =
        host.lines(
            "cnm run -d --name c1 -p 8080:80 -- sleep 600",
            "nft list table inet cnm; nft list table bridge cnm",
            "nft flush ruleset; for i in $(seq 100); do nft list table inet cnm >/dev/null 2>&1"
                + " && break; sleep 0.1; done; sleep 0.5",
            "nft list table inet cnm; nft list table bridge cnm",
            "cnm doctor --repair",
            "cnm rm -f c1");

    assertThat(answers.get(1).succeeded()).contains("cnm0", "8080");
    assertThat(answers.get(3).succeeded()).isEqualTo(answers.get(1).succeeded());
    assertThat(answers.get(4).succeeded()).contains("nothing had to be restored");
  }

  @Test
  void repairClearsUpWhatWasLeft() throws IOException {
    List<Answer> answers =
        host.lines(
            "cnm run -d --name c1 -- sleep 600",
            "kill -9 $(cnm inspect -f '{{.State.Pid}}' c1) $(pgrep -f 'Cnm.* --name c1')",
            "cnm doctor --repair",
            "cnm network inspect -f '{{len .Containers}}' bridge",
            "ip -o link | grep -c veth");

    assertThat(answers.get(2).succeeded())
        .contains(
            "ok       state: 3 networks and 0 containers in " + root,
            "ok       repair: nothing had to be restored");
    assertThat(answers.get(3).succeeded()).isEqualTo("0\n");
    assertThat(answers.get(4).out()).isEqualTo("0\n");
  }

  @Test
  void theVersionNamesTheDriversAndTheirJars() throws IOException {
    List<Answer> answers = host.lines("cnm version", "cnm version --format json", "cnm --version");

    assertThat(answers.get(0).succeeded())
        .startsWith("cnm 0.1.0\nJava: ")
        .contains(
            System.getProperty("java.home"),
            "Linux " + System.getProperty("os.version"),
            "Drivers:      bridge (",
            "), container (");
    Map<String, Object> version = json(answers.get(1).succeeded());
    assertThat(version).containsEntry("Version", "0.1.0").containsKeys("Java", "Kernel");
    assertThat((List<?>) version.get("Drivers"))
        .anyMatch(it ->
            it instanceof Map<?, ?> driver
                && "bridge".equals(driver.get("Type"))
                && Files.exists(Path.of(String.valueOf(driver.get("Jar")))));
    assertThat(answers.get(2).succeeded()).isEqualTo("cnm 0.1.0\n");
  }
}
