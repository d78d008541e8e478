package dev.cnm.controller.state;

import static dev.cnm.controller.state.NetworkRecord.address;
import static dev.cnm.controller.state.NetworkRecord.prefix;
import static dev.cnm.controller.state.NetworkRecord.text;

import dev.cnm.EndpointOptions;
import dev.cnm.IpPrefix;
import dev.cnm.MacAddress;
import dev.cnm.PortBinding;
import dev.cnm.Protocol;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.JoinResult;
import dev.cnm.spi.JoinResult.InterfaceMade;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An endpoint as it is remembered.
 *
 * @param id 64 hexadecimal digits
 * @param name as the caller gave it, or that of who inherited it
 * @param networkId the network that it belongs to
 * @param state how far it is
 * @param owner the process that made it or is changing it
 * @param place where it was made
 * @param options as the caller gave them
 * @param ipv4 its address with prefix length, or empty
 * @param ipv6 its address with prefix length, or empty
 * @param mac its MAC address, or empty
 * @param driverState what the driver keeps with it
 * @param attachment where it is joined; all empty where it isn't
 */
public record EndpointRecord(
    String id,
    String name,
    String networkId,
    State state,
    Owner owner,
    Place place,
    Options options,
    String ipv4,
    String ipv6,
    String mac,
    Map<String, String> driverState,
    Attachment attachment)
    implements StateRecord {

  /** How far an endpoint is. */
  public enum State {
    /** Being made; if its process is gone, what there is of it is removed. */
    CREATING,
    /** Made, and in no sandbox. */
    READY,
    /** Joining a sandbox; if its process is gone, it is made to leave. */
    JOINING,
    /** In a sandbox. */
    JOINED,
    /** Leaving its sandbox; if its process is gone, it is made to leave. */
    LEAVING,
    /** Being removed; if its process is gone, the rest of it is removed. */
    DELETING
  }

  /** Copies the map. */
  public EndpointRecord {
    driverState = Map.copyOf(driverState);
  }

  /**
   * What a driver is told of it.
   *
   * @param network the network with {@link #networkId}
   */
  public EndpointContext context(NetworkRecord network) {
    return new EndpointContext(
        network.context(),
        id,
        name,
        options.toOptions(),
        prefix(ipv4),
        prefix(ipv6),
        mac.isEmpty() ? Optional.empty() : Optional.of(MacAddress.parse(mac)),
        attachment.stackId.isEmpty() ? driverState : attachment.driverState,
        attachment.bindings());
  }

  /** The same in another state, to which this process has brought it. */
  public EndpointRecord in(State next) {
    return new EndpointRecord(
        id,
        name,
        networkId,
        next,
        Owner.current(),
        place,
        options,
        ipv4,
        ipv6,
        mac,
        driverState,
        attachment);
  }

  /** The same with another owner. */
  public EndpointRecord ownedBy(Owner other) {
    return new EndpointRecord(
        id,
        name,
        networkId,
        state,
        other,
        place,
        options,
        ipv4,
        ipv6,
        mac,
        driverState,
        attachment);
  }

  /** The same with these addresses. */
  public EndpointRecord with(Optional<IpPrefix> four, Optional<IpPrefix> six) {
    return new EndpointRecord(
        id,
        name,
        networkId,
        state,
        owner,
        place,
        options,
        text(four),
        text(six),
        mac,
        driverState,
        attachment);
  }

  /** The same with this MAC address, or the one it has if there is none. */
  public EndpointRecord with(Optional<MacAddress> chosen) {
    return new EndpointRecord(
        id,
        name,
        networkId,
        state,
        owner,
        place,
        options,
        ipv4,
        ipv6,
        chosen.map(MacAddress::toString).orElse(mac),
        driverState,
        attachment);
  }

  /** The same, in the hands of another sandbox of its stack, under another name. */
  public EndpointRecord inheritedBy(SandboxRecord heir, String newName) {
    return new EndpointRecord(
        id,
        newName,
        networkId,
        state,
        owner,
        place,
        options,
        ipv4,
        ipv6,
        mac,
        driverState,
        attachment.through(heir));
  }

  /** The same with this state of the driver's. */
  public EndpointRecord with(Map<String, String> driver) {
    return new EndpointRecord(
        id, name, networkId, state, owner, place, options, ipv4, ipv6, mac, driver, attachment);
  }

  /** The same, joined so. */
  public EndpointRecord with(Attachment other) {
    return new EndpointRecord(
        id, name, networkId, state, owner, place, options, ipv4, ipv6, mac, driverState, other);
  }

  /**
   * {@link EndpointOptions}.
   *
   * @param ipv4 an address, or empty
   * @param ipv6 an address, or empty
   * @param mac a MAC address, or empty
   * @param linkLocal further addresses in CIDR notation
   * @param aliases further names
   * @param gatewayPriority the highest gives the default route
   * @param driverOptions for the network driver
   */
  public record Options(
      String ipv4,
      String ipv6,
      String mac,
      List<String> linkLocal,
      List<String> aliases,
      int gatewayPriority,
      Map<String, String> driverOptions) {

    /** These options as plain values. */
    public static Options of(EndpointOptions options) {
      return new Options(
          text(options.ipv4()),
          text(options.ipv6()),
          text(options.mac()),
          options.linkLocal().stream().map(IpPrefix::toString).toList(),
          options.aliases(),
          options.gatewayPriority(),
          options.driverOptions());
    }

    /** The options that these are the plain values of. */
    public EndpointOptions toOptions() {
      EndpointOptions.Builder builder = EndpointOptions.builder();
      address(ipv4).ifPresent(builder::address);
      address(ipv6).ifPresent(builder::address);
      if (!mac.isEmpty()) {
        builder.mac(MacAddress.parse(mac));
      }
      linkLocal.forEach(it -> builder.linkLocal(IpPrefix.parse(it).address()));
      aliases.forEach(builder::alias);
      builder.gatewayPriority(gatewayPriority);
      driverOptions.forEach(builder::driverOption);
      return builder.build();
    }
  }

  /**
   * {@link PortBinding}.
   *
   * @param hostAddress an address
   * @param hostPort 1 to 65535
   * @param containerPort 1 to 65535
   * @param protocol as {@link Protocol#parse} reads it
   */
  public record Binding(String hostAddress, int hostPort, int containerPort, String protocol) {

    private static Binding of(PortBinding binding) {
      return new Binding(
          IpPrefix.text(binding.hostAddress()),
          binding.hostPort(),
          binding.containerPort(),
          binding.protocol().toString());
    }

    private PortBinding toBinding() {
      return new PortBinding(
          IpPrefix.parseAddress(hostAddress), hostPort, containerPort, Protocol.parse(protocol));
    }
  }

  /**
   * Where an endpoint is joined.
   *
   * @param sandboxId the sandbox through which it joined
   * @param stackId that sandbox's stack
   * @param interfaceName the interface inside; empty if there is none
   * @param hostLink the name that the interface had on the host, if it was moved from there
   * @param gateway4 the IPv4 gateway, or empty
   * @param gateway6 the IPv6 gateway, or empty
   * @param gives4 whether the stack's IPv4 default route leads through it
   * @param gives6 whether the stack's IPv6 default route leads through it
   * @param driverState what the driver keeps with it while it is joined
   * @param ports the ports of the host that lead to it
   */
  public record Attachment(
      String sandboxId,
      String stackId,
      String interfaceName,
      String hostLink,
      String gateway4,
      String gateway6,
      boolean gives4,
      boolean gives6,
      Map<String, String> driverState,
      List<Binding> ports) {

    private static final Attachment NONE =
        new Attachment("", "", "", "", "", "", false, false, Map.of(), List.of());

    /** Copies what can change. */
    public Attachment {
      driverState = Map.copyOf(driverState);
      ports = List.copyOf(ports);
    }

    /** None: in no sandbox. */
    public static Attachment none() {
      return NONE;
    }

    /** One that is about to be made, with this interface, giving these default routes. */
    public static Attachment begun(
        SandboxRecord sandbox,
        String interfaceName,
        boolean gives4,
        boolean gives6,
        Map<String, String> driverState) {
      return new Attachment(
          sandbox.id(),
          sandbox.stackId(),
          interfaceName,
          "",
          "",
          "",
          gives4,
          gives6,
          driverState,
          List.of());
    }

    /** What the driver made of one that was begun. */
    public Attachment made(JoinResult result) {
      boolean inside = !(result.interfaceMade() instanceof InterfaceMade.None);
      return new Attachment(
          sandboxId,
          stackId,
          inside ? interfaceName : "",
          result.interfaceMade() instanceof InterfaceMade.OnHost moved ? moved.link() : "",
          text(result.gateway4()),
          text(result.gateway6()),
          gives4 && result.gateway4().isPresent(),
          gives6 && result.gateway6().isPresent(),
          result.driverState(),
          List.of());
    }

    /** The same, giving these default routes. */
    public Attachment giving(boolean four, boolean six) {
      return new Attachment(
          sandboxId,
          stackId,
          interfaceName,
          hostLink,
          gateway4,
          gateway6,
          four,
          six,
          driverState,
          ports);
    }

    private Attachment through(SandboxRecord sandbox) {
      return new Attachment(
          sandbox.id(),
          stackId,
          interfaceName,
          hostLink,
          gateway4,
          gateway6,
          gives4,
          gives6,
          driverState,
          ports);
    }

    /** The same with these ports of the host. */
    public Attachment with(List<PortBinding> bindings) {
      return new Attachment(
          sandboxId,
          stackId,
          interfaceName,
          hostLink,
          gateway4,
          gateway6,
          gives4,
          gives6,
          driverState,
          bindings.stream().map(Binding::of).toList());
    }

    /** The ports of the host that lead to it. */
    public List<PortBinding> bindings() {
      return ports.stream().map(Binding::toBinding).toList();
    }

    /** Whether it gives a default route. */
    public boolean gives() {
      return gives4 || gives6;
    }

    /** Whether it has a gateway of the family. */
    public boolean hasGateway(boolean ipv6) {
      return !(ipv6 ? gateway6 : gateway4).isEmpty();
    }

    /** Of how many families it has a gateway. */
    public int gateways() {
      return (gateway4.isEmpty() ? 0 : 1) + (gateway6.isEmpty() ? 0 : 1);
    }
  }
}
