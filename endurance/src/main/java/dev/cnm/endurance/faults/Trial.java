package dev.cnm.endurance.faults;

import dev.cnm.cli.InProcess;
import dev.cnm.endurance.faults.Operation.Kind;
import dev.cnm.endurance.faults.Watch.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One operation, done once with a fault at one point. */
final class Trial {

  /** How long the kernel may take for what it does later. */
  private static final int PATIENCE_MILLIS = 8_000;

  /** The same right after a failure. */
  private static final int AT_ONCE_MILLIS = 2_000;

  private final Scene scene;
  private final Operation operation;
  private final List<String> baseline;

  Trial(Scene scene, Operation operation, List<String> baseline) {
    this.scene = scene;
    this.operation = operation;
    this.baseline = baseline;
  }

  /**
   * How it ended.
   *
   * @param points those that were passed
   * @param struck what happened at the one; empty if it was not reached
   * @param wrong what was found afterwards that should not be; empty if nothing
   */
  record Outcome(List<Point> points, Optional<String> struck, List<String> wrong) {}

  /** Does it with a fault at the point of this number; without one if there is no fault. */
  Outcome run(int number, @Nullable Fault fault) throws IOException {
    return switch (operation.kind()) {
      case COMMAND -> line(number, fault);
      case PROCESS -> command(number, fault);
      case OWNER -> owner(number, fault);
      case SQLITE, MEMORY -> library(number, fault);
    };
  }

  private void prepare(List<String> lines) throws IOException {
    for (String line : lines) {
      String[] words = line.split(" ");
      switch (words[0]) {
        case "flush" -> Scene.run("nft", "flush", "ruleset");
        case "kill" -> {
          Seccomp.kill(pid("runner", words[1]));
          Seccomp.kill(pid("process", words[1]));
          awaitEnd(words[1]);
        }
        case "kill-owner" -> {
          Seccomp.kill(pid("runner", words[1]));
        }
        case "run" -> {
          String _ = scene.command(List.of(words));
        }
        default -> {
          String _ = scene.cnm(words).succeeded();
        }
      }
    }
  }

  private long pid(String which, String name) throws IOException {
    return scene.picture().stream()
        .filter(it -> it.startsWith("record Container") && it.contains("\"name\":\"" + name + "\""))
        .map(it -> it.replaceAll(".*\"" + which + "\":\\{\"pid\":([0-9]+).*", "$1"))
        .map(Long::parseLong)
        .findFirst()
        .orElseThrow();
  }

