package dev.cnm.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Finds the program that a command names, as a shell does. */
final class Programs {

  /** POSIX, "Exit Status for Commands": not found. */
  static final int NOT_FOUND = 127;

  /** POSIX, "Exit Status for Commands": found, but can't be executed. */
  static final int NOT_EXECUTABLE = 126;

  private Programs() {}

  /** What became of the search. */
  record Found(Optional<Path> program, int exitCode, String reason) {}

  static Found find(String name) {
    if (name.indexOf('/') >= 0) {
      return judge(name, Path.of(name).toAbsolutePath());
    }
    String search = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
    Found found = new Found(Optional.empty(), NOT_FOUND, name + ": command not found");
    for (String folder : search.split(":", -1)) {
      Found here = judge(name, Path.of(folder.isEmpty() ? "." : folder, name).toAbsolutePath());
      if (here.program.isPresent()) {
        return here;
      }
      if (here.exitCode == NOT_EXECUTABLE) {
        found = here;
      }
    }
    return found;
  }

  private static Found judge(String name, Path path) {
    if (!Files.exists(path)) {
      return new Found(Optional.empty(), NOT_FOUND, name + ": command not found");
    }
    if (Files.isDirectory(path) || !Files.isExecutable(path)) {
      return new Found(Optional.empty(), NOT_EXECUTABLE, name + ": cannot be executed");
    }
    return new Found(Optional.of(path), 0, "");
  }
}
