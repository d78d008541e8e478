package dev.cnm.netlink;

import dev.cnm.netlink.gen.libc;
import java.net.InetAddress;

/** The two families of IP addresses, under their numbers in the kernel ({@code AF_INET}, …). */
public enum AddressFamily {
  /** {@code AF_INET}: addresses of 4 octets. */
  IPV4(libc.AF_INET(), 4),
  /** {@code AF_INET6}: addresses of 16 octets. */
  IPV6(libc.AF_INET6(), 16);

  private final int number;
  private final int octets;

  AddressFamily(int number, int octets) {
    this.number = number;
    this.octets = octets;
  }

  /** The family that {@code address} is of. */
  public static AddressFamily of(InetAddress address) {
    return address.getAddress().length == IPV4.octets ? IPV4 : IPV6;
  }

  /** The number that messages carry, {@code AF_INET} or {@code AF_INET6}. */
  public int number() {
    return number;
  }

  /** How long its addresses are, in octets. */
  public int octets() {
    return octets;
  }
}
