package dev.cnm.netlink.namespace;

import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.internal.Linux;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A mount namespace ({@code mount_namespaces(7)}) for a process that is to see some files of its
 * own. Every method changes the calling thread, which must be one of {@link NamespaceThread#call}.
 */
public final class MountNamespace {

  private MountNamespace() {}

  /**
   * Gives the calling thread a copy of its mount namespace. What the host mounts later still
   * appears in it; nothing that is mounted in it appears on the host.
   *
   * @throws IOException if the kernel refuses
   */
  public static void unshare() throws IOException {
    NamespaceThread.require();
    Failures.check(Linux.unshare(libc.CLONE_NEWNS()), "create a mount namespace");
    Failures.check(
        Linux.mount("none", "/", null, libc.MS_REC() | libc.MS_SLAVE()),
        "keep the host's mounts from being changed");
  }

  /**
   * Moves the calling thread into the mount namespace of a process.
   *
   * @throws IOException if there is no such process, or the kernel refuses
   */
  public static void enter(long pid) throws IOException {
    NamespaceThread.require();
    // A thread that shares its root and working folder with others may not change them.
    Failures.check(Linux.unshare(libc.CLONE_FS()), "part from the other threads' working folder");
    OtherNamespaces.enter(pid, "mnt", libc.CLONE_NEWNS());
  }

  /**
   * Shows {@code source} at {@code target}, which exists. A link at {@code target} is followed.
   *
   * @throws IOException if the kernel refuses
   */
  public static void bind(Path source, Path target) throws IOException {
    NamespaceThread.require();
    Failures.check(
        Linux.mount(source.toString(), target.toString(), null, libc.MS_BIND()),
        "show " + source + " at " + target);
  }

  /**
   * Mounts {@code /sys} anew, since {@code /sys/class/net} shows the network namespace of who
   * mounted it. What is mounted below it, such as the control groups, is put back.
   *
   * @throws IOException if the kernel refuses
   */
  public static void mountSysfs() throws IOException {
    NamespaceThread.require();
    Map<Path, Integer> below = new LinkedHashMap<>();
    try {
      for (Path mount : mountsBelowSys()) {
        int fd = Linux.open(mount.toString(), libc.O_PATH() | libc.O_CLOEXEC());
        if (fd >= 0) {
          below.put(mount, fd);
        }
      }
      Failures.check(Linux.mount("sysfs", "/sys", "sysfs", 0), "mount /sys");
      for (Map.Entry<Path, Integer> mount : below.entrySet()) {
        if (Files.isDirectory(mount.getKey())) {
          Failures.check(
              Linux.mount(
                  "/proc/thread-self/fd/" + mount.getValue(),
                  mount.getKey().toString(),
                  null,
                  libc.MS_BIND() | libc.MS_REC()),
              "put back " + mount.getKey());
        }
      }
    } finally {
      below.values().forEach(Linux::close);
    }
  }

  /** The outermost mounts below /sys; those below them come along with their parents. */
  private static List<Path> mountsBelowSys() throws IOException {
    List<Path> mounts = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("/proc/thread-self/mountinfo"))) {
      // proc_pid_mountinfo(5): the fifth field is the mount point.
      Path point = Path.of(line.split(" ", 6)[4]);
      if (point.startsWith("/sys")
          && point.getNameCount() > 1
          && mounts.stream().noneMatch(point::startsWith)) {
        mounts.add(point);
      }
    }
    return mounts;
  }
}
