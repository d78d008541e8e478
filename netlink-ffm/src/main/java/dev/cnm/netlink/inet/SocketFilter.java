package dev.cnm.netlink.inet;

import dev.cnm.netlink.gen.sock_filter;
import dev.cnm.netlink.gen.sock_fprog;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Classic BPF programs (Documentation/networking/filter.rst). */
final class SocketFilter {

  /** {@code BPF_RET | BPF_K} of linux/filter.h: of each packet, keep so many octets. */
  private static final short RETURN = 0x06;

  private SocketFilter() {}

  static MemorySegment dropAll(Arena arena) {
    MemorySegment instruction = sock_filter.allocate(arena);
    sock_filter.code(instruction, RETURN);
    MemorySegment program = sock_fprog.allocate(arena);
    sock_fprog.len(program, (short) 1);
    sock_fprog.filter(program, instruction);
    return program;
  }
}
