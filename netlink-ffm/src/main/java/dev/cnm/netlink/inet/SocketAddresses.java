package dev.cnm.netlink.inet;

import dev.cnm.netlink.gen.libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;

/** {@code struct sockaddr_in} and {@code struct sockaddr_in6} of ip(7) and ipv6(7). */
final class SocketAddresses {

  private static final ValueLayout.OfShort U16_BE =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  static final int LENGTH_4 = 16;
  static final int LENGTH_6 = 28;
  private static final long PORT = 2;
  private static final long ADDRESS_4 = 4;
  private static final long ADDRESS_6 = 8;
  private static final long SCOPE_6 = 24;

  private SocketAddresses() {}

  static int length(boolean ipv6) {
    return ipv6 ? LENGTH_6 : LENGTH_4;
  }

  /** How long the one is that stands at the beginning of {@code segment}. */
  static int length(MemorySegment segment) {
    return length(segment.get(ValueLayout.JAVA_SHORT, 0) == libc.AF_INET6());
  }

  static MemorySegment allocate(Arena arena, InetSocketAddress address) {
    boolean ipv6 = address.getAddress() instanceof Inet6Address;
    MemorySegment segment = arena.allocate(length(ipv6), 4);
    byte[] octets = address.getAddress().getAddress();
    segment.set(ValueLayout.JAVA_SHORT, 0, (short) (ipv6 ? libc.AF_INET6() : libc.AF_INET()));
    segment.set(U16_BE, PORT, (short) address.getPort());
    MemorySegment.copy(
        octets, 0, segment, ValueLayout.JAVA_BYTE, ipv6 ? ADDRESS_6 : ADDRESS_4, octets.length);
    if (address.getAddress() instanceof Inet6Address six) {
      segment.set(ValueLayout.JAVA_INT, SCOPE_6, six.getScopeId());
    }
    return segment;
  }

  static InetSocketAddress read(MemorySegment segment) {
    boolean ipv6 = segment.get(ValueLayout.JAVA_SHORT, 0) == libc.AF_INET6();
    int port = Short.toUnsignedInt(segment.get(U16_BE, PORT));
    byte[] octets =
        segment.asSlice(ipv6 ? ADDRESS_6 : ADDRESS_4, ipv6 ? 16 : 4).toArray(ValueLayout.JAVA_BYTE);
    int scope = ipv6 ? segment.get(ValueLayout.JAVA_INT, SCOPE_6) : 0;
    try {
      InetAddress address =
          ipv6
              ? Inet6Address.getByAddress(null, octets, scope == 0 ? -1 : scope)
              : Inet4Address.getByAddress(octets);
      return new InetSocketAddress(address, port);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 or 16 octets are an address", e);
    }
  }
}
