package dev.cnm.controller.state;

import dev.cnm.AddressPool;
import dev.cnm.IpPrefix;
import dev.cnm.IpamConfig;
import dev.cnm.NetworkOptions;
import dev.cnm.spi.NetworkContext;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A network as it is remembered.
 *
 * @param id 64 hexadecimal digits
 * @param name as the caller gave it
 * @param type the driver's type
 * @param created when, as {@link java.time.Instant#toString} prints it
 * @param state how far it is
 * @param owner the process that made it or is changing it
 * @param place where it was last made in the kernel
 * @param options as the caller gave them
 * @param pools as the IPAM driver gave them
 * @param predefined whether it exists from the start
 * @param driverState what the driver keeps with it
 */
public record NetworkRecord(
    String id,
    String name,
    String type,
    String created,
    State state,
    Owner owner,
    Place place,
    Options options,
    List<Pool> pools,
    boolean predefined,
    Map<String, String> driverState)
    implements StateRecord {

  /** How far a network is. */
  public enum State {
    /** Being made; if its process is gone, what there is of it is removed. */
    CREATING,
    /** Known, but nothing of it is in the kernel: not yet, or not since the boot. */
    DORMANT,
    /** Known, and being made in the kernel; if its process is gone, it becomes dormant again. */
    WAKING,
    /** Made. */
    READY,
    /** Being removed; if its process is gone, the rest of it is removed. */
    DELETING
  }

  /** Copies what can change. */
  public NetworkRecord {
    pools = List.copyOf(pools);
    driverState = Map.copyOf(driverState);
  }

  /** What a driver is told of it. */
  public NetworkContext context() {
    return new NetworkContext(
        id,
        name,
        options.toOptions(),
        pools.stream().map(Pool::toPool).toList(),
        predefined,
        driverState);
  }

  /** Whether its endpoints have an address of a family. */
  public boolean hasPool(boolean ipv6) {
    return pools.stream().anyMatch(pool -> pool.subnet().indexOf(':') >= 0 == ipv6);
  }

  /** The same in another state, to which this process has brought it. */
  public NetworkRecord in(State next) {
    return new NetworkRecord(
        id,
        name,
        type,
        created,
        next,
        Owner.current(),
        place,
        options,
        pools,
        predefined,
        driverState);
  }

  /** The same with another owner. */
  public NetworkRecord ownedBy(Owner other) {
    return new NetworkRecord(
        id, name, type, created, state, other, place, options, pools, predefined, driverState);
  }

  /** The same with these pools. */
  public NetworkRecord with(List<Pool> others) {
    return new NetworkRecord(
        id, name, type, created, state, owner, place, options, others, predefined, driverState);
  }

  /** The same, about to be made in the kernel by this process. */
  public NetworkRecord waking(Place here) {
    return new NetworkRecord(
        id,
        name,
        type,
        created,
        State.WAKING,
        Owner.current(),
        here,
        options,
        pools,
        predefined,
        driverState);
  }

  /** The same as it stands in the kernel. */
  public NetworkRecord made(Place here, Map<String, String> driver) {
    return new NetworkRecord(
        id,
        name,
        type,
        created,
        State.READY,
        Owner.current(),
        here,
        options,
        pools,
        predefined,
        driver);
  }

  /** The same with nothing of it in the kernel. */
  public NetworkRecord dormant() {
    return new NetworkRecord(
        id,
        name,
        type,
        created,
        State.DORMANT,
        Owner.current(),
        place,
        options,
        pools,
        predefined,
        Map.of());
  }

  static String text(Optional<?> value) {
    return value
        .map(it -> it instanceof InetAddress address ? IpPrefix.text(address) : it.toString())
        .orElse("");
  }

  static Optional<InetAddress> address(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(IpPrefix.parseAddress(text));
  }

  static Optional<IpPrefix> prefix(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(IpPrefix.parse(text));
  }

  private static Map<String, String> texts(Map<String, InetAddress> addresses) {
    Map<String, String> texts = new TreeMap<>();
    addresses.forEach((name, address) -> texts.put(name, IpPrefix.text(address)));
    return texts;
  }

  private static Map<String, InetAddress> addresses(Map<String, String> texts) {
    Map<String, InetAddress> addresses = new TreeMap<>();
    texts.forEach((name, text) -> addresses.put(name, IpPrefix.parseAddress(text)));
    return addresses;
  }

  /**
   * {@link NetworkOptions}.
   *
   * @param ipv4 whether endpoints have IPv4 addresses
   * @param ipv6 whether endpoints have IPv6 addresses
   * @param internal whether there is no way out
   * @param ipamDriver the IPAM driver's type
   * @param ipam the pools that were asked for
   * @param ipamOptions for the IPAM driver
   * @param driverOptions for the network driver
   * @param labels the caller's own
   */
  public record Options(
      boolean ipv4,
      boolean ipv6,
      boolean internal,
      String ipamDriver,
      List<Pool> ipam,
      Map<String, String> ipamOptions,
      Map<String, String> driverOptions,
      Map<String, String> labels) {

    /** These options as plain values; the pools have no id. */
    public static Options of(NetworkOptions options) {
      return new Options(
          options.ipv4(),
          options.ipv6(),
          options.internal(),
          options.ipamDriver(),
          options.ipam().stream().map(Options::plain).toList(),
          options.ipamOptions(),
          options.driverOptions(),
          options.labels());
    }

    private static Pool plain(IpamConfig config) {
      return new Pool(
          "",
          config.subnet().toString(),
          text(config.ipRange()),
          text(config.gateway()),
          texts(config.auxiliaryAddresses()));
    }

    /** The options that these are the plain values of. */
    public NetworkOptions toOptions() {
      return new NetworkOptions(
          ipv4,
          ipv6,
          internal,
          ipamDriver,
          ipam.stream()
              .map(pool ->
                  new IpamConfig(
                      IpPrefix.parse(pool.subnet),
                      prefix(pool.ipRange),
                      address(pool.gateway),
                      addresses(pool.auxiliaryAddresses)))
              .toList(),
          ipamOptions,
          driverOptions,
          labels);
    }
  }

  /**
   * {@link AddressPool}, or what was asked of one.
   *
   * @param id by which the IPAM driver knows it; empty for what was asked
   * @param subnet in CIDR notation
   * @param ipRange in CIDR notation, or empty
   * @param gateway an address, or empty
   * @param auxiliaryAddresses addresses by name
   */
  public record Pool(
      String id,
      String subnet,
      String ipRange,
      String gateway,
      Map<String, String> auxiliaryAddresses) {

    /** This pool as plain values. */
    public static Pool of(AddressPool pool) {
      return new Pool(
          pool.id(),
          pool.subnet().toString(),
          text(pool.ipRange()),
          text(pool.gateway()),
          texts(pool.auxiliaryAddresses()));
    }

    /** The pool that these are the plain values of. */
    public AddressPool toPool() {
      return new AddressPool(
          id,
          IpPrefix.parse(subnet),
          prefix(ipRange),
          address(gateway),
          addresses(auxiliaryAddresses));
    }
  }
}
