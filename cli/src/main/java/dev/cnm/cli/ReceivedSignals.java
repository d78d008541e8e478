package dev.cnm.cli;

import dev.cnm.netlink.process.Signals;
import java.lang.reflect.Proxy;

/**
 * Signals to this process that are not to end it before it has cleaned up. The JDK's one way to
 * handle a signal is {@code sun.misc.Signal} of the module jdk.unsupported (JEP 260), which javac
 * warns of wherever it is named; so it is looked up.
 */
final class ReceivedSignals {

  private ReceivedSignals() {}

  /** Sends the signal on to a process. */
  static void forward(String name, int number, Process process) {
    handle(name, () -> Signals.send(process.pid(), number));
  }

  /** Does nothing when the signal comes. */
  static void ignore(String name) {
    handle(name, () -> {});
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
