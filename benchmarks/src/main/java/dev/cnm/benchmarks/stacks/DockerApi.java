package dev.cnm.benchmarks.stacks;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Docker's HTTP interface, without the time that the {@code docker} program takes to start. */
record DockerApi(Path socket) {

  /**
   * Sends a request.
   *
   * @return the answer's body
   * @throws IOException if the daemon refuses
   */
  String post(String path, String body) throws IOException {
    byte[] content = body.getBytes(StandardCharsets.UTF_8);
    String head =
        "POST "
            + path
            + " HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n"
            + "Content-Type: application/json\r\nContent-Length: "
            + content.length
            + "\r\n\r\n";
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      write(channel, head.getBytes(StandardCharsets.US_ASCII));
      write(channel, content);
      String answer = readAll(channel);
      int status = Integer.parseInt(answer.substring(9, 12));
      int blank = answer.indexOf("\r\n\r\n");
      String said = blank < 0 ? "" : answer.substring(blank + 4);
      if (status >= 300) {
        throw new IOException(path + " was answered with " + status + ": " + said.strip());
      }
      return said;
    }
  }

  private static void write(SocketChannel channel, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  private static String readAll(SocketChannel channel) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(8192);
    while (channel.read(buffer) >= 0) {
      all.write(buffer.array(), 0, buffer.position());
      buffer.clear();
    }
    return all.toString(StandardCharsets.UTF_8);
  }
}
