package dev.cnm.cli.output;

import dev.cnm.cli.json.JsonText;
import dev.cnm.cli.template.Template;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Things in rows, in the form that {@code --format} asks for: {@code table} or nothing, {@code
 * json} with one object a line, a template for each row, or {@code table} and a template whose
 * columns are separated by tabs.
 */
public final class Listing {

  private static final String TABLE = "table";

  private final String format;
  private final Map<String, String> titles;
  private final List<String> columns;
  private final List<Map<String, String>> rows = new ArrayList<>();

  /**
   * Nothing yet.
   *
   * @param format what the caller asked for; empty for a table
   * @param titles the title of each field that can stand in a table
   * @param columns the fields that stand in one if no template says otherwise
   */
  public Listing(String format, Map<String, String> titles, List<String> columns) {
    this.format = format.replace("\\t", "\t").replace("\\n", "\n").strip();
    this.titles = titles;
    this.columns = columns;
  }

  /** Adds a row: all its fields. */
  public void add(Map<String, String> row) {
    rows.add(row);
  }

  /**
   * All lines, each with its end.
   *
   * @throws dev.cnm.InvalidParameterException if the template is none, or asks for what isn't there
   */
  public String print() {
    if (format.equals("json")) {
      return lines(rows.stream().map(JsonText::compact).toList());
    }
    if (format.isEmpty() || format.equals(TABLE)) {
      Table table = new Table(columns.stream().map(titles::get).toList());
      rows.forEach(row -> table.row(columns.stream().map(row::get).toList()));
      return table.toString();
    }
    boolean table = format.startsWith(TABLE + " ");
    Template template = Template.parse(table ? format.substring(TABLE.length() + 1) : format);
    if (!table) {
      return lines(rows.stream().map(template::render).toList());
    }
    Map<String, @Nullable Object> head = new LinkedHashMap<>(titles);
    Table made = new Table(cells(template.render(head)));
    rows.forEach(row -> made.row(cells(template.render(row))));
    return made.toString();
  }

  private static List<String> cells(String row) {
    return List.of(row.split("\t", -1));
  }

  private static String lines(List<String> lines) {
    return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
  }
}
