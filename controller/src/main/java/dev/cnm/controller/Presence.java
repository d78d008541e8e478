package dev.cnm.controller;

import dev.cnm.netlink.namespace.HeldName;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.util.Optional;

/**
 * Shows to everybody on the host, whatever mount or PID namespace he is in, that somebody stands
 * behind what carries an owner's mark: a name that is held as long as the controller is open.
 */
final class Presence implements AutoCloseable {

  private final HeldName name;

  private Presence(HeldName name) {
    this.name = name;
  }

  /**
   * Takes a name that no other controller of the owner has: its own, a slash, and the process's
   * number with another one behind it if that number is taken, as by a process of another PID
   * namespace.
   *
   * @throws IOException if the kernel refuses
   */
  static Presence show(NetworkNamespace host, String owner) throws IOException {
    String first = owner + "/" + ProcessHandle.current().pid();
    Optional<HeldName> held = HeldName.take(host, first);
    for (int more = 1; held.isEmpty(); more++) {
      held = HeldName.take(host, first + "." + more);
    }
    return new Presence(held.get());
  }

  @Override
  public void close() {
    name.close();
  }
}
