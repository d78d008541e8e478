package dev.cnm.netlink.process;

import dev.cnm.netlink.Errno;
import dev.cnm.netlink.internal.Linux;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Becoming another program. */
public final class Exec {

  private Exec() {}

  /**
   * Replaces this process by a program: the JVM is gone, the process id, the standard streams and
   * the terminal stay, and so do the namespaces of the calling thread, which takes the place of the
   * main thread ({@code execve(2)}, "Effect on process attributes"). All other file descriptors are
   * closed.
   *
   * @param program the file to execute
   * @param arguments the first is the name it is called by
   * @param environment all of the new environment
   * @throws IOException if the kernel refuses; otherwise it doesn't return
   */
  public static void replace(Path program, List<String> arguments, Map<String, String> environment)
      throws IOException {
    List<String> settings = new ArrayList<>(environment.size());
    environment.forEach((name, value) -> settings.add(name + "=" + value));
    Linux.closeRangeOnExec(3);
    FileLimit.restore();
    int result = Linux.execve(program.toString(), arguments, settings);
    throw new IOException(
        "cannot execute "
            + program
            + ": "
            + Errno.of(-result).map(Errno::text).orElse("errno " + -result));
  }
}
