package dev.cnm.controller.state;

import dev.cnm.netlink.namespace.Sysctl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where what a record tells of is to be found: nothing of the kernel's outlives the boot, links and
 * tables are in the host's network namespace, and files that namespaces are bound to can be seen in
 * one mount namespace and what copies it.
 *
 * @param bootId {@code random/boot_id} of proc(5)
 * @param host the network namespace that is the host: its cookie ({@code SO_NETNS_COOKIE} of
 *     socket(7)), which no other one of this boot ever has, or its inode where the kernel has none
 * @param hostInode its inode, which others have when it is gone
 * @param mounts the inode of the mount namespace; 0 if it could not be seen
 */
public record Place(String bootId, long host, long hostInode, long mounts) {

  /**
   * Where this process is.
   *
   * @param host of the network namespace that is its host
   * @param hostInode of the same
   */
  public static Place here(long host, long hostInode) {
    return new Place(boot(), host, hostInode, inodeOf(Path.of("/proc/self/ns/mnt")));
  }

  /** Whether both have the same host during the same boot. */
  public boolean isOnHostOf(Place other) {
    return host == other.host && bootId.equals(other.bootId);
  }

  /** The id of this boot of the machine. */
  static String boot() {
    return Boot.ID;
  }

  private static final class Boot {
    static final String ID = read();

    private static String read() {
      Path file = Path.of("/proc/sys/kernel/random/boot_id");
      try {
        return Sysctl.read("kernel/random/boot_id");
      } catch (IOException e) {
        throw new IllegalStateException(
            "cannot tell this boot from others: " + file + " can't be read; is /proc mounted?", e);
      }
    }
  }

  /** The inode that a link of {@code /proc/pid/ns} names, or 0 if that can't be seen. */
  static long inodeOf(Path link) {
    try {
      String text = Files.readSymbolicLink(link).toString();
      return Long.parseLong(text.substring(text.indexOf('[') + 1, text.length() - 1));
    } catch (IOException e) {
      return 0;
    }
  }
}
