package dev.cnm.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.ConflictException;
import dev.cnm.InvalidParameterException;
import dev.cnm.NotFoundException;
import dev.cnm.spi.NetworkDriverFactory;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.spi.ToolProvider;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With jars as they come from other people, made here. */
final class DriverRegistryTest {

  /**
   * What the providers tell of themselves, since their classes can't be touched without a trace.
   */
  private static final String TOLD = "dev.cnm.controller.DriverRegistryTest";

  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private final Logger logger = Logger.getLogger(DriverRegistry.class.getName());
  private final Handler listener =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          warnings.add(new SimpleFormatter().formatMessage(record));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @TempDir private Path folder;
  private final List<Path> jars = new ArrayList<>();
  private final List<URLClassLoader> loaders = new ArrayList<>();

  @BeforeEach
  void listen() {
    System.setProperty(TOLD, "");
    logger.addHandler(listener);
  }

  @AfterEach
  void clear() throws IOException {
    logger.removeHandler(listener);
    System.clearProperty(TOLD);
    for (URLClassLoader loader : loaders) {
      loader.close();
    }
  }

  /** A jar that holds one class and names providers. */
  private void jar(String name, String type, String body, String... providers) throws IOException {
    Path sources = Files.createDirectories(folder.resolve(name));
    Path source = sources.resolve(name.substring(0, 1).toUpperCase() + name.substring(1) + ".java");
    Files.writeString(
        source,
        """
        package drivers;
        %s
        public final class %s implements dev.cnm.spi.NetworkDriverFactory {
          static { System.setProperty("%s", System.getProperty("%s") + "%s loaded "); }
          %s
        }
        """
            .formatted(
                type,
                source.getFileName().toString().replace(".java", ""),
                TOLD,
                TOLD,
                name,
                body));
    assertThat(
            ToolProvider.findFirst("javac")
                .orElseThrow()
                .run(
                    new PrintWriter(System.err, true),
                    new PrintWriter(System.err, true),
                    "-cp",
                    System.getProperty("java.class.path"),
                    "-proc:none",
                    "-d",
                    sources.toString(),
                    source.toString()))
        .isZero();
    Path jar = folder.resolve(name + ".jar");
    try (OutputStream file = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      zip.putNextEntry(new ZipEntry("META-INF/services/" + NetworkDriverFactory.class.getName()));
      zip.write(String.join("\n", providers).getBytes(StandardCharsets.UTF_8));
      String entry = "drivers/" + source.getFileName().toString().replace(".java", ".class");
      zip.putNextEntry(new ZipEntry(entry));
      zip.write(Files.readAllBytes(sources.resolve(entry)));
    }
    jars.add(jar);
  }

  private static String type(String name) {
    return "@dev.cnm.spi.DriverType(\"" + name + "\")";
  }

  private static final String WORKING =
      "public dev.cnm.spi.NetworkDriver create(dev.cnm.spi.DriverContext context) { return null; }";

  /** A driver of a registry whose drivers are closed by its name. */
  private record Opened(String type) implements AutoCloseable {
    @Override
    public void close() {
      System.setProperty(TOLD, System.getProperty(TOLD) + type + " closed ");
    }
  }

  private DriverRegistry<NetworkDriverFactory, Opened> registry() throws IOException {
    List<URL> urls = new ArrayList<>();
    for (Path jar : jars) {
      urls.add(jar.toUri().toURL());
    }
    // Of the class path here only what the jars need: its own providers are another test's.
    ClassLoader parent =
        new ClassLoader(getClass().getClassLoader()) {
          @Override
          public java.util.Enumeration<URL> getResources(String name) {
            return java.util.Collections.emptyEnumeration();
          }
        };
    URLClassLoader loader = new URLClassLoader(urls.toArray(new URL[0]), parent);
    loaders.add(loader);
    return new DriverRegistry<>(
        "network",
        ServiceLoader.load(NetworkDriverFactory.class, loader),
        new DriverRegistry.Patience(Duration.ofSeconds(20), Duration.ofSeconds(5), 16),
        (type, factory, calls) -> {
          factory.create(null);
          return new Opened(type);
        });
  }

  private static String told() {
    return System.getProperty(TOLD).strip();
  }

  @Test
  void aDriverIsLoadedWhenItIsFirstUsed() throws IOException {
    jar("one", type("one"), WORKING, "drivers.One");
    jar("two", type("two"), WORKING, "drivers.Two");
    DriverRegistry<NetworkDriverFactory, Opened> registry = registry();
    assertThat(registry.types()).containsExactly("one", "two");
    assertThat(registry.has("two")).isTrue();
    assertThat(told()).isEmpty();

    Opened driver = registry.driver("two");
    assertThat(told()).isEqualTo("two loaded");
    assertThat(registry.driver("two")).isSameAs(driver);

    registry.close(new Failures());
    assertThat(told()).isEqualTo("two loaded two closed");
    assertThat(warnings).isEmpty();
  }

