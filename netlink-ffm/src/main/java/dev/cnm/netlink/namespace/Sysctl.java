package dev.cnm.netlink.namespace;

import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.internal.Linux;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
   * @throws IOException if there is none, or it may not be read
   */
  public static String read(String path) throws IOException {
    // In one read: most settings give nothing from the second byte on (proc_dointvec_minmax and
    // others of kernel/sysctl.c), and Files.readString reads the first byte alone.
    try (InputStream setting = Files.newInputStream(Path.of(ROOT + path))) {
      return new String(setting.readNBytes(PAGE), StandardCharsets.US_ASCII).strip();
    }
  }

  /**
   * Changes a setting.
   *
   * @param path below {@code /proc/sys}, such as {@code net/ipv4/ip_forward}
   * @throws IOException if there is none, or the kernel refuses the value
   */
  public static void write(String path, String value) throws IOException {
    write(Linux.open(ROOT + path, libc.O_WRONLY() | libc.O_CLOEXEC()), path, value);
  }

  /** The same for a namespace among many: looked up where it is found soon. */
  static void writeHere(String path, String value) throws IOException {
    write(PrivateProcfs.openSetting(path), path, value);
  }

  /** Writes to the setting's file and closes it; {@code fd} is that or a negated errno. */
  private static void write(int fd, String path, String value) throws IOException {
    String attempt = "set " + path.replace('/', '.') + " to " + value;
    Failures.check(fd, attempt);
    try {
      Failures.check(Linux.write(fd, value.getBytes(StandardCharsets.US_ASCII)), attempt);
    } finally {
      Linux.close(fd);
    }
  }

  /**
   * Changes a setting if it has another value. Where {@code /proc/sys} is read-only, a value that
   * is right already is good enough.
   *
   * @throws IOException if it can't be read, or has another value and can't be changed
   */
  public static void ensure(String path, String value) throws IOException {
    if (!read(path).equals(value)) {
      write(path, value);
    }
  }

  /**
   * Changes settings of a namespace, in the map's order; nothing is entered if there are none. One
   * that can't be changed is good enough if it is right already.
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
  private static void ensureHere(String path, String value) throws IOException {
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
