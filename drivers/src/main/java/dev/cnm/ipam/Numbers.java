package dev.cnm.ipam;

import java.math.BigInteger;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** Addresses as numbers. */
final class Numbers {

  private Numbers() {}

  static BigInteger number(InetAddress address) {
    return new BigInteger(1, address.getAddress());
  }

  static InetAddress address(BigInteger number, boolean ipv6) {
    byte[] octets = new byte[ipv6 ? 16 : 4];
    byte[] bits = number.toByteArray();
    int length = Math.min(bits.length, octets.length);
    System.arraycopy(bits, bits.length - length, octets, octets.length - length, length);
    try {
      return ipv6 ? Inet6Address.getByAddress(null, octets, -1) : InetAddress.getByAddress(octets);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
