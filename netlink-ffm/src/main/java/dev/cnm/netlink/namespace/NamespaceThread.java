package dev.cnm.netlink.namespace;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A platform thread for one task that enters namespaces. It ends with the task, so that it never
 * has to come back.
 */
public final class NamespaceThread {

  private static final ThreadLocal<Boolean> OURS = ThreadLocal.withInitial(() -> false);

  private NamespaceThread() {}

  /**
   * Runs {@code task} on a new platform thread and returns its result. If the caller is
   * interrupted, the task goes on to its end and the caller stays interrupted.
   *
   * @throws Exception what the task threw
   */
  public static <T extends @Nullable Object> T call(Callable<T> task) throws Exception {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread.ofPlatform()
        .name("cnm-namespace")
        .daemon()
        .start(() -> {
          OURS.set(true);
          try {
            result.complete(task.call());
          } catch (Throwable e) {
            result.completeExceptionally(e);
          }
          PrivateProcfs.renewIfWorn();
        });
    return await(result);
  }

  static void require() {
    if (!OURS.get()) {
      throw new IllegalStateException(
          "a namespace may be entered by a thread of NamespaceThread.call only");
    }
  }

  static <T extends @Nullable Object> T await(CompletableFuture<T> result) throws Exception {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return result.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          switch (e.getCause()) {
            case Exception cause -> throw cause;
            case Error cause -> throw cause;
            case null, default -> throw new CompletionException(e);
          }
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
