package dev.cnm.cli.output;

import java.util.ArrayList;
import java.util.List;

/** Columns under titles, as wide as Docker prints them: ten characters, or three spaces after. */
final class Table {

  private static final int NARROWEST = 10;
  private static final int PADDING = 3;

  private final List<List<String>> rows = new ArrayList<>();

  Table(List<String> titles) {
    rows.add(titles);
  }

  void row(List<String> cells) {
    rows.add(cells);
  }

  /** All lines, each with its end. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        String cell = row.get(i);
        text.append(cell);
        if (i < row.size() - 1) {
          text.repeat(' ', width(i) - length(cell));
        }
      }
      text.append('\n');
    }
    return text.toString();
  }

  private int width(int column) {
    int widest = rows.stream().mapToInt(row -> length(row.get(column))).max().orElse(0);
    return Math.max(NARROWEST, widest + PADDING);
  }

  private static int length(String cell) {
    return cell.codePointCount(0, cell.length());
  }
}
