package dev.cnm.controller;

import dev.cnm.CnmException;
import dev.cnm.ConflictException;
import dev.cnm.Names;
import dev.cnm.NotFoundException;
import dev.cnm.controller.driver.DriverCalls;
import dev.cnm.spi.DriverType;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.URL;
import java.security.CodeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Spliterator;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The drivers of one kind that are on the path. A factory is instantiated, and its driver created,
 * when the type is first used. A provider that can't be used is reported and passed over.
 *
 * <p>Drivers from elsewhere are created, called and closed by {@link DriverCalls}, and outside the
 * lock: one that doesn't come back is in nobody's way but of those who ask for its type.
 */
final class DriverRegistry<F, D extends AutoCloseable> {

  private static final System.Logger LOG = System.getLogger(DriverRegistry.class.getName());

  /** More broken entries than this, and the loader itself is taken to be at fault. */
  private static final int MOST_BROKEN = 1000;

  private static final Pattern TYPE = Pattern.compile("[a-zA-Z0-9_.-]{1,128}");

  /** The drivers of this project: none of them waits for anything but the kernel. */
  private static final Pattern OURS = Pattern.compile("dev\\.cnm\\.(driver|ipam)\\..*");

  private final ReentrantLock lock = new ReentrantLock();
  private final String kind;
  private final Patience patience;
  private final Creator<F, D> creator;
  private final Map<String, List<ServiceLoader.Provider<F>>> providers = new TreeMap<>();
  private final Map<String, D> drivers = new HashMap<>();
  private final Map<String, DriverCalls.Attempt<D>> openings = new HashMap<>();
  private final List<DriverCalls> strangers = new ArrayList<>();

  @FunctionalInterface
  interface Creator<F, D> {
    /**
     * Has a factory make its driver.
     *
     * @param calls how it is to be called, if it came from elsewhere
     */
    D create(String type, F factory, @Nullable DriverCalls calls) throws IOException;
  }

  /**
   * How much is put up with from drivers that came from elsewhere.
   *
   * @param call how long a call is waited for
   * @param closing the same while the controller is being closed
   * @param mostOverdue with so many calls that have not come back, no more are made
   */
  record Patience(Duration call, Duration closing, int mostOverdue) {}

