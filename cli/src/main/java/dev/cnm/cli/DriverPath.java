package dev.cnm.cli;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;

/**
 * The jars of other people's drivers. They are on a class path of their own, and not among the
 * modules that the JVM starts with: it refuses to start when one of those is broken, and keeps no
 * archive of its classes when their number varies.
 */
final class DriverPath {

  /** Jars and folders of jars, separated by colons. */
  private static final String VARIABLE = "CNM_DRIVER_PATH";

  /** Set by the launcher: the folder for drivers that are to be found without further ado. */
  private static final String FOLDER = "cnm.drivers";

  private DriverPath() {}

  /** Lets {@link java.util.ServiceLoader} find what is there, from this thread and its children. */
  static void use() throws IOException {
    List<URL> jars = new ArrayList<>();
    String folder = System.getProperty(FOLDER, "");
    if (!folder.isEmpty() && Files.isDirectory(Path.of(folder))) {
      add(jars, Path.of(folder));
    }
    String variable = System.getenv(VARIABLE);
    if (variable != null) {
      for (String entry : variable.split(File.pathSeparator)) {
        if (!entry.isEmpty()) {
          addNamed(jars, Path.of(entry).toAbsolutePath());
        }
      }
    }
    if (!jars.isEmpty()) {
      Thread.currentThread()
          .setContextClassLoader(
              new URLClassLoader(
                  "drivers", jars.toArray(new URL[0]), DriverPath.class.getClassLoader()));
    }
  }

  private static void addNamed(List<URL> jars, Path entry) throws IOException {
    if (Files.exists(entry)) {
      add(jars, entry);
    } else {
      passOver(entry, "there is no such file");
    }
  }

  private static void add(List<URL> jars, Path entry) throws IOException {
    if (!Files.isDirectory(entry)) {
      addJar(jars, entry);
      return;
    }
    jars.add(url(entry));
    try (DirectoryStream<Path> inside = Files.newDirectoryStream(entry, "*.jar")) {
      List<Path> sorted = new ArrayList<>();
      inside.forEach(sorted::add);
      sorted.sort(null);
      for (Path jar : sorted) {
        addJar(jars, jar);
      }
    } catch (IOException | DirectoryIteratorException e) {
      passOver(entry, Complaint.of(e));
    }
  }

  /** Only what is a jar: the class loader passes over others in silence, and waits for a pipe. */
  private static void addJar(List<URL> jars, Path jar) throws MalformedURLException {
    if (!Files.isRegularFile(jar)) {
      passOver(jar, "it is no file");
      return;
    }
    try (JarFile _ = new JarFile(jar.toFile())) {
      jars.add(url(jar));
    } catch (IOException e) {
      passOver(jar, "it is no jar: " + Complaint.of(e));
    }
  }

  private static void passOver(Path entry, String reason) {
    System.err.println(
        "cnm: passed over "
            + Complaint.printable(entry.toString())
            + " of "
            + VARIABLE
            + ": "
            + reason);
  }

  private static URL url(Path path) throws MalformedURLException {
    return path.toUri().toURL();
  }
}
