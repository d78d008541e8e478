package dev.cnm.netlink.namespace;

import dev.cnm.netlink.Errno;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.internal.Linux;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A procfs of this process's own, in which the settings of sandboxes are looked up. In a procfs,
 * all namespaces that a setting was looked up in share one hash chain ({@code proc_sys_compare} of
 * fs/proc/proc_sysctl.c): with 1,000 of them a lookup in {@code /proc} takes 0.2 ms, and in one
 * that knows few, 15 µs. So this one is exchanged again and again. It is mounted nowhere ({@code
 * fsmount(2)}): it shows up in no namespace and ends with its descriptor. Safe for use by several
 * threads.
 */
final class PrivateProcfs {

  /** How many lookups before another one pays. */
  private static final int WORN = 32;

  private static final int NONE = -1;

  private static final ReentrantLock LOCK = new ReentrantLock();
  private static int root = NONE;
  private static int lookups;
  private static boolean refused;

  private PrivateProcfs() {}

  /**
   * Opens a setting of the calling thread's namespace for writing, also where {@code /proc/sys} is
   * read-only, if there can be a procfs of our own: nobody else has what is changed through it.
   *
   * @param path below {@code /proc/sys}
   * @return the file descriptor, or the negated errno
   */
  static int openSetting(String path) {
    int flags = libc.O_WRONLY() | libc.O_CLOEXEC();
    LOCK.lock();
    try {
      lookups++;
      if (root == NONE) {
        int fd = Linux.open(Sysctl.ROOT + path, flags);
        if (fd != -Errno.EROFS.number() || !renew()) {
          return fd;
        }
      }
      return Linux.openat(root, "sys/" + path, flags);
    } finally {
      LOCK.unlock();
    }
  }

  /** Puts a new one in place of the one there was, which stays open, if there can be any. */
  private static boolean renew() {
    if (refused) {
      return false;
    }
    try {
      root = mount();
      lookups = 0;
    } catch (IOException | LinkageError e) {
      root = NONE;
      refused = true;
    }
    return !refused;
  }

  /**
   * Exchanges it if many settings have been looked up; for when nobody waits. The first few are in
   * {@code /proc}, and so are all if there can be no other: in a user namespace, before Linux 5.2
   * or glibc 2.36.
   */
  static void renewIfWorn() {
    int worn = NONE;
    LOCK.lock();
    try {
      if (lookups >= WORN && !refused) {
        worn = root;
        boolean _ = renew();
      }
    } finally {
      LOCK.unlock();
    }
    if (worn != NONE) {
      Linux.close(worn);
    }
  }

  private static int mount() throws IOException {
    int context = Linux.fsopen("proc", libc.FSOPEN_CLOEXEC());
    Failures.check(context, "open a procfs");
    try {
      Failures.check(Linux.fsconfig(context, libc.FSCONFIG_CMD_CREATE()), "create a procfs");
      int root = Linux.fsmount(context, libc.FSMOUNT_CLOEXEC(), 0);
      Failures.check(root, "mount a procfs");
      return root;
    } finally {
      Linux.close(context);
    }
  }
}
