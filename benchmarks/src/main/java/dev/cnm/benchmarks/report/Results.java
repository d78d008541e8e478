package dev.cnm.benchmarks.report;

import io.avaje.jsonb.Jsonb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that a run found out.
 *
 * @param machine what it ran on
 * @param notes what was left out or failed
 */
public record Results(
    Map<String, String> machine, List<String> notes, List<Measurement> measurements) {

  private static final Jsonb JSON = Jsonb.builder().build();

  /** Copies the collections. */
  public Results {
    machine = new LinkedHashMap<>(machine);
    notes = List.copyOf(notes);
    measurements = List.copyOf(measurements);
  }

  /** Those of a section, in the order in which they were taken. */
  public List<Measurement> section(String name) {
    return measurements.stream().filter(it -> it.section().equals(name)).toList();
  }

  /** The figure for one subject under one condition. */
  public Optional<Measurement> find(String section, String subject, String condition) {
    return measurements.stream()
        .filter(it ->
            it.section().equals(section)
                && it.subject().equals(subject)
                && it.condition().equals(condition))
        .findFirst();
  }

  /**
   * Writes them as JSON.
   *
   * @throws IOException if the file can't be written
   */
  public void write(Path file) throws IOException {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Measurement it : measurements) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("section", it.section());
      row.put("subject", it.subject());
      row.put("condition", it.condition());
      row.put("unit", it.unit());
      row.put("count", it.values().count());
      row.put("min", it.values().min());
      row.put("p50", it.values().p50());
      row.put("p90", it.values().p90());
      row.put("p99", it.values().p99());
      row.put("max", it.values().max());
      rows.add(row);
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("machine", machine);
    all.put("notes", notes);
    all.put("measurements", rows);
    Path partial = file.resolveSibling(file.getFileName() + ".part");
    Files.writeString(partial, JSON.type(Object.class).toJsonPretty(all) + "\n");
    Files.move(
        partial,
        file,
        java.nio.file.StandardCopyOption.REPLACE_EXISTING,
        java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Reads what {@link #write} has written.
   *
   * @throws IOException if it can't be read, or is something else
   */
  public static Results read(Path file) throws IOException {
    try {
      Map<?, ?> all = (Map<?, ?>) JSON.type(Object.class).fromJson(Files.readString(file));
      Map<String, String> machine = new LinkedHashMap<>();
      map(all, "machine").forEach((key, value) -> machine.put(key.toString(), value.toString()));
      List<String> notes = list(all, "notes").stream().map(Object::toString).toList();
      List<Measurement> measurements = new ArrayList<>();
      for (Object row : list(all, "measurements")) {
        measurements.add(measurement((Map<?, ?>) row));
      }
      return new Results(machine, notes, measurements);
    } catch (RuntimeException e) {
      throw new IOException(file + " holds no results", e);
    }
  }

  private static Map<?, ?> map(Map<?, ?> all, String key) {
    return all.get(key) instanceof Map<?, ?> map ? map : Map.of();
  }

  private static List<?> list(Map<?, ?> all, String key) {
    return all.get(key) instanceof List<?> list ? list : List.of();
  }

  private static Measurement measurement(Map<?, ?> row) {
    return new Measurement(
        text(row, "section"),
        text(row, "subject"),
        text(row, "condition"),
        text(row, "unit"),
        new Distribution(
            (long) number(row, "count"),
            number(row, "min"),
            number(row, "p50"),
            number(row, "p90"),
            number(row, "p99"),
            number(row, "max")));
  }

  private static String text(Map<?, ?> row, String key) {
    return row.get(key) instanceof String text ? text : "";
  }

  private static double number(Map<?, ?> row, String key) {
    if (row.get(key) instanceof Number number) {
      return number.doubleValue();
    }
    throw new IllegalArgumentException("no number " + key);
  }
}
