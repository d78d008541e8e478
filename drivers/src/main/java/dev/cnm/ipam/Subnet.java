package dev.cnm.ipam;

import dev.cnm.ConflictException;
import dev.cnm.ExhaustedException;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A subnet and which of its addresses are taken: runs of taken addresses, so that a big subnet
 * costs no more than a small one, and a full one no more than an empty one. For use by one thread
 * at a time.
 */
final class Subnet {

  private final IpPrefix prefix;
  private final IpPrefix range;
  private final BigInteger first;
  private final BigInteger last;

  /** The taken addresses: the first of each run to its last. Runs don't touch. */
  private final TreeMap<BigInteger, BigInteger> taken = new TreeMap<>();

  /** Addresses that no interface can have; they are taken, too, but never released. */
  private final Optional<BigInteger> network;

  private final Optional<BigInteger> broadcast;

  Subnet(IpPrefix prefix, Optional<IpPrefix> range) {
    this.prefix = prefix;
    this.range = range.orElse(prefix);
    first = Numbers.number(prefix.address());
    last = Numbers.number(prefix.lastAddress());
    // RFC 3021: both addresses of a /31 can be used. RFC 4291 2.6.1: the first one of an IPv6
    // subnet is its routers' anycast address.
    boolean wide = prefix.length() < 31;
    network = prefix.isIpv6() || wide ? Optional.of(first) : Optional.empty();
    broadcast = !prefix.isIpv6() && wide ? Optional.of(last) : Optional.empty();
    network.ifPresent(this::take);
    broadcast.ifPresent(this::take);
  }

  IpPrefix prefix() {
    return prefix;
  }

  BigInteger first() {
    return first;
  }

  BigInteger last() {
    return last;
  }

  InetAddress requestLowest() {
    BigInteger candidate = Numbers.number(range.address());
    BigInteger end = Numbers.number(range.lastAddress());
    var run = taken.floorEntry(candidate);
    if (run != null && run.getValue().compareTo(candidate) >= 0) {
      candidate = run.getValue().add(BigInteger.ONE);
    }
    if (candidate.compareTo(end) > 0) {
      throw new ExhaustedException("no available addresses in the pool " + range);
    }
    take(candidate);
    return Numbers.address(candidate, prefix.isIpv6());
  }

  void request(InetAddress address) {
    requireInside(address);
    BigInteger number = Numbers.number(address);
    if (isTaken(number)) {
      throw new ConflictException(
          "address already in use: " + IpPrefix.text(address) + " of the subnet " + prefix);
    }
    take(number);
  }

  void release(InetAddress address) {
    requireInside(address);
    BigInteger number = Numbers.number(address);
    boolean reserved =
        network.filter(number::equals).isPresent() || broadcast.filter(number::equals).isPresent();
    if (reserved || !isTaken(number)) {
      return;
    }
    var run = taken.floorEntry(number);
    taken.remove(run.getKey());
    if (run.getKey().compareTo(number) < 0) {
      taken.put(run.getKey(), number.subtract(BigInteger.ONE));
    }
    if (run.getValue().compareTo(number) > 0) {
      taken.put(number.add(BigInteger.ONE), run.getValue());
    }
  }

  private void requireInside(InetAddress address) {
    if (!prefix.contains(address)) {
      throw new InvalidParameterException(
          "invalid address " + IpPrefix.text(address) + ": it is not inside the subnet " + prefix);
    }
  }

  private boolean isTaken(BigInteger number) {
    var run = taken.floorEntry(number);
    return run != null && run.getValue().compareTo(number) >= 0;
  }

  private void take(BigInteger number) {
    BigInteger start = number;
    BigInteger end = number;
    var before = taken.floorEntry(number);
    if (before != null && before.getValue().add(BigInteger.ONE).equals(number)) {
      start = before.getKey();
    }
    BigInteger next = number.add(BigInteger.ONE);
    BigInteger after = taken.remove(next);
    if (after != null) {
      end = after;
    }
    taken.put(start, end);
  }
}
