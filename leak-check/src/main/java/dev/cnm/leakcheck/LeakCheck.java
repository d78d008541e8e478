package dev.cnm.leakcheck;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class which leaves behind what was not there before it. The first extension to be
 * registered, so that it looks before and after everybody else's {@code BeforeAll} and {@code
 * AfterAll}.
 */
public final class LeakCheck implements BeforeAllCallback, AfterAllCallback {

  /** The kernel takes a namespace apart, and a killed process ends, some time after the request. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private @Nullable Traces before;

  /** For JUnit. */
  public LeakCheck() {}

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    if (isOutermost(context)) {
      before = Traces.now();
    }
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    if (isOutermost(context) && before != null) {
      List<String> left = leftSince(before, PATIENCE);
      if (!left.isEmpty()) {
        throw new AssertionError(
            context.getRequiredTestClass().getName()
                + " leaves behind:\n  "
                + String.join("\n  ", left));
      }
    }
  }

  /** What is there now and was not before, once it has had the time to go. */
  static List<String> leftSince(Traces before, Duration patience) throws Exception {
    long deadline = System.nanoTime() + patience.toNanos();
    List<String> left = Traces.now().since(before);
    while (!left.isEmpty() && System.nanoTime() < deadline) {
      Thread.sleep(50);
      left = Traces.now().since(before);
    }
    return left;
  }

  private static boolean isOutermost(ExtensionContext context) {
    return context.getRequiredTestClass().getEnclosingClass() == null;
  }
}
