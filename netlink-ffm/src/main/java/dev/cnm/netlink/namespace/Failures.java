package dev.cnm.netlink.namespace;

import dev.cnm.netlink.Errno;
import java.io.IOException;

/** Turns the result of a system call into a sentence. */
final class Failures {

  private Failures() {}

  static void check(int result, String attempt) throws IOException {
    if (result < 0) {
      throw new IOException("cannot " + attempt + ": " + reason(-result));
    }
  }

  private static String reason(int number) {
    String text =
        Errno.of(number)
            .map(errno -> errno.name() + " (" + errno.text() + ")")
            .orElse("errno " + number);
    return number == Errno.EPERM.number()
        ? text + "; it takes CAP_SYS_ADMIN: use sudo, or `unshare -Urnm` for a try"
        : text;
  }
}
