package dev.cnm.netlink.nft;

import java.util.List;
import java.util.Optional;

/**
 * A named set or map.
 *
 * @param name unique in its table
 * @param key the fields of its key, in their order
 * @param data of a map, what its elements lead to
 * @param interval whether its elements are ranges
 * @param comment for who lists it; empty for none
 */
public record NftSet(
    String name, List<FieldType> key, Optional<Data> data, boolean interval, String comment) {

  /** Copies the list. */
  public NftSet {
    key = List.copyOf(key);
    if (key.isEmpty()) {
      throw new IllegalArgumentException("the set " + name + " has no key");
    }
  }

  /** A set of single values. */
  public static NftSet of(String name, String comment, FieldType... key) {
    return new NftSet(name, List.of(key), Optional.empty(), false, comment);
  }

  /**
   * A set of ranges of joined fields, each field from its own first to its own last value.
   *
   * @throws IllegalArgumentException if the key has one field only: the kernel keeps such ranges in
   *     another way
   */
  public static NftSet ranges(String name, String comment, FieldType... key) {
    if (key.length < 2) {
      throw new IllegalArgumentException("a set of ranges has a key of several fields: " + name);
    }
    return new NftSet(name, List.of(key), Optional.empty(), true, comment);
  }

  /** A map from single values to fields. */
  public static NftSet map(String name, String comment, List<FieldType> key, List<FieldType> data) {
    return new NftSet(name, key, Optional.of(new Data.Fields(data)), false, comment);
  }

  /** A map from single values to verdicts. */
  public static NftSet verdictMap(String name, String comment, FieldType... key) {
    return new NftSet(name, List.of(key), Optional.of(new Data.Verdicts()), false, comment);
  }

  /** What a map's elements lead to. */
  public sealed interface Data {

    /**
     * Values.
     *
     * @param types their fields, in their order
     */
    record Fields(List<FieldType> types) implements Data {

      /** Copies the list. */
      public Fields {
        types = List.copyOf(types);
      }
    }

    /** Verdicts. */
    record Verdicts() implements Data {}
  }

  static int length(List<FieldType> fields) {
    return fields.size() == 1
        ? fields.getFirst().length()
        : fields.stream().mapToInt(FieldType::paddedLength).sum();
  }

  /** nft packs the types of a key's fields into one number, six bits each (its TYPE_BITS). */
  static int typeNumber(List<FieldType> fields) {
    int number = 0;
    for (FieldType field : fields) {
      number = number << 6 | field.number();
    }
    return number;
  }
}
