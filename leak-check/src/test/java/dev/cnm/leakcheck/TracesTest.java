package dev.cnm.leakcheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The check sees what it is there for, and lets pass what goes by itself. */
final class TracesTest {

  @Test
  void aProcessThatIsLeftIsNamed() throws Exception {
    Traces before = Traces.now();
    // setsid: also when its parent has ended and it is nobody's child any more.
    new ProcessBuilder("setsid", "--fork", "sleep", "54329").start().waitFor();
    List<String> left = Traces.now().since(before);
    assertThat(left).singleElement().asString().startsWith("process ").endsWith("sleep 54329");
    ProcessHandle.of(Long.parseLong(left.getFirst().split(" ")[1])).orElseThrow().destroyForcibly();
    assertThat(LeakCheck.leftSince(before, Duration.ofSeconds(10))).isEmpty();
  }

  @Test
  void whatEndsBySoonIsWaitedFor() throws Exception {
    Traces before = Traces.now();
    new ProcessBuilder("sleep", "0.3").start();
    assertThat(LeakCheck.leftSince(before, Duration.ofSeconds(10))).isEmpty();
  }

  @Test
  void aMountThatIsLeftIsNamed(@TempDir Path folder) throws Exception {
    Traces before = Traces.now();
    run("mount", "-t", "tmpfs", "none", folder.toString());
    try {
      assertThat(Traces.now().since(before)).containsExactly("mount " + folder);
    } finally {
      run("umount", folder.toString());
    }
    assertThat(Traces.now().since(before)).isEmpty();
  }

  @Test
  void aLinkAndATableAreFound() throws Exception {
    // By another JVM: the machine's own namespace is nobody's to try things in.
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    String found =
        run(
            "unshare",
            "-n",
            "sh",
            "-c",
            "ip link add left type veth peer gone && nft add table inet left && exec \"$@\"",
            "sh",
            java,
            "-cp",
            classes,
            Printer.class.getName());
    assertThat(found)
        .contains("link left@gone\n", "link gone@left\n", "nftables table inet left\n");
  }

  /** Prints what is found. */
  static final class Printer {
    public static void main(String[] arguments) throws Exception {
      Traces.now().found().forEach(System.out::println);
    }
  }

  @Test
  void socketsThatAreLeftAreCounted() throws Exception {
    Traces before = Traces.now();
    List<DatagramSocket> sockets = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      sockets.add(new DatagramSocket());
    }
    assertThat(Traces.now().since(before)).singleElement().asString().endsWith("in this process");
    sockets.forEach(DatagramSocket::close);
    assertThat(Traces.now().since(before)).isEmpty();
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
