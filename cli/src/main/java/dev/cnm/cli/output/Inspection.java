package dev.cnm.cli.output;

import dev.cnm.cli.json.JsonText;
import dev.cnm.cli.template.Template;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Objects in the form that {@code inspect --format} asks for: an indented JSON array, {@code json}
 * for one in one line, or a template for each object.
 */
public final class Inspection {

  private final String format;
  private final Optional<Template> template;
  private final List<Map<String, @Nullable Object>> objects = new ArrayList<>();

  /**
   * Nothing yet.
   *
   * @param format what the caller asked for; empty for an indented array
   * @throws dev.cnm.InvalidParameterException if it is a template that can't be read
   */
  public Inspection(String format) {
    this.format = format;
    template =
        format.isEmpty() || format.equals("json")
            ? Optional.empty()
            : Optional.of(Template.parse(format));
  }

  /** Adds an object. */
  public void add(Map<String, @Nullable Object> object) {
    objects.add(object);
  }

  /**
   * All of it, with the end of its last line.
   *
   * @throws dev.cnm.InvalidParameterException if the template asks for what isn't there
   */
  public String print() {
    if (template.isEmpty()) {
      return (format.isEmpty() ? JsonText.indented(objects) : JsonText.compact(objects)) + "\n";
    }
    StringBuilder text = new StringBuilder();
    objects.forEach(it -> text.append(template.get().render(it)).append('\n'));
    return text.toString();
  }
}
