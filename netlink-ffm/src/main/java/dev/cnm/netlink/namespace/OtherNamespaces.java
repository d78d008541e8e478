package dev.cnm.netlink.namespace;

import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.internal.Linux;
import java.io.IOException;

/** Entering the namespaces of a process that are known by nothing but its pid. */
final class OtherNamespaces {

  private OtherNamespaces() {}

  static void enter(long pid, String kind, int type) throws IOException {
    String path = "/proc/" + pid + "/ns/" + kind;
    int fd = Linux.open(path, libc.O_RDONLY() | libc.O_CLOEXEC());
    Failures.check(fd, "open " + path);
    try {
      Failures.check(Linux.setns(fd, type), "enter " + path);
    } finally {
      Linux.close(fd);
    }
  }
}
