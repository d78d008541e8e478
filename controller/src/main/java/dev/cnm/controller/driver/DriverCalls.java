package dev.cnm.controller.driver;

import dev.cnm.CnmException;
import dev.cnm.ConflictException;
import dev.cnm.ExhaustedException;
import dev.cnm.ForbiddenException;
import dev.cnm.InvalidParameterException;
import dev.cnm.Names;
import dev.cnm.NotFoundException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one driver that came from elsewhere. Each runs on a platform thread of its own, so
 * that whatever it does to its thread (another namespace, the interrupt flag, thread locals) ends
 * with it, and is waited for until the driver's patience is over. Then the thread is interrupted
 * and the caller goes on. What such a call brings later is undone, and nothing else is asked of the
 * driver for that network or endpoint before: it never has two calls for one at once. Safe for use
 * by several threads.
 */
public final class DriverCalls {

  private static final System.Logger LOG = System.getLogger(DriverCalls.class.getName());

  /** The longest message of a driver that is repeated, in characters. */
  private static final int LONGEST_MESSAGE = 1000;

  /** How many causes of a failure are told. */
  private static final int DEEPEST_CAUSE = 5;

  private final String driver;
  private final Duration patience;
  private final int mostOverdue;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Attempt<?>> overdue = new HashMap<>();
  private int pending;
  private volatile boolean closing;
  private final Duration closingPatience;

  /**
   * Calls of this driver.
   *
   * @param driver who it is, for messages: {@code network driver "x" (/path/of.jar)}
   * @param patience how long a call is waited for
   * @param closingPatience the same while the controller is being closed
   * @param mostOverdue with so many calls that have not come back, no more are made
   */
  public DriverCalls(String driver, Duration patience, Duration closingPatience, int mostOverdue) {
    this.driver = Names.printable(driver);
    this.patience = patience;
    this.closingPatience = closingPatience;
    this.mostOverdue = mostOverdue;
  }

  /** The driver's code. */
  @FunctionalInterface
  public interface Call<T> {
    /** Calls it. */
    T run() throws Exception;
  }

  /** The driver's code that returns nothing. */
  @FunctionalInterface
  public interface PlainCall {
    /** Calls it. */
    void run() throws Exception;
  }

  /** What is to be done with what came when nobody waited for it any more. */
  @FunctionalInterface
  public interface Late<T> {
    /** Undoes it; on the driver's thread. */
    void undo(T outcome) throws Exception;
  }

  /** The controller is being closed: from now on, one call that doesn't come back is enough. */
  public void closing() {
    closing = true;
  }

  /**
   * Makes a call and waits for it.
   *
   * @param what what it is to do, for messages: "join endpoint c1"
   * @param objects the ids of the networks or endpoints that it is about
   * @throws CnmException what the driver threw, if it is one
   * @throws IOException if the driver failed in any other way, or doesn't come back
   */
  public <T> T call(String what, List<String> objects, Call<T> call, Late<T> late)
      throws IOException {
    requireAnswering(what, objects);
    Attempt<T> attempt = begin(what, call);
    return attempt.await(objects, late);
  }

  /** The same for a call whose late outcome is as good. */
  public void run(String what, List<String> objects, PlainCall call) throws IOException {
    boolean _ =
        call(
            what,
            objects,
            () -> {
              call.run();
              return true;
            },
            done -> {});
  }

