package dev.cnm.controller;

import dev.cnm.MacAddress;
import dev.cnm.PortBinding;
import dev.cnm.spi.DriverCapabilities;
import dev.cnm.spi.DriverContext;
import dev.cnm.spi.DriverType;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.EndpointResult;
import dev.cnm.spi.ExternalConnectivity;
import dev.cnm.spi.Finding;
import dev.cnm.spi.JoinContext;
import dev.cnm.spi.JoinResult;
import dev.cnm.spi.NetworkContext;
import dev.cnm.spi.NetworkDriver;
import dev.cnm.spi.NetworkDriverFactory;
import dev.cnm.spi.SandboxSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A driver that makes nothing and behaves as a test wants it to, call by call. */
final class HostileDriver implements NetworkDriver {

  /** What each call does instead of what it should. */
  static final Map<String, Callable<Object>> BEHAVIOUR = new ConcurrentHashMap<>();

  static final List<String> CALLS = new CopyOnWriteArrayList<>();

  /** Its factory. */
  @DriverType("hostile")
  public static final class Factory implements NetworkDriverFactory {
    @Override
    public NetworkDriver create(DriverContext context) {
      return HostileDriver.<NetworkDriver, RuntimeException>answer("create", new HostileDriver());
    }
  }

  @SuppressWarnings("unchecked") // What it throws and returns is what no compiler would let pass.
  private static <T, E extends Exception> T answer(String call, T usual) throws E {
    CALLS.add(call);
    Callable<Object> behaviour = BEHAVIOUR.get(call);
    try {
      return behaviour == null ? usual : (T) behaviour.call();
    } catch (Exception e) {
      throw (E) e;
    }
  }

  @Override
  public DriverCapabilities capabilities() {
    return HostileDriver.<DriverCapabilities, RuntimeException>answer(
        "capabilities", DriverCapabilities.local());
  }

  @Override
  public SandboxSource sandboxSource(NetworkContext network) {
    return HostileDriver.<SandboxSource, RuntimeException>answer(
        "sandboxSource", SandboxSource.fresh());
  }

  @Override
  public String interfacePrefix(NetworkContext network) {
    return HostileDriver.<String, RuntimeException>answer("interfacePrefix", "eth");
  }

  @Override
  public Map<String, String> createNetwork(NetworkContext network) {
    return HostileDriver.<Map<String, String>, RuntimeException>answer(
        "createNetwork", Map.of("made", network.name()));
  }

  @Override
  public void deleteNetwork(NetworkContext network) {
    HostileDriver.<Object, RuntimeException>answer("deleteNetwork", "");
  }

  @Override
  public EndpointResult createEndpoint(EndpointContext endpoint) {
    return HostileDriver.<EndpointResult, RuntimeException>answer(
        "createEndpoint",
        new EndpointResult(
            endpoint.mac().or(() -> Optional.of(MacAddress.parse("02:00:00:00:00:01"))),
            Map.of("name", endpoint.name())));
  }

  @Override
  public void deleteEndpoint(EndpointContext endpoint) {
    HostileDriver.<Object, RuntimeException>answer("deleteEndpoint", "");
  }

  @Override
  public JoinResult join(JoinContext join) {
    return HostileDriver.<JoinResult, RuntimeException>answer("join", JoinResult.nothing());
  }

  @Override
  public void leave(EndpointContext endpoint) {
    HostileDriver.<Object, RuntimeException>answer("leave", "");
  }

  @Override
  public boolean cutOff(EndpointContext endpoint) {
    return HostileDriver.<Boolean, RuntimeException>answer("cutOff", false);
  }

  @Override
  public List<PortBinding> programExternalConnectivity(
      EndpointContext endpoint, ExternalConnectivity wanted) {
    return HostileDriver.<List<PortBinding>, RuntimeException>answer("program", List.of());
  }

  @Override
  public void revokeExternalConnectivity(EndpointContext endpoint) {
    HostileDriver.<Object, RuntimeException>answer("revoke", "");
  }

  @Override
  public boolean restore() {
    return HostileDriver.<Boolean, RuntimeException>answer("restore", false);
  }

  @Override
  public List<Finding> findings() {
    return HostileDriver.<List<Finding>, RuntimeException>answer("findings", List.of());
  }

  @Override
  public Map<String, String> operationalInfo(EndpointContext endpoint) {
    return HostileDriver.<Map<String, String>, RuntimeException>answer("info", Map.of());
  }

  @Override
  public void close() {
    HostileDriver.<Object, RuntimeException>answer("close", "");
  }
}
