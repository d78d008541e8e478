package dev.cnm.benchmarks.report;

import dev.cnm.benchmarks.stacks.CnmStack;
import dev.cnm.benchmarks.stacks.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What an attached endpoint takes: of the heap, after collection, and of the kernel's memory (slab,
 * per-cpu and kernel stacks of meminfo). What would make it lie: other programs' use of the
 * kernel's memory at the same time.
 */
final class Memory {

  private static final int ENDPOINTS = 1_000;

  private Memory() {}

  static List<Measurement> run() throws IOException {
    try (Host host = Host.create("bench-memory")) {
      CnmStack stack = CnmStack.cold();
      try {
        stack.open(host, 10, false);
        double heap = heap();
        double kernel = kernel();
        for (int i = 0; i < ENDPOINTS; i++) {
          stack.attach();
        }
        double heapEach = (heap() - heap) / ENDPOINTS;
        double kernelEach = (kernel() - kernel) / ENDPOINTS;
        return List.of(
            new Measurement(
                "memory", "heap", "an endpoint of 1000", "bytes", Distribution.of(heapEach)),
            new Measurement(
                "memory", "kernel", "an endpoint of 1000", "bytes", Distribution.of(kernelEach)));
      } finally {
        stack.close();
      }
    }
  }

  private static double heap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private static double kernel() throws IOException {
    return Files.readAllLines(Path.of("/proc/meminfo")).stream()
        .filter(line -> line.matches("(Slab|Percpu|KernelStack):.*"))
        .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) * 1024)
        .sum();
  }
}
