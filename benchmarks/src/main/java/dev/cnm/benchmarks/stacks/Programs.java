package dev.cnm.benchmarks.stacks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which programs of others are installed. */
final class Programs {

  private static final List<String> FOLDERS =
      List.of(
          "/usr/local/sbin",
          "/usr/local/bin",
          "/usr/sbin",
          "/usr/bin",
          "/sbin",
          "/bin",
          "/usr/lib/podman",
          "/usr/libexec/podman",
          "/usr/lib/cni",
          "/opt/cni/bin");

  private Programs() {}

  static Optional<Path> find(String name) {
    return FOLDERS.stream().map(it -> Path.of(it, name)).filter(Files::isExecutable).findFirst();
  }

  static String require(String name) {
    return find(name).orElseThrow(() -> new IllegalStateException("no " + name)).toString();
  }

  /** The absence of any of these, in words. */
  static Optional<String> missing(String... names) {
    List<String> absent = new ArrayList<>();
    for (String name : names) {
      if (find(name).isEmpty()) {
        absent.add(name);
      }
    }
    return absent.isEmpty()
        ? Optional.empty()
        : Optional.of("not installed: " + String.join(", ", absent));
  }
}
