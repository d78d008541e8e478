package dev.cnm.controller.driver;

import dev.cnm.IpPrefix;
import dev.cnm.MacAddress;
import dev.cnm.PortBinding;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.route.Address;
import dev.cnm.netlink.route.Addresses;
import dev.cnm.netlink.route.Link;
import dev.cnm.netlink.route.Links;
import dev.cnm.spi.DriverCapabilities;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.EndpointResult;
import dev.cnm.spi.ExternalConnectivity;
import dev.cnm.spi.Finding;
import dev.cnm.spi.JoinContext;
import dev.cnm.spi.JoinResult;
import dev.cnm.spi.JoinResult.InterfaceMade;
import dev.cnm.spi.NamespaceHandle;
import dev.cnm.spi.NetworkContext;
import dev.cnm.spi.NetworkDriver;
import dev.cnm.spi.SandboxSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A network driver from elsewhere. */
public final class GuardedNetworkDriver implements NetworkDriver {

  private final NetworkDriver driver;
  private final DriverCalls calls;
  private final NamespaceHandle host;
  private final DriverCapabilities capabilities;

  /**
   * Puts a guard before a driver, and asks what it is; to be called on a thread of the driver's.
   *
   * @throws IOException if that makes no sense
   */
  public GuardedNetworkDriver(NetworkDriver driver, DriverCalls calls, NamespaceHandle host)
      throws IOException {
    this.driver = BadAnswerException.given(driver, "the driver");
    this.calls = calls;
    this.host = host;
    capabilities = Answers.capabilities(driver.capabilities());
  }

  /** What is done with an answer. */
  @FunctionalInterface
  private interface Check<R, T> {
    T look(R answer) throws IOException;
  }

  /** A call that makes something: what can't be believed, or comes too late, is unmade. */
  private <R, T> T make(
      String what,
      String object,
      DriverCalls.Call<R> call,
      Check<R, T> check,
      DriverCalls.PlainCall unmake,
      DriverCalls.Late<T> late)
      throws IOException {
    return calls.call(
        what,
        List.of(object),
        () -> {
          R answer = call.run();
          try {
            return check.look(answer);
          } catch (Throwable e) {
            unmake.run();
            throw e;
          }
        },
        late);
  }

  @Override
  public DriverCapabilities capabilities() {
    return capabilities;
  }

  /**
   * {@inheritDoc}
   *
   * @throws UncheckedIOException if the driver fails
   */
  @Override
  public SandboxSource sandboxSource(NetworkContext network) {
    return told(
        "tell the source of sandboxes of network " + network.name(),
        network,
        () -> Answers.source(driver.sandboxSource(network)));
  }

  /**
   * {@inheritDoc}
   *
   * @throws UncheckedIOException if the driver fails
   */
  @Override
  public String interfacePrefix(NetworkContext network) {
    return told(
        "tell the interface names of network " + network.name(),
        network,
        () -> Answers.prefix(driver.interfacePrefix(network)));
  }

  private <T> T told(String what, NetworkContext network, DriverCalls.Call<T> call) {
    try {
      return calls.call(what, List.of(network.id()), call, late -> {});
    } catch (IOException e) {
      throw new UncheckedIOException("network " + network.name() + " can't be used", e);
    }
  }

  @Override
  public Map<String, String> createNetwork(NetworkContext network) throws IOException {
    return make(
        "create network " + network.name(),
        network.id(),
        () -> driver.createNetwork(network),
        Answers::state,
        () -> driver.deleteNetwork(network),
        state -> driver.deleteNetwork(with(network, state)));
  }

  private static NetworkContext with(NetworkContext network, Map<String, String> state) {
    return new NetworkContext(
        network.id(),
        network.name(),
        network.options(),
        network.pools(),
        network.predefined(),
        state);
  }

  @Override
  public void deleteNetwork(NetworkContext network) throws IOException {
    calls.run(
        "delete network " + network.name(),
        List.of(network.id()),
        () -> driver.deleteNetwork(network));
  }

  @Override
  public EndpointResult createEndpoint(EndpointContext endpoint) throws IOException {
    return make(
        "create endpoint " + endpoint.name(),
        endpoint.id(),
        () -> driver.createEndpoint(endpoint),
        answer -> Answers.endpoint(endpoint, answer),
        () -> driver.deleteEndpoint(endpoint),
        result -> driver.deleteEndpoint(with(endpoint, result.mac(), result.driverState())));
  }

  private static EndpointContext with(
      EndpointContext endpoint, Optional<MacAddress> mac, Map<String, String> state) {
    return new EndpointContext(
        endpoint.network(),
        endpoint.id(),
        endpoint.name(),
        endpoint.options(),
        endpoint.ipv4(),
        endpoint.ipv6(),
        mac,
        state,
        endpoint.portBindings());
  }