  private void requireAnswering(String what, List<String> objects) throws IOException {
    lock.lock();
    try {
      for (String object : objects) {
        Attempt<?> earlier = overdue.get(object);
        if (earlier != null) {
          throw new IOException(
              "cannot "
                  + what
                  + ": the "
                  + driver
                  + " has not come back from an earlier call: to "
                  + earlier.what);
        }
      }
      int most = closing ? 1 : mostOverdue;
      if (pending >= most) {
        throw new IOException(
            "cannot "
                + what
                + ": the "
                + driver
                + " has not come back from "
                + (pending == 1 ? "an earlier call" : pending + " earlier calls"));
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Makes a call.
   *
   * @throws IOException if there can be no thread for it
   */
  public <T> Attempt<T> begin(String what, Call<T> call) throws IOException {
    Attempt<T> attempt = new Attempt<>(Names.printable(what));
    attempt.start(call);
    return attempt;
  }

  /** A call that was made. */
  public final class Attempt<T> {
    private final String what;
    private final CompletableFuture<T> outcome = new CompletableFuture<>();
    private final long begun = System.nanoTime();
    private final AtomicReference<@Nullable Late<T>> late = new AtomicReference<>();
    private @Nullable Thread thread;

    private Attempt(String what) {
      this.what = what;
    }

    private void start(Call<T> call) throws IOException {
      Thread made =
          Thread.ofPlatform()
              .name("cnm-driver")
              .daemon()
              .inheritInheritableThreadLocals(false)
              .unstarted(() -> run(call));
      thread = made;
      try {
        made.start();
      } catch (OutOfMemoryError e) {
        // pthread_create(3): the limit of processes or of memory is reached.
        throw new IOException("cannot " + what + ": there can be no more threads", e);
      }
    }

    private void run(Call<T> call) {
      Result<T> result = result(call);
      boolean inTime =
          result.failure == null
              ? outcome.complete(result.value())
              : outcome.completeExceptionally(result.failure);
      if (!inTime) {
        cameLate(result);
      }
    }

    private Result<T> result(Call<T> call) {
      try {
        return new Result<>(call.run(), null);
      } catch (Throwable e) {
        return new Result<>(null, failure(what, e));
      }
    }

    private void cameLate(Result<T> result) {
      Late<T> undo = late.get();
      try {
        // Whoever gave up has interrupted this thread.
        boolean _ = Thread.interrupted();
        if (result.failure == null && undo != null) {
          undo.undo(result.value());
        }
        LOG.log(
            Level.WARNING,
            "the {0} came back late from the call to {1}, after {2} s{3}",
            driver,
            what,
            TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun),
            result.failure == null ? "; what it did is undone" : "");
      } catch (Throwable e) {
        LOG.log(
            Level.WARNING, "what came late can't be undone: {0}", failure(what, e).getMessage());
      } finally {
        forgotten(this);
      }
    }

    /**
     * What it brought, once it is there, but no longer than the driver's patience after it was
     * made; it goes on all the same.
     *
     * @throws IOException as {@link DriverCalls#call}
     */
    public T await() throws IOException {
      boolean interrupted = false;
      long until = begun + (closing ? closingPatience : patience).toNanos();
      try {
        while (true) {
          try {
            return outcome.get(Math.max(until - System.nanoTime(), 1), TimeUnit.NANOSECONDS);
          } catch (InterruptedException e) {
            // The driver would be cut off in the middle; the end of its patience comes.
            interrupted = true;
          }
        }
      } catch (TimeoutException e) {
        throw new NoAnswerException(
            "cannot "
                + what
                + ": the "
                + driver
                + " has not answered within "
                + seconds(Duration.ofNanos(until - begun)));
      } catch (ExecutionException e) {
        throw thrown(e.getCause());
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    private T await(List<String> objects, Late<T> undo) throws IOException {
      try {
        return await();
      } catch (NoAnswerException e) {
        giveUp(objects, undo, e);
        if (outcome.isCompletedExceptionally()) {
          throw e;
        }
        // It came in the last moment.
        return outcome.join();
      }
    }

    /** Waits no longer: what it brings is undone. */
    public void giveUp(Late<T> undo) {
      giveUp(List.of(), undo, new NoAnswerException("given up"));
    }

    private void giveUp(List<String> objects, Late<T> undo, IOException reason) {
      late.set(undo);
      lock.lock();
      try {
        pending++;
        objects.forEach(object -> overdue.put(object, this));
      } finally {
        lock.unlock();
      }
      if (!outcome.completeExceptionally(reason)) {
        forgotten(this);
      } else if (thread != null) {
        thread.interrupt();
      }
    }

    /** What it brought, if it has come back and brought something. */
    public Optional<T> now() {
      return outcome.isDone() && !outcome.isCompletedExceptionally()
          ? Optional.of(outcome.join())
          : Optional.empty();
    }

    /** Whether it has come back. */
    public boolean isDone() {
      return outcome.isDone();
    }
  }

  private record Result<T>(@Nullable T outcome, @Nullable Exception failure) {
    @SuppressWarnings("NullAway") // Without a failure there is an outcome.
    T value() {
      return outcome;
    }
  }

  /** Nobody waits any longer. */
  private static final class NoAnswerException extends IOException {
    private static final long serialVersionUID = 1L;

    NoAnswerException(String message) {
      super(message);
    }
  }

  private void forgotten(Attempt<?> attempt) {
    lock.lock();
    try {
      pending--;
      overdue.values().removeIf(it -> it == attempt);
    } finally {
      lock.unlock();
    }
  }

  private static String seconds(Duration patience) {
    return patience.toMillis() % 1000 == 0
        ? patience.toSeconds() + " s"
        : patience.toMillis() + " ms";
  }

  /** A failure of the driver's thread as one of the caller's. */
  private static IOException thrown(@Nullable Throwable failure) throws IOException {
    return switch (failure) {
      case CnmException e -> {
        e.addSuppressed(new Told("called here", new Exception().getStackTrace()));
        throw e;
      }
      case IOException e -> {
        e.addSuppressed(new Told("called here", new Exception().getStackTrace()));
        yield e;
      }
      case null, default -> throw new AssertionError(failure);
    };
  }

  /**
   * What a call threw, as something of ours: a driver's exception has methods of its own, which
   * nobody else is to call. On the driver's thread.
   */
  private Exception failure(String what, Throwable failure) {
    try {
      return describe(what, failure);
    } catch (Throwable e) {
      return new IOException(
          "cannot " + what + ": the " + driver + " threw what can't be looked at");
    }
  }

  private Exception describe(String what, Throwable failure) {
    String text = shortened(failure.getMessage());
    StackTraceElement[] trace = failure.getStackTrace();
    Exception ours =
        switch (failure) {
          case ConflictException e -> new ConflictException(text);
          case ExhaustedException e -> new ExhaustedException(text);
          case ForbiddenException e -> new ForbiddenException(text);
          case InvalidParameterException e -> new InvalidParameterException(text);
          case NotFoundException e -> new NotFoundException(text);
          case BadAnswerException e ->
              new IOException("cannot " + what + ": the " + driver + " returned " + text);
          case IOException e when !text.isEmpty() ->
              new IOException("cannot " + what + ": the " + driver + ": " + text);
          default ->
              new IOException(
                  "cannot "
                      + what
                      + ": the "
                      + driver
                      + " threw "
                      + Names.printable(failure.getClass().getName())
                      + (text.isEmpty() ? "" : ": " + text));
        };
    ours.setStackTrace(trace);
    if (failure.getCause() != null) {
      ours.initCause(told(failure.getCause(), 1));
    }
    return ours;
  }

  private static Throwable told(Throwable cause, int depth) {
    Told told =
        new Told(
            Names.printable(cause.getClass().getName()) + ": " + shortened(cause.getMessage()),
            cause.getStackTrace());
    Throwable next = cause.getCause();
    if (next != null && depth < DEEPEST_CAUSE) {
      told.initCause(told(next, depth + 1));
    }
    return told;
  }

  /** What somebody else's exception says. */
  private static final class Told extends Exception {
    private static final long serialVersionUID = 1L;

    Told(String message, StackTraceElement[] trace) {
      super(message);
      setStackTrace(trace);
    }
  }

  private static String shortened(@Nullable String message) {
    if (message == null) {
      return "";
    }
    return message.length() <= LONGEST_MESSAGE
        ? Names.printable(message)
        : Names.printable(message.substring(0, LONGEST_MESSAGE)) + "…";
  }

  @Override
  public String toString() {
    return driver;
  }
}
