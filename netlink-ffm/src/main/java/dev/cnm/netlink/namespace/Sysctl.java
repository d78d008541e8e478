package dev.cnm.netlink.namespace;

import dev.cnm.netlink.Errno;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.internal.Linux;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Settings below {@code /proc/sys} ({@code sysctl(8)}). Those below {@code net} are the ones of the
 * network namespace that the calling thread is in; {@link NetworkNamespace#call} takes one
 * elsewhere.
 */
public final class Sysctl {

  static final String ROOT = "/proc/sys/";

  /** None is longer. */
  private static final int PAGE = 4096;

  private Sysctl() {}

  /**
   * The value of a setting, without the line's end.
   *
   * @param path below {@code /proc/sys}, such as {@code net/ipv4/ip_forward}
   * @throws NoSuchFileException if there is none
   * @throws IOException if it may not be read
   */
  public static String read(String path) throws IOException {
    // In one read: most settings give nothing from the second byte on (proc_dointvec_minmax and
    // others of kernel/sysctl.c), and Files.readString reads the first byte alone. Not through a
    // channel, which an interrupted thread can't read.
    try (InputStream setting = new FileInputStream(ROOT + path)) {
      return new String(setting.readNBytes(PAGE), StandardCharsets.US_ASCII).strip();
    } catch (FileNotFoundException e) {
      if (Files.exists(Path.of(ROOT + path))) {
        throw e;
      }
      throw new NoSuchFileException(ROOT + path);
    }
  }

  /**
   * Changes a setting.
   *
   * @param path below {@code /proc/sys}, such as {@code net/ipv4/ip_forward}
   * @throws ReadOnlySettingException if {@code /proc/sys} is read-only
   * @throws IOException if there is none, or the kernel refuses the value
   */
  public static void write(String path, String value) throws IOException {
    write(Linux.open(ROOT + path, libc.O_WRONLY() | libc.O_CLOEXEC()), path, value);
  }

  /** The same for a namespace among many: looked up where it is found soon. */
  private static void writeHere(String path, String value) throws IOException {
    write(PrivateProcfs.openSetting(path), path, value);
  }

  /** Writes to the setting's file and closes it; {@code fd} is that or a negated errno. */
  private static void write(int fd, String path, String value) throws IOException {
    check(fd, path, value);
    try {
      check(Linux.write(fd, value.getBytes(StandardCharsets.US_ASCII)), path, value);
    } finally {
      Linux.close(fd);
    }
  }

  private static void check(int result, String path, String value) throws IOException {
    if (result >= 0) {
      return;
    }
    String setting = name(path);
    String sentence =
        "cannot set " + setting + " to " + value + ": " + Errno.describe(-result) + reason(-result);
    if (result == -Errno.EROFS.number()) {
      throw new ReadOnlySettingException(
          path,
          sentence
              + "; /proc/sys is read-only here: have it set from outside (sysctl -w "
              + setting
              + "="
              + value
              + "), or start this with a writable /proc/sys");
    }
    throw new IOException(sentence);
  }

  /** The name as sysctl(8) writes it, where a dot within a link's name is a slash. */
  static String name(String path) {
    return path.replace('.', '\0').replace('/', '.').replace('\0', '/');
  }

  private static String reason(int errno) {
    if (errno == Errno.ENOENT.number()) {
      return ": a network namespace of this kernel has no such setting";
    }
    if (errno == Errno.EINVAL.number()) {
      return ": it doesn't take this value";
    }
    return errno == Errno.EACCES.number() || errno == Errno.EPERM.number()
        ? ": it isn't the namespace's own, or takes CAP_NET_ADMIN"
        : "";
  }

  /**
   * Changes a setting if it has another value. Where {@code /proc/sys} is read-only, a value that
   * is right already is good enough.
   *
   * @throws ReadOnlySettingException if it has another value and {@code /proc/sys} is read-only
   * @throws IOException if it can't be read, or has another value and can't be changed
   */
  public static void ensure(String path, String value) throws IOException {
    if (!isAlready(path, value)) {
      write(path, value);
    }
  }

  /**
   * Changes settings that are one's own, being those of one's own namespace or link, in the map's
   * order; nothing is entered if there are none. One that can't be changed is good enough if it is
   * right already. That {@code /proc/sys} is read-only, to protect what others have, doesn't keep
   * them from being changed where this process may mount a procfs.
   *
   * @param settings values by path below {@code /proc/sys}
   * @throws IOException if one has another value and can't be changed
   */
  public static void ensure(NetworkNamespace namespace, Map<String, String> settings)
      throws IOException {
    if (settings.isEmpty()) {
      return;
    }
    try {
      namespace.call(() -> {
        for (Map.Entry<String, String> setting : settings.entrySet()) {
          ensureHere(setting.getKey(), setting.getValue());
        }
        return settings;
      });
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Without a look at what it is: a lookup takes longer than the change. */
  static void ensureHere(String path, String value) throws IOException {
    try {
      writeHere(path, value);
    } catch (IOException e) {
      if (!isAlready(path, value)) {
        throw e;
      }
    }
  }

  private static boolean isAlready(String path, String value) {
    try {
      return read(path).equals(value);
    } catch (IOException e) {
      return false;
    }
  }
}
