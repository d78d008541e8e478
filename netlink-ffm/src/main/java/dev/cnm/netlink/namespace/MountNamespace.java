package dev.cnm.netlink.namespace;

import dev.cnm.netlink.Errno;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.internal.Linux;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A mount namespace ({@code mount_namespaces(7)}) for a process that is to see some files of its
 * own. Every method changes the calling thread, which must be one of {@link NamespaceThread#call}.
 */
public final class MountNamespace {

  private static final String SELF = "/proc/thread-self/fd/";

  private static final Path SYS = Path.of("/sys");

  /** What is mounted where something is hidden. */
  private static final String NOTHING = "cnm-hidden";

  /** In a line of mountinfo. */
  private static final int POINT = 4;

  private static final Map<String, Integer> KEPT =
      Map.of("nosuid", libc.MS_NOSUID(), "nodev", libc.MS_NODEV(), "noexec", libc.MS_NOEXEC());

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
   * Moves the calling thread into the mount namespace of a process. Its working folder is the one
   * of the same name there or, if there is none, the root.
   *
   * @throws IOException if there is no such process, or the kernel refuses
   */
  public static void enter(long pid) throws IOException {
    NamespaceThread.require();
    // A thread that shares its root and working folder with others may not change them.
    Failures.check(Linux.unshare(libc.CLONE_FS()), "part from the other threads' working folder");
    OtherNamespaces.enter(pid, "mnt", libc.CLONE_NEWNS());
    // Which has led to the root (mntns_install of fs/namespace.c).
    int _ = Linux.chdir(Path.of("").toAbsolutePath().toString());
  }

  /**
   * Shows {@code source} at {@code target}, which exists. A link at {@code target} is covered
   * itself, wherever it leads; before Linux 5.6 or glibc 2.36, what it leads to is.
   *
   * @throws IOException if the kernel refuses
   */
  public static void bind(Path source, Path target) throws IOException {
    NamespaceThread.require();
    int result =
        Files.isSymbolicLink(target)
            ? bindOverLink(source, target)
            : Linux.mount(source.toString(), target.toString(), null, libc.MS_BIND());
    Failures.check(result, "show " + source + " at " + target);
  }

  private static int bindOverLink(Path source, Path link) {
    int fd;
    try {
      fd = Linux.openTree(link.toString(), libc.AT_SYMLINK_NOFOLLOW() | libc.O_CLOEXEC());
    } catch (LinkageError e) {
      fd = -Errno.ENOSYS.number();
    }
    int result = fd;
    if (fd >= 0) {
      result = Linux.mount(source.toString(), SELF + fd, null, libc.MS_BIND());
      Linux.close(fd);
    }
    return result < 0
        ? Linux.mount(source.toString(), link.toString(), null, libc.MS_BIND())
        : result;
  }

  /**
   * Makes a folder the namespace's own: what is changed in it is seen, and kept, in the namespace
   * alone, and it has empty files of these names, whatever there was. What is mounted below it is
   * put back. The folder that all others see stays as it is, and needn't be writable.
   *
   * @throws IOException if the kernel refuses, for example because it has no overlayfs; nothing is
   *     changed then
   */
  public static void own(Path folder, List<String> names) throws IOException {
    NamespaceThread.require();
    String attempt = "make " + folder + " this namespace's own";
    Map<Path, HeldFile> below = hold(outermostBelow(folder, mounts().keySet()));
    int lower = Linux.open(folder.toString(), libc.O_PATH() | libc.O_CLOEXEC());
    int mounted = 0;
    try {
      Failures.check(lower, attempt);
      // It holds what is changed, and lies hidden below the rest in the end.
      Failures.check(Linux.mount("tmpfs", folder.toString(), "tmpfs", 0, "mode=755"), attempt);
      mounted++;
      Path upper = Files.createDirectory(folder.resolve("upper"));
      Files.setPosixFilePermissions(upper, Files.getPosixFilePermissions(Path.of(SELF + lower)));
      for (String name : names) {
        Files.createFile(upper.resolve(name));
      }
      Path work = Files.createDirectory(folder.resolve("work"));
      String data = "lowerdir=" + SELF + lower + ",upperdir=" + upper + ",workdir=" + work;
      Failures.check(Linux.mount("overlay", folder.toString(), "overlay", 0, data), attempt);
      mounted++;
      putBack(below);
    } catch (Throwable e) {
      for (; mounted > 0; mounted--) {
        int _ = Linux.umount2(folder.toString(), libc.MNT_DETACH());
      }
      throw e;
    } finally {
      below.values().forEach(HeldFile::close);
      if (lower >= 0) {
        Linux.close(lower);
      }
    }
  }

  /**
   * Mounts {@code /sys} anew, read-only, since {@code /sys/class/net} shows the network namespace
   * of who mounted it. What is mounted below it, such as the control groups, is put back, read-only
   * as well.
   *
   * @param own whether the network namespace is one of this process's own: another one's {@code
   *     /sys} can't always be mounted, and stays as it is then
   * @throws IOException if the kernel refuses
   */
  public static void mountSysfs(boolean own) throws IOException {
    NamespaceThread.require();
    Map<Path, HeldFile> below = hold(outermostBelow(SYS, mounts().keySet()));
    try {
      long flags = libc.MS_RDONLY() | libc.MS_NOSUID() | libc.MS_NODEV() | libc.MS_NOEXEC();
      int result = Linux.mount("sysfs", SYS.toString(), "sysfs", flags);
      // It is the very one (do_add_mount of fs/namespace.c): this network namespace's.
      boolean there = result == -Errno.EBUSY.number();
      if (!there && (own || result != -Errno.EPERM.number())) {
        Failures.check(result, "mount /sys");
        putBack(below);
      }
    } finally {
      below.values().forEach(HeldFile::close);
    }
    remountReadOnly(List.of(SYS));
  }

  /** What stands for mounts when they are covered, to be closed. */
  private static Map<Path, HeldFile> hold(List<Path> mounts) {
    Map<Path, HeldFile> held = new LinkedHashMap<>();
    for (Path mount : mounts) {
      try {
        held.put(mount, HeldFile.of(mount));
      } catch (IOException e) {
        // It can't be looked at from here, so it can't be put back either.
      }
    }
    return held;
  }

  private static void putBack(Map<Path, HeldFile> held) throws IOException {
    for (Map.Entry<Path, HeldFile> mount : held.entrySet()) {
      if (Files.exists(mount.getKey())) {
        attach(mount.getValue().path(), mount.getKey());
      }
    }
  }

  private static void attach(Path source, Path target) throws IOException {
    Failures.check(
        Linux.mount(source.toString(), target.toString(), null, libc.MS_BIND() | libc.MS_REC()),
        "show " + source + " at " + target);
  }

  /** The outermost mounts below a path; those below them come along with their parents. */
  private static List<Path> outermostBelow(Path path, Set<Path> mounts) {
    List<Path> outermost = new ArrayList<>();
    for (Path point : mounts) {
      if (point.startsWith(path)
          && !point.equals(path)
          && outermost.stream().noneMatch(point::startsWith)) {
        outermost.add(point);
      }
    }
    return outermost;
  }

  /**
   * Makes files and folders read-only, with all that is mounted below them. What doesn't exist is
   * passed over.
   *
   * @throws IOException if the kernel refuses
   */
  public static void makeReadOnly(List<Path> paths) throws IOException {
    NamespaceThread.require();
    List<Path> there = paths.stream().filter(Files::exists).toList();
    for (Path path : there) {
      attach(path, path);
    }
    remountReadOnly(there);
  }

  /** Makes what is mounted at and below paths read-only, one mount after another. */
  private static void remountReadOnly(List<Path> paths) throws IOException {
    for (Map.Entry<Path, String> mount : mounts().entrySet()) {
      Set<String> options = Set.of(mount.getValue().split(","));
      if (options.contains("ro") || paths.stream().noneMatch(mount.getKey()::startsWith)) {
        continue;
      }
      // What somebody mightier has set must stay set (mount_namespaces(7), "Restrictions").
      long flags = libc.MS_REMOUNT() | libc.MS_BIND() | libc.MS_RDONLY();
      for (Map.Entry<String, Integer> kept : KEPT.entrySet()) {
        if (options.contains(kept.getKey())) {
          flags |= kept.getValue();
        }
      }
      int result = Linux.mount(null, mount.getKey().toString(), null, flags);
      // One that lies below another mount can't be reached, nor need it be changed.
      if (result != -Errno.ENOENT.number() && result != -Errno.EINVAL.number()) {
        Failures.check(result, "make " + mount.getKey() + " read-only");
      }
    }
  }

  /**
   * Shows nothing at a path: an empty folder that nobody can write to, or an empty file. What
   * doesn't exist is passed over.
   *
   * @throws IOException if the kernel refuses
   */
  public static void hide(Path path) throws IOException {
    NamespaceThread.require();
    if (Files.isDirectory(path)) {
      long flags = libc.MS_RDONLY() | libc.MS_NOSUID() | libc.MS_NODEV() | libc.MS_NOEXEC();
      Failures.check(Linux.mount(NOTHING, path.toString(), "tmpfs", flags), "hide " + path);
    } else if (Files.exists(path)) {
      bind(Path.of("/dev/null"), path);
    }
  }

  /**
   * Whether {@link #hide} has hidden a folder from this process.
   *
   * @throws IOException if the mounts can't be read
   */
  public static boolean isHidden(Path folder) throws IOException {
    String found = "";
    for (String line : mountinfo()) {
      String[] fields = line.split(" ");
      if (fields[POINT].equals(folder.toString())) {
        found = fields[fields.length - 2];
      }
    }
    return found.equals(NOTHING);
  }

  /** The options of each mount by where it is; of several at one place, the uppermost's. */
  private static Map<Path, String> mounts() throws IOException {
    Map<Path, String> mounts = new LinkedHashMap<>();
    for (String line : mountinfo()) {
      // proc_pid_mountinfo(5): the fifth field is the mount point, the sixth has the options.
      String[] fields = line.split(" ", POINT + 3);
      mounts.put(Path.of(fields[POINT]), fields[POINT + 1]);
    }
    return mounts;
  }

  private static List<String> mountinfo() throws IOException {
    return Files.readAllLines(Path.of("/proc/thread-self/mountinfo"), StandardCharsets.ISO_8859_1);
  }
}
