package dev.cnm;

import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * What the things of the model may be called. The rule is that of Docker's container names, for
 * networks as well: a letter or digit, then letters, digits, {@code _}, {@code .} and {@code -}. A
 * name that keeps to it can stand in a path, a host name's place on a command line, or a log line,
 * and be nothing but a name.
 */
public final class Names {

  /** The longest name, in characters. */
  public static final int MAX_LENGTH = 128;

  /** The longest name of a link, in bytes: {@code IFNAMSIZ - 1} of linux/if.h. */
  public static final int MAX_INTERFACE_NAME_LENGTH = 15;

  /** The longest host name, in characters: {@code HOST_NAME_MAX} of limits.h. */
  public static final int MAX_HOSTNAME_LENGTH = 64;

  /** The longest domain, in characters: RFC 1035, section 2.3.4. */
  public static final int MAX_DOMAIN_LENGTH = 253;

  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");
  private static final Pattern ALIAS =
      Pattern.compile("[a-zA-Z0-9_]([a-zA-Z0-9_.-]*[a-zA-Z0-9_])?");
  private static final Pattern HOSTNAME =
      Pattern.compile("(?!\\.)[a-zA-Z0-9_.-]*[a-zA-Z0-9_-]\\.?");
  private static final Pattern DOMAIN =
      Pattern.compile("[a-zA-Z0-9_-]{1,63}(\\.[a-zA-Z0-9_-]{1,63})*");
  private static final Pattern INTERFACE_NAME = Pattern.compile("[!-~&&[^/:%]]+");

  /**
   * What a terminal acts on or doesn't show: the controls of ASCII and of ISO 8859 (of which 0x9b
   * begins a command as ESC [ does), line and paragraph separators, what turns the direction of
   * writing, and halves of characters.
   */
  private static final Pattern UNPRINTABLE =
      Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}]");

  private Names() {}

  /**
   * Returns somebody else's words as they can be shown on one line: line breaks as spaces, and
   * other characters that a terminal acts on or doesn't show as escapes with their number in
   * hexadecimal.
   */
  public static String printable(String text) {
    String line = text.strip().replaceAll("\\R+", " ");
    return UNPRINTABLE
        .matcher(line)
        .replaceAll(it -> {
          int character = it.group().codePointAt(0);
          return String.format(character < 0x100 ? "\\\\x%02x" : "\\\\u%04x", character);
        });
  }

  /**
   * Returns {@code name} if a network may be called so.
   *
   * @throws InvalidParameterException if not
   */
  public static String requireNetworkName(String name) {
    return require("network", name);
  }

  /**
   * Returns {@code name} if an endpoint may be called so.
   *
   * @throws InvalidParameterException if not
   */
  public static String requireEndpointName(String name) {
    return require("endpoint", name);
  }

  /**
   * Returns {@code name} if a sandbox may be called so.
   *
   * @throws InvalidParameterException if not
   */
  public static String requireSandboxName(String name) {
    return require("sandbox", name);
  }

  /**
   * Returns {@code name} if an endpoint may be found by it: letters, digits, {@code _}, {@code -}
   * and dots, with parts of at most 63 characters and none that is empty (RFC 1123, and the
   * underscore that container names have).
   *
   * @throws InvalidParameterException if not
   */
  public static String requireAlias(String name) {
    if (name.length() > MAX_LENGTH
        || !ALIAS.matcher(name).matches()
        || Arrays.stream(name.split("\\.", -1)).anyMatch(it -> it.isEmpty() || it.length() > 63)) {
      throw new InvalidParameterException("invalid alias: \"" + name + "\" is no host name");
    }
    return name;
  }

  /**
   * Returns {@code name} if a sandbox may have it as its host name: at most 64 letters, digits,
   * hyphens, dots and underscores, and no dot at the beginning. That is more than RFC 1123, section
   * 2.1, allows, as Docker and the kernel do; what would not be one word in a hosts file is
   * refused.
   *
   * @throws InvalidParameterException if not
   */
  public static String requireHostname(String name) {
    if (name.length() > MAX_HOSTNAME_LENGTH || !HOSTNAME.matcher(name).matches()) {
      throw new InvalidParameterException("invalid host name: \"" + name + '"');
    }
    return name;
  }

  /**
   * Returns {@code domain} if names may be looked for in it: as {@link #requireAlias}, but longer,
   * maybe with a dot at the end; or nothing but the dot, which stands for no domain.
   *
   * @throws InvalidParameterException if not
   */
  public static String requireDomain(String domain) {
    String parts = domain.endsWith(".") ? domain.substring(0, domain.length() - 1) : domain;
    boolean none = domain.equals(".");
    if (!none && (domain.length() > MAX_DOMAIN_LENGTH || !DOMAIN.matcher(parts).matches())) {
      throw new InvalidParameterException("invalid domain: \"" + domain + '"');
    }
    return domain;
  }

  /**
   * Returns {@code name} if a link may be called so: 1 to 15 printable ASCII characters without a
   * slash or a colon, and neither {@code .} nor {@code ..} ({@code dev_valid_name} of
   * net/core/dev.c, which is more generous with other bytes); and without {@code %}, by which the
   * kernel would choose another name ({@code dev_alloc_name}).
   *
   * @throws InvalidParameterException if not
   */
  public static String requireInterfaceName(String name) {
    if (name.length() > MAX_INTERFACE_NAME_LENGTH) {
      throw new InvalidParameterException(
          "interface name too long: \""
              + name
              + "\" has "
              + name.length()
              + " characters, the kernel takes "
              + MAX_INTERFACE_NAME_LENGTH);
    }
    if (!INTERFACE_NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
      throw new InvalidParameterException("invalid interface name: \"" + name + '"');
    }
    return name;
  }

  private static String require(String kind, String name) {
    if (name.isBlank()) {
      throw new InvalidParameterException("invalid " + kind + " name: it is empty");
    }
    if (name.length() > MAX_LENGTH) {
      throw new InvalidParameterException(
          "invalid " + kind + " name: longer than " + MAX_LENGTH + " characters");
    }
    if (!NAME.matcher(name).matches()) {
      throw new InvalidParameterException(
          "invalid "
              + kind
              + " name: \""
              + name
              + "\"; only [a-zA-Z0-9][a-zA-Z0-9_.-]* is allowed");
    }
    return name;
  }
}
