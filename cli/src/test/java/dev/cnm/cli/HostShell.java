package dev.cnm.cli;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The process of {@link TestHost#lines}: reads lines, and answers each with one. */
final class HostShell {

  private static final Pattern WORD = Pattern.compile("'([^']*)'|([^\\s']+)");

  private HostShell() {}

  /** Runs the lines of the standard input; the argument is the root folder. */
  public static void main(String[] arguments) throws Exception {
    Path root = Path.of(arguments[0]);
    PrintStream answers = System.out;
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      int code =
          line.startsWith("cnm ") && !line.startsWith("cnm run") && !line.contains(" | ")
              ? inside(words(line), root, out, err)
              : outside(line, out, err);
      answers.println(encoded(out) + "," + encoded(err) + "," + code);
    }
  }

  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    Matcher matcher = WORD.matcher(line);
    while (matcher.find()) {
      words.add(matcher.group(1) != null ? matcher.group(1) : matcher.group(2));
    }
    return words.subList(1, words.size());
  }

  private static int inside(
      List<String> words, Path root, ByteArrayOutputStream out, ByteArrayOutputStream err) {
    List<String> arguments = new ArrayList<>(words);
    if (!words.contains("--root")) {
      arguments.addAll(0, List.of("--root", root.toString()));
    }
    PrintStream realOut = System.out;
    PrintStream realErr = System.err;
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      return Cnm.execute(arguments.toArray(String[]::new));
    } finally {
      System.out.flush();
      System.err.flush();
      System.setOut(realOut);
      System.setErr(realErr);
    }
  }

  private static int outside(String script, ByteArrayOutputStream out, ByteArrayOutputStream err)
      throws IOException, InterruptedException {
    Path said = Files.createTempFile("cnm-test", ".err");
    try {
      Process process =
          new ProcessBuilder("sh", "-c", script)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectError(said.toFile())
              .start();
      process.getInputStream().transferTo(out);
      int code = process.waitFor();
      Files.copy(said, err);
      return code;
    } finally {
      Files.delete(said);
    }
  }

  private static String encoded(ByteArrayOutputStream text) {
    return Base64.getEncoder().encodeToString(text.toByteArray());
  }
}
