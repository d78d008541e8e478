package dev.cnm.controller;

import dev.cnm.IpPrefix;
import dev.cnm.spi.DriverContext;
import dev.cnm.spi.DriverType;
import dev.cnm.spi.IpamDriver;
import dev.cnm.spi.IpamDriverFactory;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** An IPAM driver that gives 10.66.0.0/24 and its addresses, or behaves as a test wants it to. */
final class HostileIpam implements IpamDriver {

  static final Map<String, Callable<Object>> BEHAVIOUR = new ConcurrentHashMap<>();
  static final List<String> CALLS = new CopyOnWriteArrayList<>();

  /** Its factory. */
  @DriverType("hostile")
  public static final class Factory implements IpamDriverFactory {
    @Override
    public IpamDriver create(DriverContext context) {
      return HostileIpam.<IpamDriver, RuntimeException>answer("create", new HostileIpam());
    }
  }

  private int last = 0;

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
  public boolean requiresReplay() {
    return HostileIpam.<Boolean, RuntimeException>answer("requiresReplay", false);
  }

  @Override
  public String localAddressSpace() {
    return HostileIpam.<String, RuntimeException>answer("localAddressSpace", "here");
  }

  @Override
  public AllocatedPool requestPool(PoolRequest request) {
    return HostileIpam.<AllocatedPool, RuntimeException>answer(
        "requestPool", new AllocatedPool("one", IpPrefix.parse("10.66.0.0/24"), Map.of()));
  }

  @Override
  public void releasePool(String poolId) {
    HostileIpam.<Object, RuntimeException>answer("releasePool", "");
  }

  @Override
  public IpPrefix requestAddress(
      String poolId, Optional<InetAddress> preferred, Map<String, String> options) {
    String call = options.isEmpty() ? "requestAddress" : "requestGateway";
    return HostileIpam.<IpPrefix, RuntimeException>answer(
        call, new IpPrefix(preferred.orElse(IpPrefix.parseAddress("10.66.0." + ++last)), 24));
  }

  @Override
  public void releaseAddress(String poolId, InetAddress address) {
    HostileIpam.<Object, RuntimeException>answer("releaseAddress", "");
  }

  @Override
  public void close() {
    HostileIpam.<Object, RuntimeException>answer("close", "");
  }
}