  /**
   * Looks what there is.
   *
   * @param kind for messages: {@code "network"} or {@code "IPAM"}
   */
  DriverRegistry(String kind, ServiceLoader<F> loader, Patience patience, Creator<F, D> creator) {
    this.kind = kind;
    this.patience = patience;
    this.creator = creator;
    Spliterator<ServiceLoader.Provider<F>> all = loader.stream().spliterator();
    boolean more = true;
    for (int broken = 0; more && broken < MOST_BROKEN; ) {
      try {
        more = all.tryAdvance(this::register);
      } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
        broken++;
        passedOver("a provider of a " + kind + " driver", e);
      }
    }
  }

  private void register(ServiceLoader.Provider<F> provider) {
    Class<? extends F> type = provider.type();
    DriverType annotation = type.getAnnotation(DriverType.class);
    if (annotation == null || !TYPE.matcher(annotation.value()).matches()) {
      LOG.log(
          Level.WARNING,
          "passed over {0}, which is to be a provider of a {1} driver: it has no @DriverType"
              + " {2}({3})",
          Names.printable(type.getName()),
          kind,
          annotation == null || annotation.value().isBlank() ? "" : "that can be one ",
          location(type));
      return;
    }
    providers.computeIfAbsent(annotation.value(), key -> new ArrayList<>(1)).add(provider);
  }

  /** The types that there are, sorted. */
  List<String> types() {
    lock.lock();
    try {
      return List.copyOf(providers.keySet());
    } finally {
      lock.unlock();
    }
  }

  boolean has(String type) {
    lock.lock();
    try {
      return providers.containsKey(type);
    } finally {
      lock.unlock();
    }
  }

  /**
   * The driver of a type, the same each time.
   *
   * @throws NotFoundException if there is none that works
   * @throws ConflictException if there are two
   * @throws IOException if it can't be created
   */
  D driver(String type) throws IOException {
    DriverCalls.Attempt<D> opening;
    lock.lock();
    try {
      D known = drivers.get(type);
      if (known != null) {
        return known;
      }
      ServiceLoader.Provider<F> provider = provider(type);
      if (isOurs(provider.type())) {
        D driver = create(type, provider, null);
        drivers.put(type, driver);
        return driver;
      }
      DriverCalls.Attempt<D> begun = openings.get(type);
      opening = begun == null ? begin(type, provider) : begun;
    } finally {
      lock.unlock();
    }
    return opened(type, opening);
  }

  private static boolean isOurs(Class<?> type) {
    return Objects.equals(type.getClassLoader(), DriverRegistry.class.getClassLoader())
        && OURS.matcher(type.getName()).matches();
  }

  private ServiceLoader.Provider<F> provider(String type) {
    List<ServiceLoader.Provider<F>> candidates = providers.getOrDefault(type, List.of());
    if (candidates.isEmpty()) {
      throw new NotFoundException(
          "no " + kind + " driver of type \"" + type + "\": there are " + providers.keySet());
    }
    if (candidates.size() > 1) {
      throw new ConflictException(
          "several "
              + kind
              + " drivers of type \""
              + type
              + "\", take all but one off the path: "
              + String.join(" and ", candidates.stream().map(DriverRegistry::name).toList()));
    }
    return candidates.getFirst();
  }

  private static String name(ServiceLoader.Provider<?> provider) {
    return Names.printable(provider.type().getName()) + " (" + location(provider.type()) + ")";
  }

  private DriverCalls.Attempt<D> begin(String type, ServiceLoader.Provider<F> provider)
      throws IOException {
    DriverCalls calls =
        new DriverCalls(
            kind + " driver \"" + type + "\" (" + location(provider.type()) + ")",
            patience.call,
            patience.closing,
            patience.mostOverdue);
    DriverCalls.Attempt<D> begun =
        calls.begin("create the driver", () -> create(type, provider, calls));
    strangers.add(calls);
    openings.put(type, begun);
    return begun;
  }

  private D opened(String type, DriverCalls.Attempt<D> opening) throws IOException {
    try {
      D driver = opening.await();
      lock.lock();
      try {
        if (openings.remove(type, opening)) {
          drivers.put(type, driver);
        }
        return driver;
      } finally {
        lock.unlock();
      }
    } catch (IOException | RuntimeException e) {
      if (opening.isDone()) {
        lock.lock();
        try {
          openings.remove(type, opening);
        } finally {
          lock.unlock();
        }
      }
      throw e;
    }
  }

  private D create(String type, ServiceLoader.Provider<F> provider, @Nullable DriverCalls calls)
      throws IOException {
    try {
      return creator.create(type, provider.get(), calls);
    } catch (CnmException | IOException e) {
      throw e;
    } catch (Throwable e) {
      passedOver(name(provider), e);
      lock.lock();
      try {
        providers.remove(type);
      } finally {
        lock.unlock();
      }
      throw new NotFoundException(
          "no "
              + kind
              + " driver of type \""
              + type
              + "\": "
              + name(provider)
              + " can't be used: "
              + cause(e));
    }
  }

  /** One line for who uses drivers; the rest is for who writes them. */
  private static void passedOver(String provider, Throwable failure) {
    LOG.log(Level.WARNING, "passed over {0}: {1}", provider, cause(failure));
    LOG.log(Level.DEBUG, "passed over " + provider, failure);
  }

  /** What the loader says is wrong, or what was wrong in the provider that it called. */
  private static String cause(Throwable failure) {
    Throwable cause = failure.getCause();
    String text =
        cause != null
            ? cause.toString()
            : failure instanceof ServiceConfigurationError
                ? String.valueOf(failure.getMessage())
                : failure.toString();
    return Names.printable(text.lines().findFirst().orElse(failure.getClass().getName()));
  }

  /** The jar that a class is from. */
  private static String location(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    URL url = source == null ? null : source.getLocation();
    if (url == null) {
      return "the JDK";
    }
    return Names.printable(url.getProtocol().equals("file") ? url.getPath() : url.toString());
  }

  /** From now on, drivers from elsewhere are waited for as long as closing may take. */
  void closing() {
    lock.lock();
    try {
      strangers.forEach(DriverCalls::closing);
    } finally {
      lock.unlock();
    }
  }

  /** Closes the drivers that have been created, at the same time. */
  void close(Failures failures) {
    List<D> open = new ArrayList<>();
    lock.lock();
    try {
      open.addAll(drivers.values());
      drivers.clear();
      for (DriverCalls.Attempt<D> opening : openings.values()) {
        opening.giveUp(AutoCloseable::close);
        opening.now().ifPresent(open::add);
      }
      openings.clear();
    } finally {
      lock.unlock();
    }
    closing();
    List<FutureTask<Boolean>> tasks = new ArrayList<>();
    for (D driver : open) {
      if (isOurs(driver.getClass())) {
        failures.attempt(() -> closeOne(driver));
      } else {
        FutureTask<Boolean> task =
            new FutureTask<>(() -> {
              closeOne(driver);
              return true;
            });
        tasks.add(task);
        Thread _ = Thread.ofVirtual().name("cnm-drivers-close").start(task);
      }
    }
    tasks.forEach(task -> failures.attempt(() -> done(task)));
  }

  private static void done(FutureTask<Boolean> task) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          boolean _ = task.get();
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failure -> throw failure;
        case RuntimeException failure -> throw failure;
        case null, default -> throw new IOException("cannot close a driver", e.getCause());
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void closeOne(D driver) throws IOException {
    try {
      driver.close();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("cannot close the " + kind + " driver " + driver, e);
    }
  }
}
