package dev.cnm.netlink;

import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Other people's programs, which tests ask what the kernel has. */
public final class Tools {

  private Tools() {}

  /**
   * What a program prints that runs in a namespace.
   *
   * @throws IOException with what it printed, if it fails
   */
  public static String run(NetworkNamespace namespace, String... command) throws IOException {
    Process process = namespace.start(new ProcessBuilder(command).redirectErrorStream(true));
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + ": " + output);
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return output;
  }
}
