package dev.cnm;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a sandbox is called, and how it finds others by name. A value; safe to share.
 *
 * <p>A sandbox in at least one network that somebody created has a resolver at 127.0.0.11, which
 * knows the sandboxes of its networks by their names, host names, short ids and aliases, each also
 * followed by a dot and the network's name; the rest it asks the servers.
 *
 * {@snippet :
 * Sandbox web = controller.newSandbox("web", SandboxOptions.defaults().withDns(
 *     DnsOptions.builder().hostname("web1").search("corp.test").files(folder).build()));
 * }
 *
 * @param hostname its host name, for the hosts file and to be found by; when empty, the first
 *     twelve digits of its id
 * @param names further names by which it is found in all its networks
 * @param servers its own servers, asked from inside it; when empty, the host's, asked from the host
 * @param search the domains to look in; when empty, the host's; {@code .} for none
 * @param options those of resolv.conf(5), such as {@code ndots:1}; when empty, the host's
 * @param extraHosts further lines of the hosts file
 * @param files a folder that is there, in which the files {@code hosts}, {@code hostname} and
 *     {@code resolv.conf} are kept for as long as the sandbox lives, to be mounted in the place of
 *     those in {@code /etc}
 */
public record DnsOptions(
    Optional<String> hostname,
    List<String> names,
    List<InetAddress> servers,
    List<String> search,
    List<String> options,
    List<ExtraHost> extraHosts,
    Optional<Path> files) {

  /** The most search domains there may be: resolv.conf(5), as older C libraries read it. */
  public static final int MAX_SEARCH = 6;

  /** The most characters the search domains, and the options, may have on their line. */
  public static final int MAX_LINE = 256;

  private static final String OWN_ADDRESS = "127.0.0.11";

  private static final DnsOptions DEFAULTS = builder().build();

  /**
   * Copies the lists, and checks everything.
   *
   * @throws InvalidParameterException if something is no host name, domain or option, if there are
   *     too many, or a server is the resolver itself or on one link only
   */
  public DnsOptions {
    names = List.copyOf(names);
    servers = List.copyOf(servers);
    search = List.copyOf(search);
    options = List.copyOf(options);
    extraHosts = List.copyOf(extraHosts);
    hostname.ifPresent(Names::requireHostname);
    names.forEach(Names::requireAlias);
    servers.forEach(DnsOptions::requireServer);
    search.forEach(Names::requireDomain);
    requireLine("DNS search domains", search);
    if (search.size() > MAX_SEARCH) {
      throw new InvalidParameterException(
          "too many DNS search domains: " + search.size() + ", at most " + MAX_SEARCH);
    }
    for (String option : options) {
      if (!option.matches("[!-~]+")) {
        throw new InvalidParameterException("invalid DNS option: \"" + option + '"');
      }
    }
    requireLine("DNS options", options);
  }

  private static void requireServer(InetAddress server) {
    if (IpPrefix.text(server).equals(OWN_ADDRESS)) {
      throw new InvalidParameterException(
          "invalid DNS server: " + OWN_ADDRESS + " is the resolver that would ask it");
    }
    if (server.isAnyLocalAddress() || server.isMulticastAddress()) {
      throw new InvalidParameterException(
          "invalid DNS server: " + IpPrefix.text(server) + " is no server's address");
    }
    if (server instanceof Inet6Address && server.isLinkLocalAddress()) {
      throw new InvalidParameterException(
          "invalid DNS server: "
              + IpPrefix.text(server)
              + " is an address on one link, and no link can be named with it");
    }
  }

  private static void requireLine(String what, List<String> words) {
    int length = String.join(" ", words).length();
    if (length > MAX_LINE) {
      throw new InvalidParameterException(
          what + " too long: " + length + " characters, at most " + MAX_LINE);
    }
  }

  /** What the host uses, and no files. */
  public static DnsOptions defaults() {
    return DEFAULTS;
  }

  /** A builder that starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects options. For use by one thread. */
  public static final class Builder {
    private Optional<String> hostname = Optional.empty();
    private final List<String> names = new ArrayList<>();
    private final List<InetAddress> servers = new ArrayList<>();
    private final List<String> search = new ArrayList<>();
    private final List<String> options = new ArrayList<>();
    private final List<ExtraHost> extraHosts = new ArrayList<>();
    private Optional<Path> files = Optional.empty();

    private Builder() {}

    /** Sets {@link DnsOptions#hostname}. */
    public Builder hostname(String name) {
      hostname = Optional.of(name);
      return this;
    }

    /** Adds to {@link DnsOptions#names}. */
    public Builder name(String name) {
      names.add(name);
      return this;
    }

    /** Adds to {@link DnsOptions#servers}. */
    public Builder server(InetAddress address) {
      servers.add(address);
      return this;
    }

    /** Adds to {@link DnsOptions#search}. */
    public Builder search(String domain) {
      search.add(domain);
      return this;
    }

    /** Adds to {@link DnsOptions#options}. */
    public Builder option(String option) {
      options.add(option);
      return this;
    }

    /** Adds to {@link DnsOptions#extraHosts}. */
    public Builder extraHost(ExtraHost host) {
      extraHosts.add(host);
      return this;
    }

    /** Sets {@link DnsOptions#files}. */
    public Builder files(Path folder) {
      files = Optional.of(folder);
      return this;
    }

    /**
     * The options collected so far.
     *
     * @throws InvalidParameterException if one makes no sense
     */
    public DnsOptions build() {
      return new DnsOptions(hostname, names, servers, search, options, extraHosts, files);
    }
  }
}
