package dev.cnm.controller;

import dev.cnm.Endpoint;
import dev.cnm.EndpointOptions;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.MacAddress;
import dev.cnm.Network;
import dev.cnm.PortBinding;
import dev.cnm.Sandbox;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.EndpointRecord.Attachment;
import dev.cnm.controller.state.EndpointRecord.State;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.controller.state.SandboxRecord;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A handle of an endpoint: what never changes is in it, everything else is looked up. */
final class LocalEndpoint implements Endpoint {

  private final LocalController controller;
  private final LocalNetwork network;
  private final EndpointRecord known;

  LocalEndpoint(LocalController controller, LocalNetwork network, EndpointRecord known) {
    this.controller = controller;
    this.network = network;
    this.known = known;
  }

  private EndpointRecord now() {
    return controller.records().read(it -> it.endpoint(known.id(), known.name()));
  }

  /** Where it is joined; nowhere while it is joining or leaving. */
  private Attachment attachment() {
    EndpointRecord now = now();
    return now.state() == State.JOINED ? now.attachment() : Attachment.none();
  }

  private static Optional<String> present(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  @Override
  public String id() {
    return known.id();
  }

  /** Another one when the sandbox that it came with has gone and another one has it now. */
  @Override
  public String name() {
    try {
      return controller.records().read(it -> it.endpoints().getOrDefault(known.id(), known)).name();
    } catch (IllegalStateException e) {
      // The controller is closed.
      return known.name();
    }
  }

  @Override
  public Network network() {
    return network;
  }

  @Override
  public EndpointOptions options() {
    return known.options().toOptions();
  }

  @Override
  public Optional<IpPrefix> ipv4() {
    return present(known.ipv4()).map(IpPrefix::parse);
  }

  @Override
  public Optional<IpPrefix> ipv6() {
    return present(known.ipv6()).map(IpPrefix::parse);
  }

  @Override
  public Optional<MacAddress> mac() {
    return present(known.mac()).map(MacAddress::parse);
  }

  @Override
  public Optional<InetAddress> gateway4() {
    return present(attachment().gateway4()).map(IpPrefix::parseAddress);
  }

  @Override
  public Optional<InetAddress> gateway6() {
    return present(attachment().gateway6()).map(IpPrefix::parseAddress);
  }

  @Override
  public Optional<String> interfaceName() {
    return present(attachment().interfaceName());
  }

  @Override
  public Optional<Sandbox> sandbox() {
    Attachment attachment = attachment();
    Optional<SandboxRecord> sandbox =
        controller
            .records()
            .read(it ->
                it.usersOf(attachment.stackId()).stream()
                    .filter(Picture::visible)
                    .reduce(
                        (one, other) -> other.id().equals(attachment.sandboxId()) ? other : one));
    return sandbox.map(it -> new LocalSandbox(controller, it));
  }

  @Override
  public List<PortBinding> portBindings() {
    return attachment().bindings();
  }

  @Override
  public Map<String, String> operationalInfo() throws IOException {
    EndpointRecord now = now();
    NetworkRecord its = controller.records().read(it -> it.networkOf(now));
    return controller.drivers().of(its).operationalInfo(now.context(its));
  }

  @Override
  public void join(Sandbox sandbox) throws IOException {
    if (!(sandbox instanceof LocalSandbox local) || !local.isOf(controller)) {
      throw new InvalidParameterException(
          "sandbox " + sandbox.name() + " is not of the controller of endpoint " + name());
    }
    controller.joins().join(known, local.known());
  }

  @Override
  public void leave() throws IOException {
    controller.joins().leave(known);
  }

  @Override
  public void delete() throws IOException {
    controller.endpoints().delete(known);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LocalEndpoint it
        && it.controller == controller
        && it.known.id().equals(known.id());
  }

  @Override
  public int hashCode() {
    return known.id().hashCode();
  }

  /** Such as {@code endpoint c1 of network web}. */
  @Override
  public String toString() {
    return "endpoint " + known.name() + " of " + network;
  }
}
