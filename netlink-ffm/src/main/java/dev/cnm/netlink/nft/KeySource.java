package dev.cnm.netlink.nft;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Tells {@code nft} where the fields of a set's key come from, for keys with a field that it has no
 * type for: it lists such a set with {@code typeof} instead of {@code type}, and reads that again
 * (nftables' {@code expr_build_udata} of src/expression.c, src/meta.c and src/payload.c). To the
 * kernel it is user data: a type, a length and a value, one within the other.
 */
final class KeySource {

  /** nftables' {@code enum expr_types}. */
  private static final int PAYLOAD = 7;

  private static final int META = 9;
  private static final int CONCATENATION = 13;

  /** An expression: what kind it is, and what of it. */
  private static final int KIND = 0;

  private static final int DATA = 1;

  /** nftables' {@code enum proto_desc_id}: none, and that of an Ethernet header. */
  private static final int RAW = 0;

  private static final int ETHER = 0x11;

  /** Of an Ethernet header: its source ({@code enum eth_hdr_fields}). */
  private static final int ETHER_SOURCE = 2;

  /** nftables' {@code PROTO_BASE_TRANSPORT_HDR}. */
  private static final int TRANSPORT = 3;

  private KeySource() {}

  static void write(ByteBuffer out, int type, List<FieldType> key) {
    int all = open(out, type);
    number(out, KIND, CONCATENATION);
    int list = open(out, DATA);
    for (int i = 0; i < key.size(); i++) {
      int field = open(out, i);
      switch (key.get(i)) {
        case IFNAME -> {
          number(out, KIND, META);
          numbers(out, Expression.Meta.IIFNAME);
        }
        case ETHER_ADDR -> {
          number(out, KIND, PAYLOAD);
          numbers(out, ETHER, ETHER_SOURCE);
        }
        case ND_TARGET -> {
          number(out, KIND, PAYLOAD);
          Expression.Payload target = Expression.Payload.ndTarget(0);
          numbers(out, RAW, 0, TRANSPORT, target.offset() * Byte.SIZE, target.length() * Byte.SIZE);
        }
        case FieldType other -> throw new IllegalArgumentException("beside a raw field: " + other);
      }
      close(out, field);
    }
    close(out, list);
    close(out, all);
  }

  private static int open(ByteBuffer out, int type) {
    out.put((byte) type).put((byte) 0);
    return out.position();
  }

  private static void close(ByteBuffer out, int start) {
    out.put(start - 1, (byte) (out.position() - start));
  }

  private static void number(ByteBuffer out, int type, int value) {
    out.put((byte) type).put((byte) Integer.BYTES).putInt(value);
  }

  private static void numbers(ByteBuffer out, int... values) {
    int data = open(out, DATA);
    for (int i = 0; i < values.length; i++) {
      number(out, i, values[i]);
    }
    close(out, data);
  }
}
