package dev.cnm.cli.template;

import dev.cnm.InvalidParameterException;
import dev.cnm.cli.json.JsonText;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The functions of Go's templates and of Docker's. */
final class Functions {

  /** The longest text that a template makes, in characters. */
  static final int LONGEST = 1 << 24;

  private Functions() {}

  /** One argument, which may be nothing. */
  record Argument(@Nullable Object value) {}

  static @Nullable Object call(String name, List<Argument> given) {
    Object result = result(name, given);
    if (result instanceof String text && text.length() > LONGEST) {
      throw new InvalidParameterException(
          "template: " + name + " gives more than " + LONGEST + " characters");
    }
    return result;
  }

  private static @Nullable Object result(String name, List<Argument> given) {
    List<@Nullable Object> all = given.stream().<@Nullable Object>map(Argument::value).toList();
    return switch (name) {
      case "json" -> JsonText.compact(only(name, all));
      case "len" -> length(only(name, all));
      case "index" -> index(all);
      case "print" -> all.stream().map(Functions::text).collect(Collectors.joining());
      case "println" -> all.stream().map(Functions::text).collect(Collectors.joining(" ")) + "\n";
      case "join" -> join(name, all);
      case "split" -> split(name, all);
      case "lower" -> text(only(name, all)).toLowerCase(Locale.ROOT);
      case "upper" -> text(only(name, all)).toUpperCase(Locale.ROOT);
      case "title" -> title(text(only(name, all)));
      case "not" -> !isTrue(only(name, all));
      case "and" -> firstThat(false, name, all);
      case "or" -> firstThat(true, name, all);
      case "eq" -> {
        Object first = required(name, all, 0);
        required(name, all, 1);
        yield all.stream().skip(1).anyMatch(it -> same(first, it));
      }
      case "ne" -> !same(required(name, all, 0), required(name, all, 1));
      default ->
          throw new InvalidParameterException(
              "template parsing error: function \"" + name + "\" not defined");
    };
  }

  private static @Nullable Object only(String name, List<@Nullable Object> all) {
    if (all.size() != 1) {
      throw new InvalidParameterException(
          "template: " + name + " takes one value, and was given " + all.size());
    }
    return all.getFirst();
  }

  private static @Nullable Object required(String name, List<@Nullable Object> all, int i) {
    if (i >= all.size()) {
      throw new InvalidParameterException(
          "template: " + name + " takes more than " + all.size() + " values");
    }
    return all.get(i);
  }

  /** The first value that is true, or isn't; the last one if there is none. */
  private static @Nullable Object firstThat(
      boolean isTrue, String name, List<@Nullable Object> all) {
    Object value = required(name, all, 0);
    for (int i = 1; i < all.size() && isTrue(value) != isTrue; i++) {
      value = all.get(i);
    }
    return value;
  }

  private static int length(@Nullable Object value) {
    return switch (value) {
      case String text -> text.length();
      case Map<?, ?> map -> map.size();
      case Collection<?> list -> list.size();
      case null, default ->
          throw new InvalidParameterException("template: " + text(value) + " has no length");
    };
  }

  /** As Go does: a key that isn't there has no value, an index that isn't is an error. */
  private static @Nullable Object index(List<@Nullable Object> all) {
    Object value = required("index", all, 0);
    for (Object key : all.subList(1, all.size())) {
      value =
          switch (value) {
            case Map<?, ?> map -> map.get(text(key));
            case List<?> list when key instanceof Integer i && isIndex(i, list) -> list.get(i);
            case List<?> list ->
                throw new InvalidParameterException(
                    "template: index out of range: " + text(key) + " of " + list.size());
            case null, default ->
                throw new InvalidParameterException(
                    "template: " + text(value) + " has no element " + text(key));
          };
    }
    return value;
  }

  private static boolean isIndex(int i, List<?> list) {
    return i >= 0 && i < list.size();
  }

  private static String join(String name, List<@Nullable Object> all) {
    String separator = text(required(name, all, 1));
    return required(name, all, 0) instanceof Collection<?> list
        ? list.stream().map(Functions::text).collect(Collectors.joining(separator))
        : "";
  }

  private static List<String> split(String name, List<@Nullable Object> all) {
    String separator = text(required(name, all, 1));
    return Arrays.asList(text(required(name, all, 0)).split(Pattern.quote(separator), -1));
  }

  private static String title(String text) {
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }

  private static boolean same(@Nullable Object one, @Nullable Object other) {
    boolean numbers = one instanceof Number && other instanceof Number;
    return numbers ? text(one).equals(text(other)) : Objects.equals(one, other);
  }

  /** Go's truth: false for nothing, zero, and whatever is empty. */
  static boolean isTrue(@Nullable Object value) {
    return switch (value) {
      case null -> false;
      case Boolean flag -> flag;
      case Number number -> number.doubleValue() != 0;
      case String text -> !text.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      case Collection<?> list -> !list.isEmpty();
      default -> true;
    };
  }

  /** As Go prints it. */
  static String text(@Nullable Object value) {
    return switch (value) {
      case null -> "<no value>";
      case Map<?, ?> map ->
          new TreeMap<>(map)
              .entrySet().stream()
                  .map(it -> text(it.getKey()) + ":" + text(it.getValue()))
                  .collect(Collectors.joining(" ", "map[", "]"));
      case Collection<?> list ->
          list.stream().map(Functions::text).collect(Collectors.joining(" ", "[", "]"));
      default -> value.toString();
    };
  }
}
