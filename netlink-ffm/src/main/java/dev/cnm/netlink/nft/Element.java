package dev.cnm.netlink.nft;

import java.util.Optional;

/**
 * An element of a set or map.
 *
 * @param key one field, or several joined; of a range, the first
 * @param last of a range, the last key; empty for a single one. For sets of joined fields, where
 *     each field has a range of its own
 * @param value of a map, what it leads to
 * @param comment for who lists it; empty for none
 */
public record Element(Field key, Optional<Field> last, Optional<Value> value, String comment) {

  /** An element of a set. */
  public static Element of(Field key, String comment) {
    return new Element(key, Optional.empty(), Optional.empty(), comment);
  }

  /** An element of a set of ranges: all from the first to the last, both included. */
  public static Element range(Field first, Field last, String comment) {
    return new Element(first, Optional.of(last), Optional.empty(), comment);
  }

  /** An element of a map. */
  public static Element of(Field key, Value value, String comment) {
    return new Element(key, Optional.empty(), Optional.of(value), comment);
  }

  /** For error messages: its comment and its key. */
  String describe() {
    return key + (comment.isEmpty() ? "" : " (" + comment + ")");
  }

  /** What an element of a map leads to. */
  public sealed interface Value {

    /**
     * Fields.
     *
     * @param field one, or several joined
     */
    record Fields(Field field) implements Value {}

    /**
     * A verdict.
     *
     * @param verdict what becomes of the packet
     */
    record Decision(Verdict verdict) implements Value {}
  }
}
