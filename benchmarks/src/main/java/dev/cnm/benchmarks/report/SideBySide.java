package dev.cnm.benchmarks.report;

import dev.cnm.benchmarks.stacks.Host;
import dev.cnm.benchmarks.stacks.Stack;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Attaches and detaches with each stack in turn, round after round, so that what else the machine
 * does meets all of them alike.
 *
 * <p>What would make it lie: comparing figures of different runs; a stack that works on in the
 * background while the next one is measured ({@link Stack#settle} is waited for, unmeasured); cold
 * code, since ours is compiled while it runs (each stack warms up before it counts); and the
 * resolution of a p99 of few samples, which is why the number of samples is told.
 */
final class SideBySide {

  private final List<Stack> stacks;
  private final int rounds;
  private final Duration most;
  private final Progress progress;

  /** Measures these stacks in so many rounds, or as many as there is time for. */
  SideBySide(List<Stack> stacks, int rounds, Duration most, Progress progress) {
    this.stacks = stacks;
    this.rounds = rounds;
    this.most = most;
    this.progress = progress;
  }

  private static final class Runner {
    private final Stack stack;
    private final Host host;
    private final List<Double> attach = new ArrayList<>();
    private final List<Double> detach = new ArrayList<>();

    Runner(Stack stack, Host host) {
      this.stack = stack;
      this.host = host;
    }

    void turn(boolean counts) throws IOException {
      int times = stack.perRound();
      for (int i = 0; i < times; i++) {
        double attached = stack.attach() / 1e3;
        double detached = stack.detach() / 1e3;
        if (counts) {
          attach.add(attached);
          detach.add(detached);
        }
      }
      stack.settle();
    }
  }

  /** Runs, with so many endpoints present in each stack's network. */
  List<Measurement> run(int present, boolean publishing) {
    String condition = present + " present" + (publishing ? ", one port" : "");
    Map<String, Runner> runners = new LinkedHashMap<>();
    List<Measurement> results = new ArrayList<>();
    try {
      for (Stack stack : stacks) {
        if (stack.missing().isPresent()) {
          progress.note(stack.name() + " is left out: " + stack.missing().get());
          continue;
        }
        progress.attempt(
            stack.name() + ", " + condition,
            () -> runners.put(stack.name(), open(stack, present, publishing)));
      }
      long end = System.nanoTime() + most.toNanos();
      for (int round = 0; round < rounds; round++) {
        if (System.nanoTime() > end) {
          progress.note("attach, " + condition + ": time for " + round + " rounds only");
          break;
        }
        progress.step("attach, " + condition, round, rounds);
        for (Runner runner : List.copyOf(runners.values())) {
          if (!progress.attempt(runner.stack.name() + ", " + condition, () -> runner.turn(true))) {
            runners.remove(runner.stack.name());
            close(runner);
          }
        }
      }
      for (Runner runner : runners.values()) {
        if (runner.attach.isEmpty()) {
          continue;
        }
        results.add(measurement("attach", runner.stack, condition, runner.attach));
        results.add(measurement("detach", runner.stack, condition, runner.detach));
      }
    } finally {
      // The last first: a daemon's mount namespace holds the earlier hosts' files.
      new ArrayList<>(runners.values()).reversed().forEach(this::close);
    }
    return results;
  }

  private Runner open(Stack stack, int present, boolean publishing) throws IOException {
    Host host = Host.create("bench-" + stacks.indexOf(stack));
    Runner runner = new Runner(stack, host);
    try {
      stack.open(host, Math.min(present, stack.mostPresent()), publishing);
      for (int i = 0; i < stack.warmUps(); i++) {
        runner.turn(false);
      }
      return runner;
    } catch (IOException | RuntimeException e) {
      close(runner);
      throw e;
    }
  }

  private void close(Runner runner) {
    progress.attempt("the end of " + runner.stack.name(), runner.stack::close);
    progress.attempt("the end of the host of " + runner.stack.name(), runner.host::close);
  }

  private static Measurement measurement(
      String section, Stack stack, String condition, List<Double> samples) {
    return new Measurement(
        section,
        stack.name(),
        condition,
        "us",
        Distribution.of(samples.stream().mapToDouble(it -> it).toArray()));
  }
}
