package dev.cnm.netlink.namespace;

import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.internal.Linux;
import java.io.IOException;
import java.nio.file.Path;

/** A file that stays within reach when something else is mounted over it. */
public final class HeldFile implements AutoCloseable {

  private final int fd;

  private HeldFile(int fd) {
    this.fd = fd;
  }

  /**
   * Holds a file or folder.
   *
   * @throws IOException if there is none
   */
  public static HeldFile of(Path path) throws IOException {
    int fd = Linux.open(path.toString(), libc.O_PATH() | libc.O_CLOEXEC());
    Failures.check(fd, "open " + path);
    return new HeldFile(fd);
  }

  /** A path that leads to it from every thread of this process until it is closed. */
  public Path path() {
    return Path.of("/proc/self/fd/" + fd);
  }

  @Override
  public void close() {
    Linux.close(fd);
  }
}
