package dev.cnm.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Shell scripts on hosts that are made with {@code unshare}, where {@code cnm} is under test. */
final class Script {

  private static final String FUNCTIONS =
      """
      # Waits until a command succeeds.
      until_ok() {
        tries=0
        until "$@" >/dev/null 2>&1; do
          tries=$((tries + 1))
          [ $tries -lt 300 ] || { echo "never: $*"; return 1; }
          sleep 0.1
        done
      }
      """;

  private Script() {}

  /**
   * Runs a script on a host of its own.
   *
   * @param folder an empty one, for the state of {@code cnm}, which is below {@code $CNM_ROOT}
   * @return what it said on both streams
   */
  static String run(Path folder, String script) throws IOException {
    Path cnm = folder.resolve("cnm");
    if (!Files.exists(cnm)) {
      Files.writeString(cnm, "#!/bin/sh\nexec " + quoted(java()) + " dev.cnm.cli.Cnm \"$@\"\n");
      Files.setPosixFilePermissions(cnm, PosixFilePermissions.fromString("rwx------"));
    }
    ProcessBuilder process =
        new ProcessBuilder("unshare", "-n", "-m", "sh", "-c", FUNCTIONS + script)
            .redirectErrorStream(true);
    process.environment().put("PATH", folder + ":" + System.getenv("PATH"));
    process.environment().put("CNM_ROOT", folder.resolve("root").toString());
    Process started = process.start();
    started.outputWriter().close();
    return new String(started.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private static String quoted(List<String> words) {
    return words.stream().map(it -> "'" + it + "'").collect(Collectors.joining(" "));
  }

  private static List<String> java(String... options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(Arrays.asList(options));
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Dslf4j.internal.verbosity=ERROR",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                + ":"
                + System.getProperty("jdk.module.path", "")));
    return command;
  }
}
