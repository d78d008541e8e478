package dev.cnm.netlink.namespace;

import java.io.IOException;

/** A setting has to be changed, and {@code /proc/sys} is mounted read-only. */
public final class ReadOnlySettingException extends IOException {

  private static final long serialVersionUID = 1L;

  private final String path;

  ReadOnlySettingException(String path, String message) {
    super(message);
    this.path = path;
  }

  /** Which one, below {@code /proc/sys}, such as {@code net/ipv4/ip_forward}. */
  public String path() {
    return path;
  }
}
