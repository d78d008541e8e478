package dev.cnm.cli.control;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The address of a socket in the file system. The kernel takes paths of up to 107 octets ({@code
 * sun_path} of unix(7)); a longer one is named by a descriptor of its folder while this is open.
 */
final class SocketFile implements AutoCloseable {

  private static final int LONGEST = 107;

  private final @Nullable FileChannel folder;
  private final UnixDomainSocketAddress address;

  private SocketFile(@Nullable FileChannel folder, Path path) {
    this.folder = folder;
    address = UnixDomainSocketAddress.of(path);
  }

  static SocketFile of(Path file) throws IOException {
    if (file.toString().getBytes(StandardCharsets.UTF_8).length <= LONGEST) {
      return new SocketFile(null, file);
    }
    Path parent = file.resolveSibling("").toAbsolutePath();
    FileChannel folder = FileChannel.open(parent, StandardOpenOption.READ);
    try {
      return new SocketFile(folder, descriptorOf(parent).resolve(file.getFileName()));
    } catch (IOException | RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  /** The JDK doesn't tell a channel's descriptor, but the kernel does. */
  private static Path descriptorOf(Path folder) throws IOException {
    Path wanted = folder.toRealPath();
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors) {
        if (Files.isSymbolicLink(descriptor) && Files.readSymbolicLink(descriptor).equals(wanted)) {
          return descriptor;
        }
      }
    }
    throw new FileNotFoundException("no descriptor of the folder " + folder);
  }

  UnixDomainSocketAddress address() {
    return address;
  }

  @Override
  public void close() throws IOException {
    if (folder != null) {
      folder.close();
    }
  }
}
