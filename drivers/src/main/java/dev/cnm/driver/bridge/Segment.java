package dev.cnm.driver.bridge;

import dev.cnm.AddressInUseException;
import dev.cnm.IpPrefix;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.route.Address;
import dev.cnm.netlink.route.Addresses;
import dev.cnm.netlink.route.HardwareAddress;
import dev.cnm.netlink.route.Link;
import dev.cnm.netlink.route.Neighbour;
import dev.cnm.netlink.route.Neighbours;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;

/**
 * Who else is on a bridge that was there before its network: its addresses are not ours alone to
 * give. Nobody need be asked on a bridge of ours.
 */
final class Segment {

  /** Whoever is there answers within a fraction of that. */
  private static final Duration PATIENCE = Duration.ofMillis(500);

  private static final int PAUSE_MILLIS = 10;

  private final Addresses addresses;
  private final Neighbours neighbours;

  /** Of {@code host}, which stays the caller's. */
  Segment(NetworkNamespace host) throws IOException {
    addresses = new Addresses(host.route());
    neighbours = new Neighbours(host.route());
  }

  /**
   * Asks the kernel's tables, and then everybody (RFC 5227, section 2.1.1; RFC 4861, section 7.2).
   *
   * @throws AddressInUseException if the host, or somebody on the bridge, has the address
   */
  void requireFree(Link bridge, InetAddress address) throws IOException {
    for (Address own : addresses.list()) {
      if (own.address().equals(address)) {
        throw inUse(bridge, address, "this host itself");
      }
    }
    Optional<HardwareAddress> holder = holder(bridge, address);
    if (holder.isEmpty() && bridge.isUp()) {
      holder = ask(bridge, address);
    }
    if (holder.isPresent()) {
      throw inUse(bridge, address, holder.get().toString());
    }
  }

  private static AddressInUseException inUse(Link bridge, InetAddress address, String holder) {
    return new AddressInUseException(
        address,
        "the address "
            + IpPrefix.text(address)
            + " is in use on the bridge "
            + bridge.name()
            + " already, by "
            + holder
            + ": choose another one");
  }

  private Optional<HardwareAddress> ask(Link bridge, InetAddress address) throws IOException {
    neighbours.seek(bridge.index(), address);
    long giveUp = System.nanoTime() + PATIENCE.toNanos();
    Optional<HardwareAddress> holder = Optional.empty();
    while (holder.isEmpty() && System.nanoTime() < giveUp) {
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while asking for " + address);
      }
      holder = holder(bridge, address);
    }
    if (holder.isEmpty()) {
      // Whoever gets the address is not to be taken for gone.
      neighbours.forget(bridge.index(), address);
    }
    return holder;
  }

  private Optional<HardwareAddress> holder(Link bridge, InetAddress address) throws IOException {
    return neighbours.list(bridge.index()).stream()
        .filter(it -> it.address().equals(address) && !it.isFailed())
        .findFirst()
        .flatMap(Neighbour::linkAddress);
  }

  /** Has the host forget who had an address there, so that it is free for another one. */
  void forget(Link bridge, InetAddress address) throws IOException {
    if (neighbours.list(bridge.index()).stream()
        .anyMatch(it -> it.address().equals(address) && !it.isPermanent())) {
      neighbours.forget(bridge.index(), address);
    }
  }
}
