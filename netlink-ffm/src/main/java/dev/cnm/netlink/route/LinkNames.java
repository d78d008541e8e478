package dev.cnm.netlink.route;

import dev.cnm.netlink.gen.rtnetlink;

/**
 * What the kernel takes as the name of a link ({@code dev_valid_name} of net/core/dev.c), and not
 * as a template of one: where there is a {@code %}, it looks for a free name ({@code
 * dev_alloc_name}), and doesn't say which it found.
 */
final class LinkNames {

  private LinkNames() {}

  static String require(String name) {
    if (name.isEmpty() || name.length() >= rtnetlink.IFNAMSIZ()) {
      throw new IllegalArgumentException(
          "a link's name has 1 to " + (rtnetlink.IFNAMSIZ() - 1) + " characters: \"" + name + '"');
    }
    if (name.equals(".")
        || name.equals("..")
        || !name.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '/' && c != ':' && c != '%')) {
      throw new IllegalArgumentException("no link can be called \"" + name + '"');
    }
    return name;
  }
}
