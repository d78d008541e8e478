package dev.cnm.endurance.faults;

import dev.cnm.endurance.faults.Seccomp.Question;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Answers the kernel's questions about a {@link Subject} and all that it starts, for as long as one
 * of them lives. Safe for use by several threads.
 */
final class Watch {

  /** What is to happen at a point. */
  sealed interface Fault {

    /** The process is killed before it makes the call. */
    record Kill() implements Fault {}

    /**
     * The call fails.
     *
     * @param choice which of the errors of the point
     */
    record Fail(int choice) implements Fault {}
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Decoder decoder;
  private final List<Point> seen = new ArrayList<>();
  private boolean counting;
  private int at;
  private @Nullable Fault fault;
  private @Nullable String struck;

  private Watch(Decoder decoder) {
    this.decoder = decoder;
  }

  /** Begins to answer the questions about a process that has called {@link Seccomp#listen}. */
  static Watch over(long pid, Decoder decoder) throws IOException {
    int listener = Seccomp.descriptorOf(pid, awaitListener(pid));
    Watch watch = new Watch(decoder);
    Thread.ofPlatform().daemon().name("watch-" + pid).start(() -> watch.answer(listener));
    return watch;
  }

  private static int awaitListener(long pid) throws IOException {
    while (true) {
      try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + pid + "/fd"))) {
        for (Path descriptor : descriptors.toList()) {
          if (target(descriptor).equals("anon_inode:seccomp notify")) {
            return Integer.parseInt(descriptor.getFileName().toString());
          }
        }
      }
      pause();
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return "";
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(2);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private void answer(int listener) {
    try {
      for (Question question = Seccomp.await(listener);
          question != null;
          question = Seccomp.await(listener)) {
        answer(listener, question);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      Seccomp.close(listener);
    }
  }

  private void answer(int listener, Question question) throws IOException {
    lock.lock();
    try {
      Optional<Point> point = counting ? decoder.point(question) : Optional.empty();
      if (point.isEmpty() || (fault instanceof Fault.Kill && !point.get().changes())) {
        Seccomp.answer(listener, question.id(), 0);
        return;
      }
      seen.add(point.get());
      if (seen.size() != at) {
        Seccomp.answer(listener, question.id(), 0);
        return;
      }
      switch (fault) {
        case null -> Seccomp.answer(listener, question.id(), 0);
        case Fault.Kill _ -> {
          struck = "killed before " + point.get().what();
          Seccomp.kill(Decoder.leader(question.thread()));
        }
        case Fault.Fail fail -> {
          List<Point.Errno> errors = point.get().errors();
          Point.Errno error = errors.get(fail.choice % errors.size());
          struck = error + " from " + point.get().what();
          Seccomp.answer(listener, question.id(), error.number());
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Counts from now on.
   *
   * @param number the first is 1; with 0 nothing happens
   * @param what is to happen at that point; those that change nothing are not counted for a kill
   */
  void arm(int number, @Nullable Fault what) {
    lock.lock();
    try {
      seen.clear();
      at = number;
      fault = what;
      struck = null;
      counting = true;
    } finally {
      lock.unlock();
    }
  }

  /** Counts no more. */
  List<Point> disarm() {
    lock.lock();
    try {
      counting = false;
      fault = null;
      return List.copyOf(seen);
    } finally {
      lock.unlock();
    }
  }

  /** What has happened, if the point was reached. */
  Optional<String> struck() {
    lock.lock();
    try {
      return Optional.ofNullable(struck);
    } finally {
      lock.unlock();
    }
  }
}
