package dev.cnm.controller.state;

import dev.cnm.DnsOptions;
import dev.cnm.ExtraHost;
import dev.cnm.IpPrefix;
import dev.cnm.PortMapping;
import dev.cnm.spi.SandboxSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A sandbox as it is remembered.
 *
 * @param id 64 hexadecimal digits
 * @param name as the caller gave it
 * @param state how far it is
 * @param owner the process that made it or is changing it
 * @param place where it was made
 * @param source where the caller wanted its stack from
 * @param sharedWith the sandbox whose stack it shares, as the caller named it, or empty
 * @param stackId names the stack: the id of the sandbox that it was made for
 * @param onHost whether the stack is the host's
 * @param pin the file that the namespace is bound to, or empty
 * @param key a path by which the namespace can be entered; empty while it is being made
 * @param device {@code st_dev} of the namespace
 * @param inode {@code st_ino} of the namespace
 * @param ports what is to be published, as {@link PortMapping#parse} reads it
 * @param dns what it is called, and how it finds others by name
 * @param sysctls what to set of each interface of its stack that comes, by the names of {@link
 *     dev.cnm.SandboxOptions#sysctls}
 */
public record SandboxRecord(
    String id,
    String name,
    State state,
    Owner owner,
    Place place,
    Source source,
    String sharedWith,
    String stackId,
    boolean onHost,
    String pin,
    String key,
    long device,
    long inode,
    List<String> ports,
    Dns dns,
    Map<String, String> sysctls)
    implements StateRecord {

  /** How far a sandbox is. */
  public enum State {
    /** Being made; if its process is gone, what there is of it is removed. */
    CREATING,
    /** Made. */
    READY,
    /** Being removed; if its process is gone, the rest of it is removed. */
    DELETING
  }

  /** The kinds of {@link SandboxSource}. */
  public enum Source {
    /** {@link SandboxSource.Fresh}. */
    FRESH,
    /** {@link SandboxSource.Host}. */
    HOST,
    /** {@link SandboxSource.SharedWith}. */
    SHARED
  }

  /** Copies what can change. */
  public SandboxRecord {
    ports = List.copyOf(ports);
    sysctls = Map.copyOf(sysctls);
  }

  /** What is to be published of its stack. */
  public List<PortMapping> mappings() {
    return ports.stream().flatMap(it -> PortMapping.parse(it).stream()).toList();
  }

  /** The first twelve digits of its id. */
  public String shortId() {
    return id.substring(0, 12);
  }

  /** Its host name. */
  public String hostname() {
    return dns.hostname.isEmpty() ? shortId() : dns.hostname;
  }

  /** Where its stack came from. */
  public SandboxSource toSource() {
    return switch (source) {
      case FRESH -> SandboxSource.fresh();
      case HOST -> SandboxSource.host();
      case SHARED -> SandboxSource.sharedWith(sharedWith);
    };
  }

  /** The file that the namespace is bound to. */
  public Optional<Path> pinned() {
    return pin.isEmpty() ? Optional.empty() : Optional.of(Path.of(pin));
  }

  /** The same in another state, to which this process has brought it. */
  public SandboxRecord in(State next) {
    return new SandboxRecord(
        id,
        name,
        next,
        Owner.current(),
        place,
        source,
        sharedWith,
        stackId,
        onHost,
        pin,
        key,
        device,
        inode,
        ports,
        dns,
        sysctls);
  }

  /** The same with another owner. */
  public SandboxRecord ownedBy(Owner other) {
    return new SandboxRecord(
        id,
        name,
        state,
        other,
        place,
        source,
        sharedWith,
        stackId,
        onHost,
        pin,
        key,
        device,
        inode,
        ports,
        dns,
        sysctls);
  }

  /** The same with the namespace that was made for it. */
  public SandboxRecord made(String path, long dev, long ino) {
    return new SandboxRecord(
        id,
        name,
        State.READY,
        owner,
        place,
        source,
        sharedWith,
        stackId,
        onHost,
        pin,
        path,
        dev,
        ino,
        ports,
        dns,
        sysctls);
  }

  /**
   * {@link DnsOptions}.
   *
   * @param hostname its host name, or empty
   * @param names further names
   * @param servers addresses
   * @param search domains to look in
   * @param options those of resolv.conf(5)
   * @param extraHosts as {@link ExtraHost#parse} reads them
   * @param files the folder of its files, or empty
   */
  public record Dns(
      String hostname,
      List<String> names,
      List<String> servers,
      List<String> search,
      List<String> options,
      List<String> extraHosts,
      String files) {

    /** Copies the lists. */
    public Dns {
      names = List.copyOf(names);
      servers = List.copyOf(servers);
      search = List.copyOf(search);
      options = List.copyOf(options);
      extraHosts = List.copyOf(extraHosts);
    }

    /** These options as plain values. */
    public static Dns of(DnsOptions options) {
      return new Dns(
          options.hostname().orElse(""),
          options.names(),
          options.servers().stream().map(IpPrefix::text).toList(),
          options.search(),
          options.options(),
          options.extraHosts().stream().map(ExtraHost::toString).toList(),
          options.files().map(it -> it.toAbsolutePath().toString()).orElse(""));
    }

    /** What holds for a sandbox that shares the stack as well. */
    public Dns shared() {
      return new Dns("", List.of(), servers, search, options, List.of(), "");
    }

    /** The options that these are the plain values of. */
    public DnsOptions toOptions() {
      return new DnsOptions(
          hostname.isEmpty() ? Optional.empty() : Optional.of(hostname),
          names,
          servers.stream().map(IpPrefix::parseAddress).toList(),
          search,
          options,
          extraHosts.stream().map(ExtraHost::parse).toList(),
          files.isEmpty() ? Optional.empty() : Optional.of(Path.of(files)));
    }
  }
}
