package dev.cnm.driver.bridge;

import dev.cnm.netlink.nft.Element;
import dev.cnm.netlink.nft.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a setting of the host was before we changed it. It stands in the table, so that it survives
 * us, and whoever has the last network on this host can put it back, be he another program.
 *
 * @param link the link's name, {@code all} or {@code default}
 * @param setting which setting
 * @param value its value
 */
record Former(String link, HostSetting setting, int value) {

  /** No link's name has a slash or a space ({@code dev_valid_name} of net/core/dev.c). */
  private static final Pattern TEXT = Pattern.compile("([^/ ]+)/([a-z0-9._]+)=(-?[0-9]{1,9})");

  /** Whether it is of a bridge that was there before its network; otherwise of the host. */
  boolean isOf(String bridge) {
    return link.equals(bridge)
        && switch (setting) {
          case DOWN, IPV4_GATEWAY, IPV6_GATEWAY, IPV4_LOCALNET, IPV6_DISABLED -> true;
          case IPV4_FORWARDING, IPV4_REDIRECTS, IPV6_FORWARDING, IPV6_ADVICE -> false;
        };
  }

  /** Whether it came with forwarding of this family. */
  boolean isOfForwarding(boolean ipv6) {
    return switch (setting) {
      case IPV4_FORWARDING, IPV4_REDIRECTS -> !ipv6;
      case IPV6_FORWARDING, IPV6_ADVICE -> ipv6;
      case DOWN, IPV4_GATEWAY, IPV6_GATEWAY, IPV4_LOCALNET, IPV6_DISABLED -> false;
    };
  }

  /** As an element of {@link Layout#BEFORE}. */
  Entry entry(String comment) {
    return new Entry(
        Layout.BEFORE,
        Element.of(
            Field.join(Field.ifname(link), Field.ifname(setting.key())),
            new Element.Value.Fields(Field.int32(value)),
            comment));
  }

  /** What an element of that map says; empty if it is none of ours. */
  static Optional<Former> of(Element element) {
    byte[] key = element.key().octets();
    int half = key.length / 2;
    String link = text(Arrays.copyOf(key, half));
    String setting = text(Arrays.copyOfRange(key, half, key.length));
    return element.value().isPresent()
            && element.value().get() instanceof Element.Value.Fields(Field value)
            && value.length() == Integer.BYTES
        ? HostSetting.of(setting)
            .map(it ->
                new Former(
                    link,
                    it,
                    ByteBuffer.wrap(value.octets()).order(ByteOrder.nativeOrder()).getInt()))
        : Optional.empty();
  }

  private static String text(byte[] field) {
    return new String(field, StandardCharsets.US_ASCII).replaceFirst("\0.*", "");
  }

  /** Several as one text, for a network's state. */
  static String text(List<Former> all) {
    return String.join(" ", all.stream().map(Former::toString).toList());
  }

  /** The reverse; what it doesn't understand is left out. */
  static List<Former> parse(String text) {
    return TEXT.matcher(text)
        .results()
        .flatMap(word ->
            HostSetting.of(word.group(2)).stream()
                .map(it -> new Former(word.group(1), it, Integer.parseInt(word.group(3)))))
        .toList();
  }

  /** Such as {@code all/ipv4.forwarding=0}. */
  @Override
  public String toString() {
    return link + "/" + setting.key() + "=" + value;
  }
}