  @Override
  public void deleteEndpoint(EndpointContext endpoint) throws IOException {
    calls.run(
        "delete endpoint " + endpoint.name(),
        List.of(endpoint.id()),
        () -> driver.deleteEndpoint(endpoint));
  }

  @Override
  public JoinResult join(JoinContext join) throws IOException {
    EndpointContext endpoint = join.endpoint();
    return make(
        "join endpoint " + endpoint.name(),
        endpoint.id(),
        () -> driver.join(join),
        answer -> {
          JoinResult result = Answers.join(answer);
          requireMade(join, result);
          return result;
        },
        () -> driver.leave(endpoint),
        result -> driver.leave(with(endpoint, endpoint.mac(), result.driverState())));
  }

  /** Looks whether the kernel knows of what the driver says that it made. */
  private void requireMade(JoinContext join, JoinResult result) throws IOException {
    switch (result.interfaceMade()) {
      case InterfaceMade.None none -> {}
      case InterfaceMade.OnHost(String name) -> {
        Optional<NetworkNamespace> namespace = host.unwrap(NetworkNamespace.class);
        if (namespace.isPresent() && new Links(namespace.get().route()).get(name).isEmpty()) {
          throw new BadAnswerException("the link " + name + " of the host, which there isn't");
        }
      }
      case InterfaceMade.InPlace inPlace -> {
        Optional<NetworkNamespace> namespace = join.sandbox().unwrap(NetworkNamespace.class);
        if (namespace.isPresent()) {
          requireInside(namespace.get(), join);
        }
      }
    }
  }

  private static void requireInside(NetworkNamespace sandbox, JoinContext join) throws IOException {
    String name = join.interfaceName();
    Link link =
        new Links(sandbox.route())
            .get(name)
            .orElseThrow(() ->
                new BadAnswerException(
                    "that it made " + name + " in the sandbox, where there is no such link"));
    if (!link.isUp()) {
      throw new BadAnswerException("that it made " + name + " in the sandbox, which is not up");
    }
    List<Address> addresses = new Addresses(sandbox.route()).list(link.index());
    for (Optional<IpPrefix> wanted : List.of(join.endpoint().ipv4(), join.endpoint().ipv6())) {
      if (wanted.isPresent()
          && addresses.stream().noneMatch(it -> it.address().equals(wanted.get().address()))) {
        throw new BadAnswerException(
            "that it made "
                + name
                + " in the sandbox, which doesn't have the address "
                + wanted.get());
      }
    }
  }

  @Override
  public void leave(EndpointContext endpoint) throws IOException {
    calls.run(
        "take out endpoint " + endpoint.name(),
        List.of(endpoint.id()),
        () -> driver.leave(endpoint));
  }

  @Override
  public boolean cutOff(EndpointContext endpoint) throws IOException {
    return calls.call(
        "cut off endpoint " + endpoint.name(),
        List.of(endpoint.id()),
        () -> driver.cutOff(endpoint),
        late -> {});
  }

  @Override
  public void leaveAll(List<EndpointContext> endpoints) throws IOException {
    calls.run(
        "take out " + endpoints.size() + " endpoints",
        endpoints.stream().map(EndpointContext::id).toList(),
        () -> driver.leaveAll(endpoints));
  }

  @Override
  public List<PortBinding> programExternalConnectivity(
      EndpointContext endpoint, ExternalConnectivity wanted) throws IOException {
    return make(
        "publish the ports of endpoint " + endpoint.name(),
        endpoint.id(),
        () -> driver.programExternalConnectivity(endpoint, wanted),
        answer -> Answers.bindings(wanted.ports(), answer),
        () -> driver.revokeExternalConnectivity(endpoint),
        bindings -> driver.revokeExternalConnectivity(endpoint));
  }

  @Override
  public void revokeExternalConnectivity(EndpointContext endpoint) throws IOException {
    calls.run(
        "take back the ports of endpoint " + endpoint.name(),
        List.of(endpoint.id()),
        () -> driver.revokeExternalConnectivity(endpoint));
  }

  @Override
  public boolean restore() throws IOException {
    return calls.call("restore what is gone", List.of(), driver::restore, late -> {});
  }

  @Override
  public List<Finding> findings() throws IOException {
    return calls.call(
        "look for what is wrong", List.of(), () -> Answers.findings(driver.findings()), late -> {});
  }

  @Override
  public Map<String, String> operationalInfo(EndpointContext endpoint) throws IOException {
    return calls.call(
        "tell of endpoint " + endpoint.name(),
        List.of(endpoint.id()),
        () -> Answers.information(driver.operationalInfo(endpoint)),
        late -> {});
  }

  @Override
  public void close() throws IOException {
    calls.run("close the driver", List.of(), driver::close);
  }

  @Override
  public String toString() {
    return calls.toString();
  }
}
