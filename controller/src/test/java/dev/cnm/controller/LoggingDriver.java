package dev.cnm.controller;

import dev.cnm.MacAddress;
import dev.cnm.PortBinding;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.route.LinkSpec;
import dev.cnm.netlink.route.Links;
import dev.cnm.spi.DriverCapabilities;
import dev.cnm.spi.DriverContext;
import dev.cnm.spi.DriverType;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.EndpointResult;
import dev.cnm.spi.ExternalConnectivity;
import dev.cnm.spi.JoinContext;
import dev.cnm.spi.JoinResult;
import dev.cnm.spi.JoinResult.InterfaceMade;
import dev.cnm.spi.NetworkContext;
import dev.cnm.spi.NetworkDriver;
import dev.cnm.spi.NetworkDriverFactory;
import java.io.IOException;
import java.net.Inet4Address;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A driver that makes a link on the host for the controller to move, writes down what it is asked,
 * and fails where a test wants it to: {@code CALL} or {@code CALL NAME}.
 */
final class LoggingDriver implements NetworkDriver {

  static final List<String> CALLS = new CopyOnWriteArrayList<>();
  static volatile String failing = "";

  /** Its factory. */
  @DriverType("logging")
  public static final class Factory implements NetworkDriverFactory {
    @Override
    public NetworkDriver create(DriverContext context) {
      return new LoggingDriver(context);
    }
  }

  private final NetworkNamespace host;

  LoggingDriver(DriverContext context) {
    host = context.host().unwrap(NetworkNamespace.class).orElseThrow();
  }

  private static void called(String call, String name) throws IOException {
    CALLS.add(call + " " + name);
    if (failing.equals(call) || failing.equals(call + " " + name)) {
      throw new IOException(call + " fails on purpose");
    }
  }

  @Override
  public DriverCapabilities capabilities() {
    return DriverCapabilities.local();
  }

  @Override
  public Map<String, String> createNetwork(NetworkContext network) throws IOException {
    called("createNetwork", network.name());
    return Map.of("made", "yes");
  }

  @Override
  public void deleteNetwork(NetworkContext network) throws IOException {
    called("deleteNetwork", network.name());
  }

  @Override
  public EndpointResult createEndpoint(EndpointContext endpoint) throws IOException {
    called("createEndpoint", endpoint.name());
    Inet4Address address = (Inet4Address) endpoint.ipv4().orElseThrow().address();
    return new EndpointResult(
        Optional.of(endpoint.mac().orElse(MacAddress.derivedFrom(address))),
        Map.of("link", link(endpoint)));
  }

  @Override
  public void deleteEndpoint(EndpointContext endpoint) throws IOException {
    called("deleteEndpoint", endpoint.name());
  }

  static String link(EndpointContext endpoint) {
    return "log" + endpoint.id().substring(0, 8);
  }

  @Override
  public JoinResult join(JoinContext join) throws IOException {
    EndpointContext endpoint = join.endpoint();
    called("join", endpoint.name());
    String link = link(endpoint);
    if (!failing.equals("link")) {
      new Links(host.route()).create(LinkSpec.veth(link).peer("out" + link.substring(3)).build());
    }
    return new JoinResult(
        new InterfaceMade.OnHost(link),
        endpoint.network().options().internal()
            ? Optional.empty()
            : endpoint.network().ipv4().orElseThrow().gateway(),
        Optional.empty(),
        List.of(),
        Map.of("link", link, "joined", "yes"));
  }

  @Override
  public void leave(EndpointContext endpoint) throws IOException {
    called("leave", endpoint.name());
    new Links(host.route()).delete(link(endpoint));
  }

  @Override
  public List<PortBinding> programExternalConnectivity(
      EndpointContext endpoint, ExternalConnectivity wanted) throws IOException {
    called("program", endpoint.name());
    return List.of();
  }

  @Override
  public void revokeExternalConnectivity(EndpointContext endpoint) throws IOException {
    called("revoke", endpoint.name());
  }
}
