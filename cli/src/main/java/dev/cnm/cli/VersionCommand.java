package dev.cnm.cli;

import dev.cnm.InvalidParameterException;
import dev.cnm.cli.json.JsonText;
import dev.cnm.spi.DriverType;
import dev.cnm.spi.IpamDriverFactory;
import dev.cnm.spi.NetworkDriverFactory;
import java.io.File;
import java.io.IOException;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Spliterator;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cnm version}. */
@Command(
    name = "version",
    mixinStandardHelpOptions = true,
    description = "Show the versions of cnm, Java and the kernel, and the drivers that are found.")
final class VersionCommand implements Callable<Integer> {

  /** More broken providers than this, and there may be no end of them. */
  private static final int MOST_BROKEN = 1000;

  /** The version of cnm. */
  static final String VERSION = "0.1.0";

  @Option(names = "--format", paramLabel = "FORMAT", description = "text or json.")
  private String format = "text";

  /**
   * A driver on the path, which has not been used yet.
   *
   * @param type by which it is chosen; empty if the provider doesn't say
   * @param factory the class of the provider
   * @param jar where that is
   */
  private record Found(String type, String factory, String jar) {}

  @Override
  public Integer call() throws IOException {
    DriverPath.use();
    List<Found> networks = find(ServiceLoader.load(NetworkDriverFactory.class));
    List<Found> ipams = find(ServiceLoader.load(IpamDriverFactory.class));
    System.out.print(
        switch (format) {
          case "text" -> text(networks, ipams);
          case "json" -> json(networks, ipams);
          default ->
              throw new InvalidParameterException(
                  "invalid format: \"" + format + "\"; it can be text or json");
        });
    return 0;
  }

  private static <F> List<Found> find(ServiceLoader<F> loader) {
    List<Found> found = new ArrayList<>();
    Spliterator<ServiceLoader.Provider<F>> all = loader.stream().spliterator();
    boolean more = true;
    for (int broken = 0; more && broken < MOST_BROKEN; ) {
      try {
        more = all.tryAdvance(it -> found.add(found(it.type())));
      } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
        broken++;
        System.err.println("cnm: a driver can't be read: " + Complaint.of(e));
      }
    }
    found.sort(Comparator.comparing(Found::type));
    return found;
  }

  private static Found found(Class<?> factory) {
    DriverType type = factory.getAnnotation(DriverType.class);
    CodeSource source = factory.getProtectionDomain().getCodeSource();
    return new Found(
        type == null ? "" : Complaint.printable(type.value()),
        Complaint.printable(factory.getName()),
        source == null || source.getLocation() == null
            ? ""
            : Complaint.printable(source.getLocation().getPath()));
  }

  private static String text(List<Found> networks, List<Found> ipams) {
    return "cnm "
        + VERSION
        + "\nJava:         "
        + Runtime.version()
        + ", "
        + System.getProperty("java.home")
        + "\nKernel:       Linux "
        + System.getProperty("os.version")
        + " "
        + System.getProperty("os.arch")
        + "\nDrivers:      "
        + names(networks)
        + "\nIPAM drivers: "
        + names(ipams)
        + "\n";
  }

  private static String names(List<Found> found) {
    return found.stream()
        .map(it -> it.type() + " (" + new File(it.jar()).getName() + ")")
        .collect(Collectors.joining(", "));
  }

  private static String json(List<Found> networks, List<Found> ipams) {
    return JsonText.indented(
            JsonText.object(
                "Version",
                VERSION,
                "Java",
                JsonText.object(
                    "Version",
                    Runtime.version().toString(),
                    "Vendor",
                    System.getProperty("java.vendor"),
                    "Home",
                    System.getProperty("java.home")),
                "Kernel",
                JsonText.object(
                    "Version",
                    System.getProperty("os.version"),
                    "Arch",
                    System.getProperty("os.arch")),
                "Drivers",
                objects(networks),
                "IpamDrivers",
                objects(ipams)))
        + "\n";
  }

  private static List<Map<String, @Nullable Object>> objects(List<Found> found) {
    return found.stream()
        .map(it -> JsonText.object("Type", it.type(), "Factory", it.factory(), "Jar", it.jar()))
        .toList();
  }
}
