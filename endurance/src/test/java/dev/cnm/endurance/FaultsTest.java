package dev.cnm.endurance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small size of what {@code endurance/run faults} does: some points of some operations. */
final class FaultsTest {

  @TempDir private Path folder;

  @Test
  void nothingIsLostOrLeftWherePointsAreKilledAndFail() throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "unshare",
                "--net",
                "--mount",
                "--propagation",
                "private",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc",
                "sh",
                "-c",
                // A shell that stays reaps what nobody waits for.
                "ip link set lo up; \"$@\"; exit $?",
                "endurance"));
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED",
            "-Dslf4j.internal.verbosity=ERROR",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            "dev.cnm.endurance.Endurance",
            folder.toString(),
            folder.resolve("host").toString(),
            "faults",
            "quick",
            "command: network create",
            "SQLite: join and take over"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.outputWriter().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).as(said).isZero();
    assertThat(Files.readString(folder.resolve("faults.md")))
        .contains("| command | network create | 4 | 4 | 4 | 4 |")
        .contains("| all |  | 8 | 8 | 8 | 8 |");
  }
}
