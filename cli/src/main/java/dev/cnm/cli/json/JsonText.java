package dev.cnm.cli.json;

import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON (RFC 8259) of maps, collections, texts, numbers, booleans and null, laid out as Docker does:
 * keys in the order of the map, and either nothing between the tokens or four spaces a level.
 */
public final class JsonText {

  private static final String LEVEL = "    ";

  private final StringBuilder text = new StringBuilder();
  private final boolean indented;

  private JsonText(boolean indented) {
    this.indented = indented;
  }

  /**
   * An object for {@link #compact} and {@link #indented}.
   *
   * @param keysAndValues in turns; a key is a text
   */
  public static Map<String, @Nullable Object> object(@Nullable Object... keysAndValues) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      object.put(String.valueOf(keysAndValues[i]), keysAndValues[i + 1]);
    }
    return object;
  }

  /** In one line. */
  public static String compact(@Nullable Object value) {
    return print(value, false);
  }

  /** In as many lines as there are values. */
  public static String indented(@Nullable Object value) {
    return print(value, true);
  }

  private static String print(@Nullable Object value, boolean indented) {
    JsonText json = new JsonText(indented);
    json.value(value, 0);
    return json.text.toString();
  }

  private void value(@Nullable Object value, int depth) {
    switch (value) {
      case null -> text.append("null");
      case Map<?, ?> map -> {
        Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
        group(
            '{',
            '}',
            depth,
            entries,
            entry -> {
              string(String.valueOf(entry.getKey()));
              text.append(indented ? ": " : ":");
              value(entry.getValue(), depth + 1);
            });
      }
      case Collection<?> all ->
          group('[', ']', depth, all.iterator(), element -> value(element, depth + 1));
      case Number number -> text.append(number);
      case Boolean flag -> text.append(flag);
      default -> string(value.toString());
    }
  }

  private interface Part<T extends @Nullable Object> {
    void print(T part);
  }

  private <T extends @Nullable Object> void group(
      char open, char close, int depth, Iterator<? extends T> parts, Part<T> printer) {
    text.append(open);
    boolean empty = !parts.hasNext();
    while (parts.hasNext()) {
      newLine(depth + 1);
      printer.print(parts.next());
      if (parts.hasNext()) {
        text.append(',');
      }
    }
    if (!empty) {
      newLine(depth);
    }
    text.append(close);
  }

  private void newLine(int depth) {
    if (indented) {
      text.append('\n').repeat(LEVEL, depth);
    }
  }

  private void string(String value) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        default -> {
          // A terminal acts on these, and a surrogate on its own is no UTF-8.
          boolean alone = Character.isSurrogate(c) && !isPaired(value, i);
          if (Character.isISOControl(c) || alone) {
            text.append(String.format("\\u%04x", (int) c));
          } else {
            text.append(c);
          }
        }
      }
    }
    text.append('"');
  }

  private static boolean isPaired(String value, int i) {
    return Character.isHighSurrogate(value.charAt(i))
        ? i + 1 < value.length() && Character.isLowSurrogate(value.charAt(i + 1))
        : i > 0 && Character.isHighSurrogate(value.charAt(i - 1));
  }
}
