package dev.cnm.netlink.namespace;

import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.internal.Linux;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A platform thread for one task that enters namespaces. It ends with the task.
 *
 * <p>Linux gives a new thread the namespaces of the one that starts it, and the JVM starts threads
 * when it likes: the scheduler of virtual threads may start a carrier on the thread that wakes a
 * virtual one. In another network namespace such a carrier would open everybody's sockets there. So
 * these threads go back to the process's network namespace before they hand anything over, and a
 * task must start and wake nobody while it is elsewhere.
 */
public final class NamespaceThread {

  private static final ThreadLocal<Boolean> OURS = ThreadLocal.withInitial(() -> false);

  /** The network namespace that the process is in, or a negated errno. */
  private static final int HOME =
      Linux.open("/proc/self/ns/net", libc.O_RDONLY() | libc.O_CLOEXEC());

  private NamespaceThread() {}

  /**
   * Runs {@code task} on a new platform thread and returns its result. If the caller is
   * interrupted, the task goes on to its end and the caller stays interrupted.
   *
   * @throws Exception what the task threw
   */
  public static <T extends @Nullable Object> T call(Callable<T> task) throws Exception {
    return await(start("cnm-namespace", task));
  }

  /**
   * Begins to run {@code task} on a new platform thread.
   *
   * @param name of the thread
   * @return its result, or what it threw
   */
  public static <T extends @Nullable Object> CompletableFuture<T> start(
      String name, Callable<T> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread.ofPlatform()
        .name(name)
        .daemon()
        .start(() -> {
          OURS.set(true);
          Runnable handOver = run(task, result);
          int _ = goHome();
          handOver.run();
          PrivateProcfs.renewIfWorn();
        });
    return result;
  }

  /** Runs {@code task}; what is returned hands over what came of it. */
  static <T extends @Nullable Object> Runnable run(Callable<T> task, CompletableFuture<T> result) {
    try {
      T value = task.call();
      return () -> result.complete(value);
    } catch (Throwable e) {
      return () -> result.completeExceptionally(e);
    }
  }

  /**
   * Moves the calling thread back to the network namespace that the process is in.
   *
   * @return a negated errno if the kernel refuses: where the process is in a network namespace of
   *     somebody mightier ({@code user_namespaces(7)})
   */
  static int goHome() {
    return HOME < 0 ? HOME : Linux.setns(HOME, libc.CLONE_NEWNET());
  }

  static void require() {
    if (!OURS.get()) {
      throw new IllegalStateException("only for a thread of NamespaceThread");
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
