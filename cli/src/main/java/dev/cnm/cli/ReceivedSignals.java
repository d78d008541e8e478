package dev.cnm.cli;

import dev.cnm.netlink.process.Signals;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The signals that would end this process before it has cleaned up: they are sent on to the
 * command, and those that come before it was started reach it when it is. The JDK's one way to
 * handle a signal is {@code sun.misc.Signal} of the module jdk.unsupported (JEP 260), which javac
 * warns of wherever it is named; so it is looked up.
 */
final class ReceivedSignals {

  private static final int HUP = 1;
  private static final int INT = 2;
  private static final int TERM = 15;

  private final ReentrantLock lock = new ReentrantLock();
  private final Set<Integer> waiting = new TreeSet<>();
  private @Nullable Process command;

  private ReceivedSignals() {}

  /**
   * Receives them from now on.
   *
   * @param fromTerminal whether the terminal sends an interrupt to the command by itself
   */
  static ReceivedSignals receive(boolean fromTerminal) {
    ReceivedSignals signals = new ReceivedSignals();
    handle("HUP", () -> signals.received(HUP));
    handle("TERM", () -> signals.received(TERM));
    handle("INT", fromTerminal ? () -> {} : () -> signals.received(INT));
    return signals;
  }

  /** Sends them to this process: those that came, and those that will. */
  void sendTo(Process process) {
    lock.lock();
    try {
      command = process;
      waiting.forEach(signal -> Signals.send(process.pid(), signal));
    } finally {
      lock.unlock();
    }
  }

  /** Has {@code action} run when a child of this process has ended, now and from now on. */
  static void whenChildrenEnd(Runnable action) {
    handle("CHLD", action);
    action.run();
  }

  private void received(int signal) {
    lock.lock();
    try {
      if (command == null) {
        waiting.add(signal);
      } else if (command.isAlive()) {
        Signals.send(command.pid(), signal);
      }
    } finally {
      lock.unlock();
    }
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
