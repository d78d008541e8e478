package dev.cnm.netlink.nft;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What the kernel keeps for {@code nft} without looking at it: values, each behind its type and its
 * length in an octet each (libnftnl's {@code struct nftnl_udata}).
 */
final class UserData {

  /** In the user data of a rule, chain and element. */
  static final int COMMENT = 0;

  /** {@code NFT_USERDATA_MAXLEN}. */
  static final int LENGTH = 256;

  /** nft takes comments of 128 octets with the zero. */
  private static final int LONGEST_COMMENT = 127;

  private UserData() {}

  /** A string with its zero; nothing if it is empty. */
  static void comment(ByteBuffer data, int type, String text) {
    if (!text.isEmpty()) {
      byte[] letters = text.getBytes(StandardCharsets.UTF_8);
      int length = Math.min(letters.length, LONGEST_COMMENT);
      data.put((byte) type).put((byte) (length + 1)).put(letters, 0, length).put((byte) 0);
    }
  }

  /** The string of a type; empty if there is none. */
  static String comment(byte[] data, int type) {
    int next;
    for (int at = 0; at + 1 < data.length; at = next) {
      next = at + 2 + Byte.toUnsignedInt(data[at + 1]);
      if (data[at] == type && next <= data.length) {
        byte[] letters = Arrays.copyOfRange(data, at + 2, next);
        int end = 0;
        while (end < letters.length && letters[end] != 0) {
          end++;
        }
        return new String(letters, 0, end, StandardCharsets.UTF_8);
      }
    }
    return "";
  }
}
