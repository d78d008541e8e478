package dev.cnm.endurance.faults;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The system calls that are looked at: those by which a program changes something that outlives it,
 * and those that a lack of resources makes fail. Numbers are those of the kernel's {@code
 * arch/x86/entry/syscalls/syscall_64.tbl} and {@code include/uapi/asm-generic/unistd.h}; -1 where
 * an architecture has no such call.
 */
enum SystemCall {
  WRITE(1, 64),
  OPEN(2, -1),
  PWRITE64(18, 68),
  SOCKET(41, 198),
  SENDTO(44, 206),
  RECVFROM(45, 207),
  BIND(49, 200),
  CLONE(56, 220),
  VFORK(58, -1),
  EXECVE(59, 221),
  FTRUNCATE(77, 46),
  RENAME(82, -1),
  MKDIR(83, -1),
  RMDIR(84, -1),
  LINK(86, -1),
  UNLINK(87, -1),
  CHMOD(90, -1),
  FCHMOD(91, 52),
  MOUNT(165, 40),
  UMOUNT2(166, 39),
  OPENAT(257, 56),
  MKDIRAT(258, 34),
  UNLINKAT(263, 35),
  RENAMEAT(264, 38),
  LINKAT(265, 37),
  FCHMODAT(268, 53),
  UNSHARE(272, 97),
  FALLOCATE(285, 47),
  EPOLL_CREATE1(291, 20),
  SETNS(308, 268),
  FSOPEN(430, 430),
  FSCONFIG(431, 431),
  FSMOUNT(432, 432),
  CLONE3(435, 435);

  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");

  private static final Map<Integer, SystemCall> BY_NUMBER =
      Arrays.stream(values())
          .filter(it -> it.number() >= 0)
          .collect(Collectors.toMap(SystemCall::number, Function.identity()));

  private final int x86;
  private final int arm;

  SystemCall(int x86, int arm) {
    this.x86 = x86;
    this.arm = arm;
  }

  /** Its number on this machine, or -1 if there is none. */
  int number() {
    return ARM ? arm : x86;
  }

  /** The one with this number, which is one of those that are looked at. */
  static SystemCall of(int number) {
    SystemCall call = BY_NUMBER.get(number);
    if (call == null) {
      throw new IllegalArgumentException("system call " + number);
    }
    return call;
  }

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
