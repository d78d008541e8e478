package dev.cnm.netlink.inet;

import dev.cnm.netlink.gen.iovec;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.msghdr;
import dev.cnm.netlink.internal.Linux;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Memory for what goes through a socket. For use by one thread at a time. */
public final class Buffer {

  /** {@code struct cmsghdr} of cmsg(3) up to its data; both are of 64-bit machines. */
  private static final int CONTROL_LENGTH = 0;

  private static final int CONTROL_LEVEL = 8;
  private static final int CONTROL_TYPE = 12;
  private static final int CONTROL_DATA = 16;

  /** {@code struct in6_pktinfo} of ipv6(7): an address and the number of a link. */
  private static final int PKTINFO_LENGTH_6 = 20;

  /**
   * {@code struct in_pktinfo} of ip(7): the number of a link, which of this host's addresses it
   * was, and which address stands in the datagram.
   */
  private static final int PKTINFO_LENGTH_4 = 12;

  private final MemorySegment callState;
  private final MemorySegment octets;
  private final MemorySegment message;
  private final MemorySegment vector;
  private final MemorySegment name;
  private final MemorySegment control;

  /**
   * Allocates.
   *
   * @param arena how long it lives, and which threads may use it
   * @param size in octets
   */
  public Buffer(Arena arena, int size) {
    callState = Linux.newCallState(arena);
    octets = arena.allocate(size, 8);
    message = msghdr.allocate(arena);
    vector = iovec.allocate(arena);
    name = arena.allocate(SocketAddresses.LENGTH_6, 4);
    control = arena.allocate(CONTROL_DATA + 24, 8);
  }

  /** Who sent a datagram, and to which of this host's addresses: what an answer needs. A value. */
  public static final class Peer {
    private final byte[] source;
    private final byte[] destination;

    private Peer(byte[] source, byte[] destination) {
      this.source = source;
      this.destination = destination;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Peer peer
          && Arrays.equals(source, peer.source)
          && Arrays.equals(destination, peer.destination);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(source) + Arrays.hashCode(destination);
    }

    /** For debugging. */
    @Override
    public String toString() {
      return HexFormat.of().formatHex(source);
    }
  }

  MemorySegment callState() {
    return callState;
  }

  MemorySegment octets() {
    return octets;
  }

  MemorySegment toReceive() {
    prepare(octets.byteSize());
    msghdr.msg_controllen(message, control.byteSize());
    return message;
  }

  private void prepare(long length) {
    iovec.iov_base(vector, octets);
    iovec.iov_len(vector, length);
    msghdr.msg_name(message, name);
    msghdr.msg_namelen(message, (int) name.byteSize());
    msghdr.msg_iov(message, vector);
    msghdr.msg_iovlen(message, 1);
    msghdr.msg_control(message, control);
    msghdr.msg_flags(message, 0);
  }

  /** Who sent the datagram that was received last. */
  public Peer peer() {
    byte[] destination = new byte[0];
    if (told(libc.IPPROTO_IPV6(), libc.IPV6_PKTINFO(), PKTINFO_LENGTH_6)) {
      destination = control.asSlice(CONTROL_DATA, PKTINFO_LENGTH_6).toArray(ValueLayout.JAVA_BYTE);
    } else if (told(libc.IPPROTO_IP(), libc.IP_PKTINFO(), PKTINFO_LENGTH_4)) {
      destination = control.asSlice(CONTROL_DATA, PKTINFO_LENGTH_4).toArray(ValueLayout.JAVA_BYTE);
      // By whichever link the asker is reached, which routing knows.
      Arrays.fill(destination, 0, Integer.BYTES, (byte) 0);
    }
    long length = SocketAddresses.length(name);
    return new Peer(name.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), destination);
  }

  private boolean told(int level, int type, int length) {
    return msghdr.msg_controllen(message) >= CONTROL_DATA + length
        && control.get(ValueLayout.JAVA_INT, CONTROL_LEVEL) == level
        && control.get(ValueLayout.JAVA_INT, CONTROL_TYPE) == type;
  }

  MemorySegment toSend(int length, Peer peer) {
    prepare(length);
    MemorySegment.copy(peer.source, 0, name, ValueLayout.JAVA_BYTE, 0, peer.source.length);
    msghdr.msg_namelen(message, peer.source.length);
    if (peer.destination.length == 0) {
      msghdr.msg_controllen(message, 0);
      return message;
    }
    boolean ipv6 = peer.destination.length == PKTINFO_LENGTH_6;
    long whole = (long) CONTROL_DATA + peer.destination.length;
    control.set(ValueLayout.JAVA_LONG, CONTROL_LENGTH, whole);
    control.set(
        ValueLayout.JAVA_INT, CONTROL_LEVEL, ipv6 ? libc.IPPROTO_IPV6() : libc.IPPROTO_IP());
    control.set(ValueLayout.JAVA_INT, CONTROL_TYPE, ipv6 ? libc.IPV6_PKTINFO() : libc.IP_PKTINFO());
    MemorySegment.copy(
        peer.destination, 0, control, ValueLayout.JAVA_BYTE, CONTROL_DATA, peer.destination.length);
    // CMSG_SPACE of cmsg(3).
    msghdr.msg_controllen(message, whole + 7 & ~7L);
    return message;
  }
}