  private void awaitEnd(String name) throws IOException {
    long pid = pid("process", name);
    for (int i = 0; i < 400 && Files.exists(java.nio.file.Path.of("/proc/" + pid)); i++) {
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
  }

  private Outcome line(int number, @Nullable Fault fault) throws IOException {
    prepare(operation.before());
    Program program = scene.commands();
    List<String> before = scene.picture();
    program.watch().arm(number, fault);
    String answer = program.ask(operation.call().replace(' ', '\t'));
    List<Point> points = program.watch().disarm();
    int code = 137;
    String said = "";
    if (answer.isEmpty()) {
      int _ = program.await();
    } else {
      int end = answer.indexOf('\n');
      code = Integer.parseInt(answer.substring(0, end));
      said = answer.substring(end + 1);
      scene.keep(program);
    }
    return judge(fault, points, program.watch(), before, code, said);
  }

  private Outcome command(int number, @Nullable Fault fault) throws IOException {
    prepare(operation.before());
    List<String> before = scene.picture();
    String[] words = operation.call().split(" ");
    List<String> arguments = new ArrayList<>(List.of("command"));
    arguments.addAll(List.of(words));
    Program program = scene.start(arguments.toArray(String[]::new));
    program.watch().arm(number, fault);
    int code = program.await();
    List<Point> points = program.watch().disarm();
    String said = Files.readString(scene.root().resolveSibling("err"));
    return judge(fault, points, program.watch(), before, code, said);
  }

  private Outcome owner(int number, @Nullable Fault fault) throws IOException {
    List<String> later = new ArrayList<>();
    List<String> first = new ArrayList<>();
    operation
        .before()
        .forEach(
            it -> (it.contains(" c") && !it.startsWith("network create") ? later : first).add(it));
    prepare(first);
    Program program =
        scene.start(
            "command", "run", "-d", "--name", "c", "--net", "web", "-p", "8085:80", "--", "sleep",
            "1000");
    if (program.await() != 0) {
      throw new IOException(Files.readString(scene.root().resolveSibling("err")));
    }
    prepare(later);
    List<String> before = scene.picture();
    program.watch().arm(number, fault);
    InProcess.Answer answer = scene.apart(List.of(operation.call().split(" ")));
    List<Point> points = program.watch().disarm();
    return judge(fault, points, program.watch(), before, answer.code(), answer.err());
  }

  private Outcome judge(
      @Nullable Fault fault,
      List<Point> points,
      Watch watch,
      List<String> before,
      int code,
      String said)
      throws IOException {
    List<String> wrong = new ArrayList<>();
    if (fault instanceof Fault.Fail && code != 0) {
      wrong.addAll(atOnce(before));
      if (!said.startsWith("cnm: ") || said.contains("\tat ") || said.contains("Exception")) {
        wrong.add("it said: " + said);
      }
    } else if (fault == null && code != 0) {
      throw new IOException(operation.name() + " failed without a fault: " + said);
    }
    if (watch.struck().isPresent()) {
      InProcess.Answer next = scene.apart(List.of("ps", "-a"));
      if (next.code() != 0 || !next.err().isEmpty()) {
        wrong.add("the next command said: " + next.err());
      }
      wrong.addAll(scene.complaints());
    }
    takeBack(wrong);
    if (!wrong.isEmpty()) {
      wrong.add("said: " + said.strip());
    }
    return new Outcome(points, watch.struck(), wrong);
  }

  /** What is wrong when it has failed, before anybody clears up. */
  private List<String> atOnce(List<String> before) throws IOException {
    return (operation.removes() ? scene.complaints() : scene.difference(before, AT_ONCE_MILLIS))
        .stream().map(it -> "at once: " + it).toList();
  }

  private void takeBack(List<String> wrong) throws IOException {
    for (String line : operation.after()) {
      InProcess.Answer answer =
          line.startsWith("rm")
              ? scene.apart(List.of(line.split(" ")))
              : scene.cnm(line.split(" "));
      if (answer.code() != 0
          && !answer.err().contains("not found")
          && !answer.err().contains("No such container")
          && !line.startsWith("doctor")) {
        wrong.add(line + ": " + answer.err());
      }
    }
    wrong.addAll(scene.difference(baseline, PATIENCE_MILLIS));
    String complaint = scene.liveComplaint();
    if (!complaint.isEmpty()) {
      wrong.add(complaint);
    }
  }

  private Outcome library(int number, @Nullable Fault fault) throws IOException {
    List<String> wrong = new ArrayList<>();
    String kind = operation.kind() == Kind.MEMORY ? "memory" : "sqlite";
    Program program = scene.start("library", scene.root().toString(), kind);
    for (String line : operation.before()) {
      if (line.equals("flush")) {
        Scene.run("nft", "flush", "ruleset");
      } else {
        String answer = program.ask(line);
        if (!answer.startsWith("0")) {
          throw new IOException(line + ": " + answer);
        }
      }
    }
    List<String> before = scene.picture();
    program.watch().arm(number, fault);
    String said = program.ask(operation.call());
    List<Point> points = program.watch().disarm();
    if (fault instanceof Fault.Fail && said.startsWith("1")) {
      wrong.addAll(atOnce(before));
    } else if (fault == null && !said.startsWith("0")) {
      throw new IOException(operation.name() + " failed without a fault: " + said);
    }
    if (fault instanceof Fault.Kill && program.watch().struck().isPresent()) {
      int _ = program.await();
    } else {
      String cleared = program.ask("clear");
      if (!cleared.startsWith("0")) {
        wrong.add("clear: " + cleared);
      }
      program.close();
    }
    InProcess.Answer next = scene.cnm("ps", "-a");
    if (next.code() != 0 || !next.err().isEmpty()) {
      wrong.add("the next command said: " + next.err());
    }
    wrong.addAll(scene.complaints());
    if (fault instanceof Fault.Kill && program.watch().struck().isPresent()) {
      Program second = scene.start("library", scene.root().toString(), kind);
      String cleared = second.ask("clear");
      if (!cleared.startsWith("0")) {
        wrong.add("clear: " + cleared);
      }
      second.close();
    }
    wrong.addAll(scene.difference(baseline, PATIENCE_MILLIS));
    String complaint = scene.liveComplaint();
    if (!complaint.isEmpty()) {
      wrong.add(complaint);
    }
    if (!wrong.isEmpty()) {
      wrong.add("said: " + said.strip());
    }
    return new Outcome(points, program.watch().struck(), wrong);
  }
}
