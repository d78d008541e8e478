package dev.cnm.endurance.faults;

import java.util.List;

/**
 * A place in an operation where it can be ended or made to fail: a system call that is about to be
 * made.
 *
 * @param what the call and what it is about
 * @param changes whether something outside the process is another one afterwards: there, and only
 *     there, it makes a difference whether the process ends before or after
 * @param errors how it may fail
 */
record Point(String what, boolean changes, List<Errno> errors) {

  /** Why a call fails (asm-generic/errno-base.h, errno.h). */
  enum Errno {
    EIO(5),
    EAGAIN(11),
    ENOMEM(12),
    EMFILE(24),
    ENOSPC(28),
    ENOBUFS(105);

    private final int number;

    Errno(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }
  }
}
