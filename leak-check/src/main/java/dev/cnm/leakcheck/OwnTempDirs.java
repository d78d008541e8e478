package dev.cnm.leakcheck;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * Makes the folders of JUnit's {@code @TempDir} under names that tell which JVM made them, so that
 * a mount below one can be laid at its door while other builds run on the same machine.
 */
public final class OwnTempDirs implements TempDirFactory {

  /** How the names of this JVM's folders begin. */
  static final String PREFIX = "cnm-test-" + ProcessHandle.current().pid() + "-";

  /** For JUnit. */
  public OwnTempDirs() {}

  @Override
  public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
      throws IOException {
    return Files.createTempDirectory(PREFIX);
  }
}
