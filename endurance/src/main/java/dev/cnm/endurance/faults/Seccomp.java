package dev.cnm.endurance.faults;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Has the kernel ask another process about system calls before it makes them: seccomp_unotify(2).
 * Unlike a debugger, it asks of all threads and of what they start in the order in which they come.
 */
final class Seccomp {

  static final int SIGKILL = 9;

  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");

  // Numbers of calls that are made here, as SystemCall has them.
  private static final long SECCOMP = ARM ? 277 : 317;
  private static final long IOCTL = ARM ? 29 : 16;
  private static final long PPOLL = ARM ? 73 : 271;
  private static final long CLOSE = ARM ? 57 : 3;
  private static final long KILL = ARM ? 129 : 62;
  private static final long GETSOCKOPT = ARM ? 209 : 55;
  private static final long PIDFD_OPEN = 434;
  private static final long PIDFD_GETFD = 438;

  // linux/seccomp.h
  private static final long SET_MODE_FILTER = 1;
  private static final long NEW_LISTENER = 1 << 3;
  private static final long WAIT_KILLABLE_RECV = 1 << 5;
  private static final int RET_ALLOW = 0x7fff0000;
  private static final int RET_USER_NOTIF = 0x7fc00000;
  private static final long NOTIF_RECV = 0xc0502100L;
  private static final long NOTIF_SEND = 0xc0182101L;
  private static final int CONTINUE = 1;
  private static final int NOTIF_SIZE = 80;
  private static final int RESPONSE_SIZE = 24;

  // linux/filter.h
  private static final short LOAD_WORD = 0x20;
  private static final short JUMP_IF_EQUAL = 0x15;
  private static final short RETURN = 0x06;

  private static final short POLLIN = 1;

  static final int EINTR = 4;
  static final int ENOENT = 2;
  static final int EBUSY = 16;

  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final long ERRNO =
      STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

  @SuppressWarnings("restricted")
  private static final MethodHandle SYSCALL =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().find("syscall").orElseThrow(),
              FunctionDescriptor.of(
                  JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
              Linker.Option.captureCallState("errno"));

  private Seccomp() {}

  private static long call(long number, long a, long b, long c, long d, long e) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      long result = (long) SYSCALL.invokeExact(state, number, a, b, c, d, e);
      return result == -1 ? -state.get(JAVA_INT, ERRNO) : result;
    } catch (RuntimeException | Error t) {
      throw t;
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  private static int require(String what, long result) throws IOException {
    if (result < 0) {
      throw new IOException("cannot " + what + ": errno " + -result);
    }
    return (int) result;
  }

  /**
   * From now on the kernel asks about all {@link SystemCall}s of this thread and of the threads and
   * processes that it starts, and those wait until somebody answers.
   *
   * @return false if it does so already
   */
  static boolean listen() throws IOException {
    int[] numbers =
        Arrays.stream(SystemCall.values())
            .mapToInt(SystemCall::number)
            .filter(it -> it >= 0)
            .toArray();
    try (Arena arena = Arena.ofConfined()) {
      int length = numbers.length + 3;
      MemorySegment program = arena.allocate(length * 8L, 8);
      instruction(program, 0, LOAD_WORD, 0, 0);
      for (int i = 0; i < numbers.length; i++) {
        instruction(program, i + 1, JUMP_IF_EQUAL, numbers.length - i, numbers[i]);
      }
      instruction(program, length - 2, RETURN, 0, RET_ALLOW);
      instruction(program, length - 1, RETURN, 0, RET_USER_NOTIF);
      MemorySegment filter = arena.allocate(16, 8);
      filter.set(JAVA_SHORT, 0, (short) length);
      filter.set(JAVA_LONG, 8, program.address());
      long result =
          call(SECCOMP, SET_MODE_FILTER, NEW_LISTENER | WAIT_KILLABLE_RECV, filter.address(), 0, 0);
      if (result == -EBUSY) {
        return false;
      }
      int _ = require("have system calls watched", result);
      return true;
    }
  }

  private static void instruction(MemorySegment program, int at, short code, int ifTrue, int k) {
    program.set(JAVA_SHORT, at * 8L, code);
    program.set(JAVA_BYTE, at * 8L + 2, (byte) ifTrue);
    program.set(JAVA_INT, at * 8L + 4, k);
  }

  /** A copy of another process's descriptor. */
  static int descriptorOf(long pid, int fd) throws IOException {
    int process = require("open process " + pid, call(PIDFD_OPEN, pid, 0, 0, 0, 0));
    try {
      return require("copy descriptor " + fd, call(PIDFD_GETFD, process, fd, 0, 0, 0));
    } finally {
      close(process);
    }
  }

  static void close(int fd) {
    long _ = call(CLOSE, fd, 0, 0, 0, 0);
  }

  static void kill(long pid) {
    long _ = call(KILL, pid, SIGKILL, 0, 0, 0);
  }

  /** An option of the level SOL_SOCKET whose value is an int. */
  static int socketOption(int fd, int option) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(JAVA_INT);
      MemorySegment length = arena.allocateFrom(JAVA_INT, Integer.BYTES);
      int _ =
          require(
              "ask for a socket option",
              call(GETSOCKOPT, fd, 1, option, value.address(), length.address()));
      return value.get(JAVA_INT, 0);
    }
  }

  /**
   * A question.
   *
   * @param id names it in the answer
   * @param thread that is about to make the call
   * @param call which one
   * @param arguments six of them
   */
  record Question(long id, int thread, SystemCall call, List<Long> arguments) {}

  /** Waits for a question; null when nobody is left who could ask. */
  static @Nullable Question await(int listener) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment wanted = arena.allocate(8, 4);
      MemorySegment notice = arena.allocate(NOTIF_SIZE, 8);
      while (true) {
        wanted.set(JAVA_INT, 0, listener);
        wanted.set(JAVA_SHORT, 4, POLLIN);
        wanted.set(JAVA_SHORT, 6, (short) 0);
        long ready = call(PPOLL, wanted.address(), 1, 0, 0, 0);
        if (ready < 0 && ready != -EINTR) {
          throw new IOException("cannot wait for questions: errno " + -ready);
        }
        if ((wanted.get(JAVA_SHORT, 6) & POLLIN) == 0) {
          if (ready > 0) {
            return null;
          }
          continue;
        }
        notice.fill((byte) 0);
        long result = call(IOCTL, listener, NOTIF_RECV, notice.address(), 0, 0);
        if (result == -EINTR || result == -ENOENT) {
          // Who asked was killed meanwhile.
          continue;
        }
        int _ = require("take a question", result);
        List<Long> arguments = new ArrayList<>(6);
        for (int i = 0; i < 6; i++) {
          arguments.add(notice.get(JAVA_LONG, 32 + i * 8L));
        }
        return new Question(
            notice.get(JAVA_LONG, 0),
            notice.get(JAVA_INT, 8),
            SystemCall.of(notice.get(JAVA_INT, 16)),
            arguments);
      }
    }
  }

  /** Answers: the call is made if {@code errno} is 0, else it fails so. */
  static void answer(int listener, long id, int errno) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment response = arena.allocate(RESPONSE_SIZE, 8);
      response.set(JAVA_LONG, 0, id);
      response.set(JAVA_INT, 16, -errno);
      response.set(JAVA_INT, 20, errno == 0 ? CONTINUE : 0);
      // Fails only if who asked has gone.
      long _ = call(IOCTL, listener, NOTIF_SEND, response.address(), 0, 0);
    }
  }
}
