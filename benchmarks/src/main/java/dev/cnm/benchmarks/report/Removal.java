package dev.cnm.benchmarks.report;

import dev.cnm.benchmarks.stacks.CnmStack;
import dev.cnm.benchmarks.stacks.Host;
import java.io.IOException;
import java.util.List;

/**
 * Many sandboxes deleted one after another: how long each call takes, and how long it takes for
 * each until the last link is gone from the kernel. What would make it lie: namespaces of earlier
 * rounds that the kernel still takes apart, so each round ends when everything is gone. What it
 * leaves out: on a host that tracks connections, those of the endpoints are looked for, 10 ms for a
 * batch of more than 40.
 */
final class Removal {

  private static final int SANDBOXES = 200;
  private static final int ROUNDS = 12;
  private static final int WARM_UP = 6;

  private Removal() {}

  static List<Measurement> run() throws IOException {
    double[] calls = new double[ROUNDS * SANDBOXES];
    double[] gone = new double[ROUNDS];
    try (Host host = Host.create("bench-removal")) {
      CnmStack stack = CnmStack.cold();
      try {
        stack.open(host, 0, false);
        for (int round = -WARM_UP; round < ROUNDS; round++) {
          for (int i = 0; i < SANDBOXES; i++) {
            stack.attach();
          }
          long start = System.nanoTime();
          for (int i = 0; i < SANDBOXES; i++) {
            double took = stack.detach() / 1e3;
            if (round >= 0) {
              calls[round * SANDBOXES + i] = took;
            }
          }
          stack.settle();
          if (round >= 0) {
            gone[round] = (System.nanoTime() - start) / 1e3 / SANDBOXES;
          }
        }
      } finally {
        stack.close();
      }
    }
    return List.of(
        new Measurement("removal", "the call", "200 sandboxes", "us", Distribution.of(calls)),
        new Measurement(
            "removal", "until gone, each", "200 sandboxes", "us", Distribution.of(gone)));
  }
}
