package dev.cnm.benchmarks.stacks;

/** Names and numbers for one container after another. */
final class Numbered {

  private int made;

  /** The next one. */
  int next() {
    return made++;
  }

  static String name(int number) {
    return "c" + number;
  }

  /** An address of 10.99.0.0/16, of which .0.1 is the gateway. */
  static String address(int number) {
    int host = 2 + number % 65_000;
    return "10.99." + host / 256 + "." + host % 256;
  }

  /** A port of the host. */
  static int port(int number) {
    return 10_000 + number % 50_000;
  }
}
