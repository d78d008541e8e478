package dev.cnm.netlink;

import dev.cnm.netlink.gen.netlink;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The names of attributes, for errors only: the kernel tells by offset which attribute of a request
 * it objects to, and the request itself is walked again to say which that is. The names are those
 * of the generated constants; {@link MessageAttributes} has those of each message.
 *
 * @param constants the class of the constants; null if the types are no named constants
 * @param ofThisLevel which of its constants are the types of this level
 * @param header the length of the fixed header before the attributes
 * @param nested the levels below, by attribute name
 * @param variants the levels below the attribute whose meaning depends on a sibling's string, by
 *     that string
 */
record AttributeNames(
    @Nullable Class<?> constants,
    Predicate<String> ofThisLevel,
    int header,
    Map<String, AttributeNames> nested,
    Map<String, AttributeNames> variants) {

  /** A level of which nothing is known. */
  static final AttributeNames UNKNOWN =
      new AttributeNames(null, name -> false, 0, Map.of(), Map.of());

  /** Prefixes that begin like another one: {@code IFLA_INFO_KIND} is no {@code IFLA_} attribute. */
  private static final List<String> LONGER_PREFIXES =
      List.of(
          "IFLA_INFO_",
          "IFLA_BR_",
          "IFLA_BRPORT_",
          "IFLA_VXLAN_",
          "IFLA_MACVLAN_",
          "IFLA_INET6_",
          "IFLA_INET_",
          "IFA_F_",
          "NFTA_FIB_F_",
          "NFTA_SET_ELEM_LIST_",
          "NFTA_SET_ELEM_",
          "NFTA_SET_DESC_",
          "NFTA_SET_FIELD_");

  /** The level whose types are the constants that begin with {@code prefix}. */
  static AttributeNames beginningWith(String prefix, Class<?> constants) {
    Predicate<String> ofThisLevel =
        name ->
            name.startsWith(prefix)
                && LONGER_PREFIXES.stream()
                    .noneMatch(
                        longer -> longer.length() > prefix.length() && name.startsWith(longer));
    return new AttributeNames(constants, ofThisLevel, 0, Map.of(), Map.of());
  }

  /** The level whose types are these constants. */
  static AttributeNames called(Set<String> names, Class<?> constants) {
    return new AttributeNames(constants, names::contains, 0, Map.of(), Map.of());
  }

  /** The same behind a fixed header of this length. */
  AttributeNames behind(int length) {
    return new AttributeNames(constants, ofThisLevel, length, nested, variants);
  }

  /** The same with levels below, by attribute name. */
  AttributeNames with(Map<String, AttributeNames> below) {
    return new AttributeNames(constants, ofThisLevel, header, below, variants);
  }

  /** The same with levels below attributes that have none by name, by the sibling's string. */
  AttributeNames withVariants(Map<String, AttributeNames> kinds) {
    return new AttributeNames(constants, ofThisLevel, header, nested, kinds);
  }

  /**
   * The path to the attribute at {@code offset} of the message, or null if nothing begins there.
   *
   * @param offset from the beginning of the netlink header ({@code NLMSGERR_ATTR_OFFS})
   */
  @Nullable String path(Message message, int offset) {
    Found found = find(message, offset);
    return found == null ? null : found.path;
  }

  /**
   * The path of an attribute that is missing.
   *
   * @param nest the offset of the attribute that should hold it, or 0 ({@code
   *     NLMSGERR_ATTR_MISS_NEST})
   * @param type its type ({@code NLMSGERR_ATTR_MISS_TYPE})
   */
  String missing(Message message, int nest, int type) {
    Found outer = nest == 0 ? null : find(message, nest);
    return outer == null ? name(type) : outer.path + " > " + outer.below.name(type);
  }

  /** An attribute that was sought, and the level below it. */
  private record Found(String path, AttributeNames below) {}

  private @Nullable Found find(Message message, int offset) {
    MemorySegment bytes = message.bytes();
    return find(bytes, MessageWriter.HEADER_LENGTH + header, (int) bytes.byteSize(), offset);
  }

  private @Nullable Found find(MemorySegment bytes, int start, int end, int offset) {
    String kind = null;
    int at = start;
    while (at + 4 <= end && at <= offset) {
      int length = Short.toUnsignedInt(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
      int type =
          Short.toUnsignedInt(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + 2))
              & netlink.NLA_TYPE_MASK();
      if (length < 4 || at + length > end) {
        return null;
      }
      if (offset < at + length) {
        String name = name(type);
        AttributeNames below = below(name, kind);
        Found inside =
            offset == at ? null : below.find(bytes, at + 4 + below.header, at + length, offset);
        return inside == null
            ? new Found(name, below)
            : new Found(name + " > " + inside.path, inside.below);
      }
      if (!variants.isEmpty() && type == 1) {
        kind = string(bytes, at + 4, at + length);
      }
      at += MessageWriter.align(length);
    }
    return null;
  }

  private AttributeNames below(String name, @Nullable String kind) {
    AttributeNames known = nested.get(name);
    if (known != null) {
      return known;
    }
    AttributeNames variant = kind == null ? null : variants.get(kind);
    return variant == null ? UNKNOWN : variant;
  }

  private String name(int type) {
    if (constants != null) {
      for (Method method : constants.getMethods()) {
        if (ofThisLevel.test(method.getName()) && method.getParameterCount() == 0) {
          try {
            if (method.invoke(null) instanceof Integer value && value == type) {
              return method.getName();
            }
          } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
          }
        }
      }
    }
    return Integer.toString(type);
  }

  private static String string(MemorySegment bytes, int start, int end) {
    StringBuilder text = new StringBuilder();
    for (int i = start; i < end && bytes.get(ValueLayout.JAVA_BYTE, i) != 0; i++) {
      text.append((char) bytes.get(ValueLayout.JAVA_BYTE, i));
    }
    return text.toString();
  }
}
