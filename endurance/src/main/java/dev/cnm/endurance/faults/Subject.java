package dev.cnm.endurance.faults;

import dev.cnm.cli.Cnm;
import dev.cnm.cli.InProcess;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;

/**
 * The process that is killed or in which something fails: the command as its user has it, or lines
 * from the standard input that are answered on the standard output, each by one.
 */
final class Subject {

  private Subject() {}

  /**
   * {@code command ARGUMENT...}, {@code lines ROOT} or {@code library ROOT}; watched from here on.
   */
  public static void main(String[] arguments) throws Exception {
    boolean _ = Seccomp.listen();
    switch (arguments[0]) {
      case "command" -> Cnm.main(Arrays.copyOfRange(arguments, 1, arguments.length));
      case "lines" -> commands(Path.of(arguments[1]));
      case "library" -> {
        try (LibraryCalls calls = new LibraryCalls(Path.of(arguments[1]), arguments[2])) {
          lines(calls::answer);
        }
      }
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private interface Answering {
    String to(String line) throws Exception;
  }

  private static void lines(Answering answering) throws Exception {
    PrintStream answers = System.out;
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      answers.println(encoded(answering.to(line)));
    }
  }

  private static void commands(Path root) throws Exception {
    lines(line -> {
      InProcess.Answer answer = InProcess.run(root, line.split("\t"));
      return answer.code() + "\n" + answer.err();
    });
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
