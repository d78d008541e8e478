package dev.cnm.netlink.nft;

import java.util.Optional;

/**
 * An element of a set or map.
 *
 * @param key one field, or several joined
 * @param value of a map, what it leads to
 * @param comment for who lists it; empty for none
 */
public record Element(Field key, Optional<Value> value, String comment) {

  /** An element of a set. */
  public static Element of(Field key, String comment) {
    return new Element(key, Optional.empty(), comment);
  }

  /** An element of a map. */
  public static Element of(Field key, Value value, String comment) {
    return new Element(key, Optional.of(value), comment);
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
