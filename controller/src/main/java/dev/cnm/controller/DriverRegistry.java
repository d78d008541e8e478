package dev.cnm.controller;

import dev.cnm.CnmException;
import dev.cnm.ConflictException;
import dev.cnm.NotFoundException;
import dev.cnm.spi.DriverType;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.URL;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Spliterator;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The drivers of one kind that are on the path. A factory is instantiated, and its driver created,
 * when the type is first used. A provider that can't be used is reported and passed over.
 */
final class DriverRegistry<F, D extends AutoCloseable> {

  private static final System.Logger LOG = System.getLogger(DriverRegistry.class.getName());

  /** More broken entries than this, and the loader itself is taken to be at fault. */
  private static final int MOST_BROKEN = 1000;

  private final ReentrantLock lock = new ReentrantLock();
  private final String kind;
  private final Creator<F, D> creator;
  private final Map<String, List<ServiceLoader.Provider<F>>> providers = new TreeMap<>();
  private final Map<String, D> drivers = new HashMap<>();

  @FunctionalInterface
  interface Creator<F, D> {
    D create(String type, F factory) throws IOException;
  }

  /**
   * Looks what there is.
   *
   * @param kind for messages: {@code "network"} or {@code "IPAM"}
   */
  DriverRegistry(String kind, ServiceLoader<F> loader, Creator<F, D> creator) {
    this.kind = kind;
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
    if (annotation == null || annotation.value().isBlank()) {
      LOG.log(
          Level.WARNING,
          "passed over {0}, which is to be a provider of a {1} driver: it has no @DriverType ({2})",
          type.getName(),
          kind,
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
    lock.lock();
    try {
      D known = drivers.get(type);
      if (known != null) {
        return known;
      }
      D driver = create(type);
      drivers.put(type, driver);
      return driver;
    } finally {
      lock.unlock();
    }
  }

  private D create(String type) throws IOException {
    List<ServiceLoader.Provider<F>> candidates = providers.getOrDefault(type, List.of());
    if (candidates.isEmpty()) {
      throw new NotFoundException(
          "no " + kind + " driver of type \"" + type + "\": there are " + providers.keySet());
    }
    if (candidates.size() > 1) {
      List<String> names =
          candidates.stream()
              .map(it -> it.type().getName() + " (" + location(it.type()) + ")")
              .toList();
      throw new ConflictException(
          "several "
              + kind
              + " drivers of type \""
              + type
              + "\", take all but one off the path: "
              + String.join(" and ", names));
    }
    ServiceLoader.Provider<F> provider = candidates.getFirst();
    try {
      return creator.create(type, provider.get());
    } catch (CnmException e) {
      throw e;
    } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
      passedOver(provider.type().getName() + " (" + location(provider.type()) + ")", e);
      providers.remove(type);
      throw new NotFoundException(
          "no "
              + kind
              + " driver of type \""
              + type
              + "\": "
              + provider.type().getName()
              + " ("
              + location(provider.type())
              + ") can't be used: "
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
    return String.valueOf(failure.getCause() == null ? failure.getMessage() : failure.getCause())
        .lines()
        .findFirst()
        .orElse(failure.toString());
  }

  /** The jar that a class is from. */
  private static String location(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    URL url = source == null ? null : source.getLocation();
    if (url == null) {
      return "the JDK";
    }
    return url.getProtocol().equals("file") ? url.getPath() : url.toString();
  }

  /** Closes the drivers that have been created. */
  void close(Failures failures) {
    lock.lock();
    try {
      for (D driver : drivers.values()) {
        failures.attempt(() -> closeOne(driver));
      }
      drivers.clear();
    } finally {
      lock.unlock();
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
