package dev.cnm.cli;

import dev.cnm.netlink.process.Signals;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The signals that would end this process before it has cleaned up. Until the command was started
 * the first of them ends the preparations: the thread that makes them is interrupted, and what it
 * has made is undone. After that they are sent on to the command, and when that has ended they do
 * nothing. The JDK's one way to handle a signal is {@code sun.misc.Signal} of the module
 * jdk.unsupported (JEP 260), which javac warns of wherever it is named; so it is looked up. A
 * signal that is ignored when this process starts stays so.
 */
final class ReceivedSignals {

  private static final int HUP = 1;
  private static final int INT = 2;
  private static final int TERM = 15;

  /** The shell's exit code for what a signal has ended, without the signal's number. */
  private static final int ENDED = 128;

  /**
   * How long the preparations may go on where they can't be interrupted and nothing is made yet.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final ReentrantLock lock = new ReentrantLock();
  private final Thread preparing = Thread.currentThread();
  private int ending;
  private boolean making;
  private boolean over;
  private @Nullable Process command;

  private ReceivedSignals() {}

  /** Thrown between two preparations when a signal has come. */
  static final class Ended extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private Ended() {
      super("ended by a signal", null, false, false);
    }
  }

  /**
   * Receives them from now on. The calling thread is the one that prepares.
   *
   * @param fromTerminal whether the terminal sends an interrupt to the command by itself
   */
  static ReceivedSignals receive(boolean fromTerminal) {
    ReceivedSignals signals = new ReceivedSignals();
    handle("HUP", () -> signals.received(HUP, true));
    handle("TERM", () -> signals.received(TERM, true));
    handle("INT", () -> signals.received(INT, !fromTerminal));
    return signals;
  }

  /**
   * Says that from now on there is something to undo.
   *
   * @throws Ended if a signal has come
   */
  void beginMaking() {
    lock.lock();
    try {
      check();
      making = true;
    } finally {
      lock.unlock();
    }
  }

  /** Has {@code action} run when a child of this process has ended, now and from now on. */
  static void whenChildrenEnd(Runnable action) {
    handle("CHLD", action);
    action.run();
  }

  /**
   * To be called between two steps.
   *
   * @throws Ended if a signal has come
   */
  void check() {
    lock.lock();
    try {
      if (ending != 0) {
        throw new Ended();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The exit code, if a signal has ended the preparations. */
  OptionalInt exitCode() {
    lock.lock();
    try {
      return ending == 0 ? OptionalInt.empty() : OptionalInt.of(ENDED + ending);
    } finally {
      lock.unlock();
    }
  }

  /** Sends them to this process: one that came while it was started, and those that will come. */
  void sendTo(Process process) {
    lock.lock();
    try {
      command = process;
      if (ending != 0) {
        boolean _ = Thread.interrupted();
        Signals.send(process.pid(), ending);
        ending = 0;
      }
    } finally {
      lock.unlock();
    }
  }

  /** From now on they do nothing, and the calling thread is no longer interrupted by one. */
  void ignore() {
    lock.lock();
    try {
      over = true;
      if (ending != 0) {
        boolean _ = Thread.interrupted();
      }
    } finally {
      lock.unlock();
    }
  }

  private void received(int signal, boolean sentOn) {
    lock.lock();
    try {
      if (command != null) {
        if (sentOn && command.isAlive()) {
          Signals.send(command.pid(), signal);
        }
      } else if (!over && ending == 0) {
        ending = signal;
        preparing.interrupt();
        if (!making) {
          Thread.ofPlatform().daemon().start(this::endAnyway);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends the process if it waits for what no interrupt ends, such as SQLite's lock, or a driver.
   */
  private void endAnyway() {
    try {
      Thread.sleep(PATIENCE);
    } catch (InterruptedException e) {
      return;
    }
    // Nothing of ours is made, and a store that is left at any point is as it was before.
    Runtime.getRuntime().halt(ENDED + ending);
  }

  private static void handle(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object ours =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) -> {
                action.run();
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), ours);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this JDK lets nobody handle the signal " + name, e);
    }
  }
}
