package dev.cnm.cli.output;

import dev.cnm.InvalidParameterException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Docker's {@code --filter KEY=VALUE}: of the values for one key any has to match, and every key
 * has to.
 */
public final class Filters {

  private final Map<String, List<String>> values = new TreeMap<>();

  private Filters() {}

  /**
   * Reads filters.
   *
   * @param texts each {@code KEY=VALUE}, or {@code KEY!=VALUE} for a key that is known with the
   *     exclamation mark
   * @param known the keys that there are
   * @throws InvalidParameterException if one is anything else
   */
  public static Filters parse(List<String> texts, List<String> known) {
    Filters filters = new Filters();
    for (String text : texts) {
      int equals = text.indexOf('=');
      if (equals < 0) {
        throw new InvalidParameterException(
            "invalid filter \"" + text + "\": it is to be KEY=VALUE");
      }
      String key = text.substring(0, equals).strip().toLowerCase(Locale.ROOT);
      if (!known.contains(key)) {
        throw new InvalidParameterException(
            "invalid filter '" + key + "': it can be one of " + String.join(", ", known));
      }
      filters
          .values
          .computeIfAbsent(key, none -> new ArrayList<>())
          .add(text.substring(equals + 1).strip());
    }
    return filters;
  }

  /** The values for a key; none if it isn't filtered by. */
  public List<String> values(String key) {
    return values.getOrDefault(key, List.of());
  }

  /** Whether it isn't filtered by the key, or a value for it fulfils {@code test}. */
  boolean any(String key, Predicate<String> test) {
    List<String> wanted = values(key);
    return wanted.isEmpty() || wanted.stream().anyMatch(test);
  }

  /** Whether {@code text} is a value for the key. */
  boolean equal(String key, String text) {
    return any(key, text::equals);
  }

  /** Whether a value for the key is found in {@code text}, be it as a regular expression. */
  boolean found(String key, String text) {
    return any(key, wanted -> wanted.equals(text) || found(key, wanted, text));
  }

  /** Whether all labels that are wanted are there, and none that is not. */
  public boolean labels(Map<String, String> labels) {
    return values("label").stream().allMatch(it -> has(labels, it))
        && values("label!").stream().noneMatch(it -> has(labels, it));
  }

  private static boolean has(Map<String, String> labels, String wanted) {
    int equals = wanted.indexOf('=');
    return equals < 0
        ? labels.containsKey(wanted)
        : wanted.substring(equals + 1).equals(labels.get(wanted.substring(0, equals)));
  }

  /** Whether it isn't filtered by the key, or {@code state} is what the value says. */
  boolean flag(String key, BooleanSupplier state) {
    return any(
        key,
        wanted ->
            switch (wanted.toLowerCase(Locale.ROOT)) {
              case "true", "1" -> state.getAsBoolean();
              case "false", "0" -> !state.getAsBoolean();
              default -> throw invalid(key, wanted, "it can be true or false");
            });
  }

  private static boolean found(String key, String wanted, String text) {
    try {
      return pattern(key, wanted).matcher(new Text(text, new AtomicInteger())).find();
    } catch (TooLongException | StackOverflowError e) {
      throw invalid(key, wanted, "looking for it takes too long");
    }
  }

  /** A pattern such as (a+)+b may look at a text for longer than anybody waits. */
  private static final class TooLongException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** A text that is looked at for so long only. */
  private record Text(String text, AtomicInteger looks) implements CharSequence {

    private static final int MOST_LOOKS = 1_000_000;

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      if (looks.incrementAndGet() > MOST_LOOKS) {
        throw new TooLongException();
      }
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Text(text.substring(start, end), looks);
    }

    @Override
    public String toString() {
      return text;
    }
  }

  private static Pattern pattern(String key, String wanted) {
    try {
      return Pattern.compile(wanted);
    } catch (PatternSyntaxException | StackOverflowError e) {
      throw invalid(key, wanted, "it is no regular expression");
    }
  }

  static InvalidParameterException invalid(String key, String value, String reason) {
    return new InvalidParameterException("invalid filter '" + key + "=" + value + "': " + reason);
  }
}
