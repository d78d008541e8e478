package dev.cnm.endurance.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** A page of the report: what was done, in which run, and the figures as tables. */
public final class Page {

  private final String title;
  private final String introduction;
  private final Instant start = Instant.now();
  private boolean complaints;
  private final StringBuilder body = new StringBuilder();

  /** Begins one, with its title and what its tables tell; the time of the run counts from here. */
  public Page(String title, String introduction) {
    this.title = title;
    this.introduction = introduction;
  }

  /** Adds a table. */
  public void table(List<String> titles, List<List<String>> rows) {
    row(titles);
    row(titles.stream().map(it -> "---").toList());
    rows.forEach(this::row);
    body.append('\n');
  }

  private void row(List<String> cells) {
    cells.forEach(it -> body.append("| ").append(it).append(' '));
    body.append("|\n");
  }

  /**
   * Adds a list of what should not be, as {@link #list} does: the run has failed if there is any.
   */
  public void complaints(String heading, List<String> lines) {
    list(heading, lines);
    complaints |= !lines.isEmpty();
  }

  /** Whether anything was found that should not be. */
  public boolean hasComplaints() {
    return complaints;
  }

  /** Adds a list under a heading, or nothing if it is empty. */
  public void list(String heading, List<String> lines) {
    if (!lines.isEmpty()) {
      body.append("## ").append(heading).append("\n\n");
      lines.forEach(it -> body.append("- ").append(it).append('\n'));
      body.append('\n');
    }
  }

  /**
   * Writes it as Markdown.
   *
   * @throws IOException if the file can't be written
   */
  public void write(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.writeString(file, text());
  }

  private String text() throws IOException {
    Duration took = Duration.between(start, Instant.now());
    return """
    # %s

    Written by `endurance/run`. %s

    | | |
    |---|---|
    | time | %s |
    | minutes | %d |
    | processors | %d |
    | kernel | %s |
    | jdk | %s |

    %s\
    """
        .formatted(
            title,
            introduction,
            start.truncatedTo(ChronoUnit.SECONDS),
            took.toMinutes(),
            Runtime.getRuntime().availableProcessors(),
            Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip(),
            Runtime.version(),
            body.toString().stripTrailing() + "\n");
  }
}
