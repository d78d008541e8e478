package dev.cnm.controller.driver;

import static dev.cnm.controller.driver.BadAnswerException.given;

import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.spi.IpamDriver;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An IPAM driver from elsewhere. It is asked while nothing else can be looked up or changed, so one
 * call that doesn't come back is the last until it does.
 */
public final class GuardedIpamDriver implements IpamDriver {

  private static final String GATEWAY_KEY = "com.docker.network.gateway";

  private final IpamDriver driver;
  private final DriverCalls calls;
  private final boolean replays;
  private final String localSpace;
  private final String globalSpace;

  /**
   * Puts a guard before a driver, and asks what it is; to be called on a thread of the driver's.
   *
   * @throws IOException if that makes no sense
   */
  public GuardedIpamDriver(IpamDriver driver, DriverCalls calls) throws IOException {
    this.driver = given(driver, "the driver");
    this.calls = calls;
    replays = driver.requiresReplay();
    localSpace = Answers.text(driver.localAddressSpace(), "its local address space");
    globalSpace = Answers.text(driver.globalAddressSpace(), "its global address space");
  }

  @Override
  public boolean requiresReplay() {
    return replays;
  }

  @Override
  public String localAddressSpace() {
    return localSpace;
  }

  @Override
  public String globalAddressSpace() {
    return globalSpace;
  }

  @Override
  public AllocatedPool requestPool(PoolRequest request) throws IOException {
    return calls.call(
        "request "
            + request
                .pool()
                .map(it -> "the subnet " + it)
                .orElse("an " + (request.ipv6() ? "IPv6" : "IPv4") + " subnet"),
        List.of(),
        () -> {
          AllocatedPool answer = given(driver.requestPool(request), "an address pool");
          String id = given(answer.id(), "the id of an address pool");
          try {
            return pool(request, answer);
          } catch (Throwable e) {
            driver.releasePool(id);
            throw e;
          }
        },
        late -> driver.releasePool(late.id()));
  }

  private static AllocatedPool pool(PoolRequest request, AllocatedPool answer)
      throws BadAnswerException {
    if (answer.id().length() > Answers.MOST_STATE) {
      throw new BadAnswerException(
          "an address pool's id of " + answer.id().length() + " characters");
    }
    IpPrefix subnet = given(answer.subnet(), "the subnet of an address pool");
    Map<String, String> metadata = Answers.state(answer.metadata());
    if (subnet.length() > 0) {
      requireAsked(request, subnet);
      String gateway = metadata.get(GATEWAY_KEY);
      if (gateway != null) {
        requireGateway(subnet, gateway);
      }
    }
    return new AllocatedPool(answer.id(), subnet, metadata);
  }

  private static void requireAsked(PoolRequest request, IpPrefix subnet) throws BadAnswerException {
    if (!subnet.isNetwork()) {
      throw new BadAnswerException(
          "the subnet " + subnet + ", which should be " + subnet.network());
    }
    boolean ipv6 = request.pool().map(IpPrefix::isIpv6).orElse(request.ipv6());
    if (subnet.isIpv6() != ipv6) {
      throw new BadAnswerException(
          "the subnet " + subnet + " where an " + (ipv6 ? "IPv6" : "IPv4") + " subnet goes");
    }
    // 0.0.0.0/26 asks for any of that size.
    Optional<IpPrefix> asked = request.pool().filter(it -> !it.address().isAnyLocalAddress());
    if (asked.isPresent() && !asked.get().equals(subnet)) {
      throw new BadAnswerException("the subnet " + subnet + " for " + asked.get());
    }
    for (IpPrefix taken : asked.isPresent() ? List.<IpPrefix>of() : request.exclude()) {
      if (taken.overlaps(subnet)) {
        throw new BadAnswerException("the subnet " + subnet + ", but " + taken + " is taken");
      }
    }
  }

  private static void requireGateway(IpPrefix subnet, String gateway) throws BadAnswerException {
    try {
      if (subnet.contains(IpPrefix.parse(gateway).address())) {
        return;
      }
    } catch (InvalidParameterException e) {
      // Told below.
    }
    throw new BadAnswerException("the gateway " + gateway + " of the subnet " + subnet);
  }

  @Override
  public void releasePool(String poolId) throws IOException {
    calls.run("release an address pool", List.of(), () -> driver.releasePool(poolId));
  }

  @Override
  public IpPrefix requestAddress(
      String poolId, Optional<InetAddress> preferred, Map<String, String> options)
      throws IOException {
    return calls.call(
        "request " + preferred.map(it -> "the address " + IpPrefix.text(it)).orElse("an address"),
        List.of(),
        () -> {
          IpPrefix answer = given(driver.requestAddress(poolId, preferred, options), "an address");
          if (preferred.isPresent() && !preferred.get().equals(answer.address())) {
            driver.releaseAddress(poolId, answer.address());
            throw new BadAnswerException(
                "the address " + answer + " for " + IpPrefix.text(preferred.get()));
          }
          return answer;
        },
        late -> driver.releaseAddress(poolId, late.address()));
  }

  /**
   * Refuses an address that the driver can't have meant.
   *
   * @param given what {@link #requestAddress} returned
   * @param subnet the subnet of the pool
   * @param taken whether something else has the address
   * @throws IOException if it is outside the subnet, taken, or no interface's
   */
  public void requireFits(String poolId, IpPrefix given, IpPrefix subnet, boolean taken)
      throws IOException {
    String problem;
    if (!subnet.contains(given.address()) || given.length() != subnet.length()) {
      problem = "which is none of the subnet " + subnet;
    } else if (taken) {
      problem = "which is taken";
    } else if (given.address().equals(subnet.address())
        && subnet.length() < (subnet.isIpv6() ? 127 : 31)) {
      problem = "which stands for the subnet";
    } else {
      return;
    }
    IOException bad =
        new IOException(
            "cannot request an address: the "
                + calls
                + " returned the address "
                + given
                + ", "
                + problem);
    if (!taken) {
      // Who has it would lose it.
      try {
        releaseAddress(poolId, given.address());
      } catch (IOException | RuntimeException e) {
        bad.addSuppressed(e);
      }
    }
    throw bad;
  }

  @Override
  public void releaseAddress(String poolId, InetAddress address) throws IOException {
    calls.run(
        "release the address " + IpPrefix.text(address),
        List.of(),
        () -> driver.releaseAddress(poolId, address));
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
