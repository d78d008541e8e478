package dev.cnm.controller.dns;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files of the host from which those of sandboxes are made. */
public final class HostFile {

  /** In octets. A file that is longer is cut off: none that makes sense is. */
  private static final int LONGEST = 1 << 20;

  private HostFile() {}

  /**
   * What a file says, octet for octet. One that is missing, that a link leads nowhere from, that
   * can't be read or is no file at all says nothing, as to the C library ({@code
   * __resolv_conf_load} of resolv/res_init.c): names are to work in a sandbox as they do on the
   * host.
   */
  public static String read(Path file) {
    // Another kind of file, such as a pipe, may make its reader wait for ever.
    if (!Files.isRegularFile(file)) {
      return "";
    }
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(LONGEST), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }
}
