package dev.cnm.cli;

import dev.cnm.netlink.process.FileLimit;
import dev.cnm.netlink.process.Session;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The process that stays with a detached command: this program again, in a session of its own. */
final class Supervisor {

  /** Set for a supervisor, to {@link #MARK}. */
  static final String VARIABLE = "CNM_SUPERVISED_ID";

  /** The container's id, and the process that starts the supervisor. */
  private static final Pattern MARK = Pattern.compile("([0-9a-f]{64}):([0-9]+)");

  private static final String STARTED = "started";

  private Supervisor() {}

  /**
   * The id of the container, if this process is a supervisor: started as one by its parent,
   * whatever somebody else may have left in the environment.
   */
  static Optional<String> id() {
    return ID;
  }

  private static final Optional<String> ID =
      Optional.ofNullable(System.getenv(VARIABLE))
          .map(MARK::matcher)
          .filter(Matcher::matches)
          .filter(it -> Long.toString(parent()).equals(it.group(2)))
          .map(it -> it.group(1));

  private static long parent() {
    return ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L);
  }

  /** Starts this program once more with the same arguments, until its command runs. */
  static int start(String id) throws IOException, InterruptedException {
    // proc_pid_cmdline(5): every argument ends with a null byte.
    String line = Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.UTF_8);
    List<String> arguments = new ArrayList<>(List.of(line.split("\0", -1)));
    arguments.removeLast();
    arguments.set(0, Files.readSymbolicLink(Path.of("/proc/self/exe")).toString());
    ProcessBuilder builder =
        new ProcessBuilder(arguments)
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true);
    builder.environment().put(VARIABLE, id + ":" + ProcessHandle.current().pid());
    ReceivedSignals signals = ReceivedSignals.receive(false);
    FileLimit.raise();
    Process supervisor = FileLimit.start(builder);
    // Until its command runs, what is to end this process is to undo what that one has made.
    signals.sendTo(supervisor);
    try (BufferedReader output = supervisor.inputReader(StandardCharsets.UTF_8)) {
      for (String said = output.readLine(); said != null; said = output.readLine()) {
        if (said.equals(STARTED)) {
          System.out.println(id);
          return 0;
        }
        System.err.println(said);
      }
    }
    return supervisor.waitFor();
  }

  /** Leaves the terminal, if this process is a supervisor. */
  static void lead() throws IOException {
    if (id().isPresent() && !Session.lead()) {
      throw new IOException("cannot start a session for the detached command");
    }
  }

  /** Tells the process that started this one, if this one is a supervisor. */
  static void reportStarted() {
    if (id().isPresent()) {
      System.out.println(STARTED);
    }
  }
}