  @Test
  void aTypeThatNobodyHasIsRefusedWithThoseThatThereAre() throws IOException {
    jar("one", type("one"), WORKING, "drivers.One");
    assertThatThrownBy(() -> registry().driver("three"))
        .isInstanceOf(NotFoundException.class)
        .hasMessage("no network driver of type \"three\": there are [one]");
  }

  @Test
  void twoOfOneTypeAreAnErrorThatNamesBothJars() throws IOException {
    jar("one", type("same"), WORKING, "drivers.One");
    jar("two", type("same"), WORKING, "drivers.Two");
    jar("other", type("other"), WORKING, "drivers.Other");
    DriverRegistry<NetworkDriverFactory, Opened> registry = registry();
    assertThatThrownBy(() -> registry.driver("same"))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("drivers.One (" + jars.get(0) + ")")
        .hasMessageContaining("drivers.Two (" + jars.get(1) + ")");
    assertThat(told()).isEmpty();
    registry.driver("other");
  }

  @Test
  void whatTheLoaderCannotLoadIsReportedAndPassedOver() throws IOException {
    jar("one", type("one"), WORKING, "drivers.Absent", "drivers.One");
    jar("two", type("two"), WORKING, TestHost.class.getName(), "drivers.Two");
    jar("three", type("three"), WORKING, "no class name!", "drivers.Three");
    jar("four", type("four"), WORKING, "drivers.Four");
    DriverRegistry<NetworkDriverFactory, Opened> registry = registry();
    // Of a file that can't be read no provider is known.
    assertThat(registry.types()).contains("four", "one", "two");
    assertThat(warnings).hasSize(3).allMatch(it -> it.lines().count() == 1);
    assertThat(String.join("\n", warnings))
        .contains(
            "drivers.Absent not found", "TestHost not a subtype", "Illegal configuration-file");
    registry.driver("four");
  }

  @Test
  void aJarThatIsNoneIsPassedOver() throws IOException {
    jars.add(Files.writeString(folder.resolve("broken.jar"), "this is no zip file"));
    jars.add(folder.resolve("absent.jar"));
    jar("one", type("one"), WORKING, "drivers.One");
    assertThat(registry().types()).containsExactly("one");
  }

  @Test
  void aFactoryWithoutATypeIsReportedAndPassedOver() throws IOException {
    jar("one", "", WORKING, "drivers.One");
    jar("two", type(" "), WORKING, "drivers.Two");
    assertThat(registry().types()).isEmpty();
    assertThat(warnings).hasSize(2);
    assertThat(warnings.getFirst())
        .contains("drivers.One", "@DriverType", jars.getFirst().toString());
  }

  @Test
  void whatFailsWhenItIsMadeIsReportedAndPassedOver() throws IOException {
    String fails = "throw new IllegalStateException(\"on purpose\");";
    jar("one", type("one"), "public One() { " + fails + " }" + WORKING, "drivers.One");
    jar("two", type("two"), WORKING.replace("return null;", fails), "drivers.Two");
    jar(
        "three",
        type("three"),
        WORKING.replace("return null;", "throw new NoClassDefFoundError(\"some/Library\");"),
        "drivers.Three");
    DriverRegistry<NetworkDriverFactory, Opened> registry = registry();
    for (String type : List.of("one", "two", "three")) {
      warnings.clear();
      assertThatThrownBy(() -> registry.driver(type))
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining("no network driver of type \"" + type + "\": drivers.")
          .hasMessageContaining(".jar")
          .hasMessageMatching(".*(on purpose|some/Library)");
      assertThat(warnings).singleElement().asString().contains(".jar").hasLineCount(1);
      assertThat(registry.has(type)).isFalse();
    }
  }

  @Test
  void whatADriverRefusesIsNoFaultOfIts() throws IOException {
    jar(
        "one",
        type("one"),
        WORKING.replace(
            "return null;", "throw new dev.cnm.InvalidParameterException(\"not like this\");"),
        "drivers.One");
    DriverRegistry<NetworkDriverFactory, Opened> registry = registry();
    assertThatThrownBy(() -> registry.driver("one"))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessage("not like this");
    assertThat(registry.has("one")).isTrue();
    assertThat(warnings).isEmpty();
  }
}
