package dev.cnm.controller;

import dev.cnm.DnsOptions;
import dev.cnm.ExtraHost;
import dev.cnm.controller.Resolvers.Duty;
import dev.cnm.controller.dns.HostFile;
import dev.cnm.controller.dns.HostServers;
import dev.cnm.controller.dns.HostsFile;
import dev.cnm.controller.dns.ResolvConfFile;
import dev.cnm.controller.state.SandboxRecord;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * Keeps the files of sandboxes: {@code hosts}, {@code hostname} and {@code resolv.conf}. What
 * somebody else has written is left alone: a hash beside each file tells. They are written in
 * place, since they are mounted elsewhere.
 */
final class NameFiles {

  private static final System.Logger LOG = System.getLogger(NameFiles.class.getName());

  private static final Path HOST_HOSTNAME = Path.of("/proc/sys/kernel/hostname");

  private static final String HOSTS = "hosts";
  private static final String HOSTNAME = "hostname";
  private static final String RESOLV_CONF = "resolv.conf";
  private static final String HASH = ".hash";

  private final Path hostFiles;
  private final HostServers servers;

  NameFiles(Path hostFiles, HostServers servers) {
    this.hostFiles = hostFiles;
    this.servers = servers;
  }

  /** Tells whether the loopback link of a stack has its IPv6 address, or may have it. */
  @FunctionalInterface
  interface Loopback {
    boolean hasIpv6() throws IOException;
  }

  /** Makes them as they are to be, if the sandbox has files. */
  void write(Duty duty, Loopback loopback) throws IOException {
    SandboxRecord sandbox = duty.sandbox();
    if (sandbox.dns().files().isEmpty()) {
      return;
    }
    Path folder = Path.of(sandbox.dns().files());
    DnsOptions dns = sandbox.dns().toOptions();
    if (!Files.exists(folder.resolve(HOSTNAME))) {
      overwrite(folder.resolve(HOSTNAME), hostname(sandbox));
    }
    Path resolvConf = folder.resolve(RESOLV_CONF);
    if (isOurs(resolvConf)) {
      writeHashed(resolvConf, resolvConf(duty, dns));
    }
    Path hosts = folder.resolve(HOSTS);
    if (isOurs(hosts)) {
      writeHashed(hosts, hosts(duty, dns, loopback));
    } else if (!sandbox.onHost()) {
      List<String> extra = extraLines(dns, duty.hostAddresses());
      String now = Files.readString(hosts, StandardCharsets.ISO_8859_1);
      overwrite(hosts, HostsFile.update(now, extra, sandbox.hostname(), duty.addresses()));
    }
  }

  private static String hostname(SandboxRecord sandbox) throws IOException {
    return sandbox.onHost() && sandbox.dns().hostname().isEmpty()
        ? Files.readString(HOST_HOSTNAME)
        : sandbox.hostname() + "\n";
  }

  private String resolvConf(Duty duty, DnsOptions dns) {
    if (duty.sandbox().onHost()) {
      boolean asHost = dns.servers().isEmpty() && dns.search().isEmpty() && dns.options().isEmpty();
      return asHost ? copy(RESOLV_CONF) : ResolvConfFile.onHost(dns, servers.configuration());
    }
    return duty.resolver()
        ? ResolvConfFile.forResolver(dns, servers.configuration())
        : ResolvConfFile.forServers(
            dns,
            servers.direct(),
            duty.addresses().stream().anyMatch(Inet6Address.class::isInstance));
  }

  /** On the host's stack the host's own, unless there is something to add to it. */
  private String hosts(Duty duty, DnsOptions dns, Loopback loopback) throws IOException {
    List<String> extra = extraLines(dns, duty.hostAddresses());
    return duty.sandbox().onHost() && extra.isEmpty()
        ? copy(HOSTS)
        : HostsFile.create(loopback.hasIpv6(), extra, duty.sandbox().hostname(), duty.addresses());
  }

  private static List<String> extraLines(DnsOptions dns, List<InetAddress> hostAddresses) {
    List<String> lines = new ArrayList<>();
    for (ExtraHost host : dns.extraHosts()) {
      if (host.address().isPresent()) {
        lines.add(HostsFile.line(host.address().get(), host.name()));
      } else {
        hostAddresses.forEach(it -> lines.add(HostsFile.line(it, host.name())));
      }
    }
    return lines;
  }

  private String copy(String name) {
    return HostFile.read(hostFiles.resolve(name));
  }

  /** Whether a file is as we last wrote it, or isn't there. */
  private static boolean isOurs(Path file) throws IOException {
    try {
      return hash(Files.readString(file, StandardCharsets.ISO_8859_1))
          .equals(Files.readString(beside(file), StandardCharsets.US_ASCII));
    } catch (NoSuchFileException e) {
      return !Files.exists(file);
    }
  }

  private static void writeHashed(Path file, String text) throws IOException {
    overwrite(file, text);
    overwrite(beside(file), hash(text));
  }

  private static Path beside(Path file) {
    return file.resolveSibling(file.getFileName() + HASH);
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.ISO_8859_1));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** For everybody to read inside; outside, the folder is private. */
  private static void overwrite(Path file, String text) throws IOException {
    ByteBuffer octets = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    try (SeekableByteChannel channel =
        Files.newByteChannel(
            file,
            Set.of(
                StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))) {
      while (octets.hasRemaining()) {
        channel.write(octets);
      }
      channel.truncate(octets.limit());
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }

  /** Removes those of a sandbox that is gone, if it had any. */
  static void remove(SandboxRecord sandbox) {
    if (sandbox.dns().files().isEmpty()) {
      return;
    }
    Path folder = Path.of(sandbox.dns().files());
    for (String name : List.of(HOSTS, HOSTS + HASH, HOSTNAME, RESOLV_CONF, RESOLV_CONF + HASH)) {
      try {
        Files.deleteIfExists(folder.resolve(name));
      } catch (IOException e) {
        LOG.log(Level.WARNING, "cannot remove " + folder.resolve(name), e);
      }
    }
  }
}
