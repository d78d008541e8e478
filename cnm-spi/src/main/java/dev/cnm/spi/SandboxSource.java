package dev.cnm.spi;

/** Where the network stack of a sandbox comes from. */
public sealed interface SandboxSource {

  /** A stack of its own. */
  record Fresh() implements SandboxSource {}

  /** The stack of the host that the controller works in. */
  record Host() implements SandboxSource {}

  /**
   * The stack of another sandbox, shared.
   *
   * @param sandbox the name or id of that sandbox
   */
  record SharedWith(String sandbox) implements SandboxSource {}

  /** A stack of its own. */
  static SandboxSource fresh() {
    return new Fresh();
  }

  /** The stack of the host. */
  static SandboxSource host() {
    return new Host();
  }

  /** The stack of the sandbox of this name or id. */
  static SandboxSource sharedWith(String sandbox) {
    return new SharedWith(sandbox);
  }
}
