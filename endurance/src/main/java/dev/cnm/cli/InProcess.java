package dev.cnm.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Runs commands in this process, one at a time: much faster than a process each. In the package of
 * the command, which lets nobody else do so.
 */
public final class InProcess {

  private InProcess() {}

  /**
   * What a command said.
   *
   * @param out its standard output
   * @param err its standard error
   * @param code its exit code
   */
  public record Answer(String out, String err, int code) {

    /** Its output. Throws an IllegalStateException if it failed or complained of something. */
    public String succeeded() {
      if (code != 0 || !err.isEmpty()) {
        throw new IllegalStateException("exit code " + code + ": " + err);
      }
      return out;
    }
  }

  /** Runs {@code cnm} with these arguments and the state in {@code root}. */
  public static Answer run(Path root, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream realOut = System.out;
    PrintStream realErr = System.err;
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    int code;
    try {
      Workplace.useRoot(root.toString());
      code = Cnm.execute(arguments);
    } finally {
      System.out.flush();
      System.err.flush();
      System.setOut(realOut);
      System.setErr(realErr);
    }
    return new Answer(
        out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8), code);
  }
}
