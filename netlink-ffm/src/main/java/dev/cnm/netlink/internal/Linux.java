package dev.cnm.netlink.internal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.cnm.netlink.gen.__sigset_t;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.msghdr;
import dev.cnm.netlink.gen.pollfd;
import dev.cnm.netlink.gen.rlimit;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The calls into the C library that this module makes, each as its page in section 2 or 3 of the
 * Linux manual has it. A call that fails returns its errno negated, as the kernel itself does; no
 * errno is ever thrown. Nothing is retried: {@code EINTR} is the caller's to handle.
 *
 * <p>Linking a downcall costs milliseconds for each distinct shape, and next to nothing for a
 * second handle of the same shape. So all calls have one: five 64-bit integers in, one out. That is
 * sound for a function whose arguments, five at most, are all integers or pointers. Both calling
 * conventions pass these in general registers (System V AMD64 ABI 3.2.3: up to six; AAPCS64 6.8.2:
 * up to eight), and the called function looks at the low half for a 32-bit argument and at no
 * register beyond its last argument. A 32-bit result leaves the upper half undefined, so it is cut
 * off. {@code LinuxTest} holds every function called here against the descriptor that jextract
 * takes from the headers.
 *
 * <p>A pointer passed as an integer doesn't keep its memory alive: whoever passes a segment sees to
 * it that its arena is not closed by another thread meanwhile. No call is a {@code critical} one,
 * since any of them may block. Text goes out as UTF-8; one with a NUL inside is refused with an
 * {@link IllegalArgumentException}. Stateless, and so safe for use by several threads.
 */
public final class Linux {

  private static final FunctionDescriptor SHAPE =
      FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final long ERRNO =
      CALL_STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

  private static final long UINT_MAX = 0xffff_ffffL;

  private Linux() {}

  // Called from one holder class for each function, so that only what is used is ever linked.
  @SuppressWarnings("restricted")
  private static MethodHandle link(String function) {
    Linker linker = Linker.nativeLinker();
    MemorySegment address =
        linker
            .defaultLookup()
            .find(function)
            .orElseThrow(() -> new UnsatisfiedLinkError("the C library has no " + function));
    return linker.downcallHandle(address, SHAPE, Linker.Option.captureCallState("errno"));
  }

  /**
   * Memory in which {@link #send} and {@link #recv} find their errno, to be used by one thread at a
   * time.
   */
  public static MemorySegment newCallState(Arena arena) {
    return arena.allocate(CALL_STATE);
  }

  /**
   * {@code send(2)}. Allocates nothing.
   *
   * @return the number of bytes sent, or the negated errno
   * @throws IllegalArgumentException if {@code buffer} is on the heap or shorter than {@code
   *     length}
   */
  public static long send(
      MemorySegment callState, int fd, MemorySegment buffer, long length, int flags) {
    return transfer(Send.HANDLE, callState, fd, buffer, length, flags);
  }

  private static final class Send {
    static final MethodHandle HANDLE = link("send");
  }

  /**
   * {@code recv(2)}. Allocates nothing.
   *
   * @return the number of bytes received, with {@code MSG_TRUNC} the length of the datagram even if
   *     that is more than {@code length}, or the negated errno
   * @throws IllegalArgumentException if {@code buffer} is on the heap or shorter than {@code
   *     length}
   */
  public static long recv(
      MemorySegment callState, int fd, MemorySegment buffer, long length, int flags) {
    return transfer(Recv.HANDLE, callState, fd, buffer, length, flags);
  }

  private static final class Recv {
    static final MethodHandle HANDLE = link("recv");
  }

  private static long transfer(
      MethodHandle function,
      MemorySegment callState,
      int fd,
      MemorySegment buffer,
      long length,
      int flags) {
    long address = address(buffer, length);
    try {
      long count =
          (long) function.invokeExact(callState, (long) fd, address, length, (long) flags, 0L);
      return count == -1 ? -callState.get(JAVA_INT, ERRNO) : count;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a downcall throws nothing of its own", e);
    } finally {
      Reference.reachabilityFence(buffer);
    }
  }

  /**
   * {@code socket(2)}.
   *
   * @return the file descriptor, or the negated errno
   */
  public static int socket(int domain, int type, int protocol) {
    return call(Socket.HANDLE, domain, type, protocol, 0, 0);
  }

  private static final class Socket {
    static final MethodHandle HANDLE = link("socket");
  }

  /**
   * {@code bind(2)}.
   *
   * @return 0, or the negated errno
   */
  public static int bind(int fd, MemorySegment address, int length) {
    try {
      return call(Bind.HANDLE, fd, address(address, length), length, 0, 0);
    } finally {
      Reference.reachabilityFence(address);
    }
  }

  private static final class Bind {
    static final MethodHandle HANDLE = link("bind");
  }

  /**
   * {@code connect(2)}.
   *
   * @return 0, or the negated errno
   */
  public static int connect(int fd, MemorySegment address, int length) {
    try {
      return call(Connect.HANDLE, fd, address(address, length), length, 0, 0);
    } finally {
      Reference.reachabilityFence(address);
    }
  }

  private static final class Connect {
    static final MethodHandle HANDLE = link("connect");
  }

  /**
   * {@code listen(2)}.
   *
   * @return 0, or the negated errno
   */
  public static int listen(int fd, int backlog) {
    return call(Listen.HANDLE, fd, backlog, 0, 0, 0);
  }

  private static final class Listen {
    static final MethodHandle HANDLE = link("listen");
  }

  /**
   * {@code accept4(2)} without the other end's address.
   *
   * @return the file descriptor, or the negated errno
   */
  public static int accept4(int fd, int flags) {
    return call(Accept4.HANDLE, fd, 0, 0, flags, 0);
  }

  private static final class Accept4 {
    static final MethodHandle HANDLE = link("accept4");
  }

  /**
   * {@code sendmsg(2)} of a {@code struct msghdr}, whose memory the caller keeps alive.
   *
   * @return how many bytes were sent, or the negated errno
   */
  public static int sendmsg(int fd, MemorySegment message, int flags) {
    return message(Sendmsg.HANDLE, fd, message, flags);
  }

  private static final class Sendmsg {
    static final MethodHandle HANDLE = link("sendmsg");
  }

  /**
   * {@code recvmsg(2)} into a {@code struct msghdr}, whose memory the caller keeps alive.
   *
   * @return how many bytes came, or the negated errno
   */
  public static int recvmsg(int fd, MemorySegment message, int flags) {
    return message(Recvmsg.HANDLE, fd, message, flags);
  }

  private static final class Recvmsg {
    static final MethodHandle HANDLE = link("recvmsg");
  }

  private static int message(MethodHandle function, int fd, MemorySegment message, int flags) {
    try {
      return call(function, fd, address(message, msghdr.sizeof()), flags, 0, 0);
    } finally {
      Reference.reachabilityFence(message);
    }
  }

  /**
   * {@code shutdown(2)}.
   *
   * @return 0, or the negated errno
   */
  public static int shutdown(int fd, int how) {
    return call(Shutdown.HANDLE, fd, how, 0, 0, 0);
  }

  private static final class Shutdown {
    static final MethodHandle HANDLE = link("shutdown");
  }

  /**
   * {@code epoll_create1(2)}.
   *
   * @return the file descriptor, or the negated errno
   */
  public static int epollCreate1(int flags) {
    return call(EpollCreate1.HANDLE, flags, 0, 0, 0, 0);
  }

  private static final class EpollCreate1 {
    static final MethodHandle HANDLE = link("epoll_create1");
  }

  /**
   * {@code epoll_ctl(2)}.
   *
   * @return 0, or the negated errno
   */
  public static int epollCtl(int epoll, int operation, int fd, MemorySegment event) {
    try {
      return call(EpollCtl.HANDLE, epoll, operation, fd, event.address(), 0);
    } finally {
      Reference.reachabilityFence(event);
    }
  }

  private static final class EpollCtl {
    static final MethodHandle HANDLE = link("epoll_ctl");
  }

  /**
   * {@code epoll_wait(2)}.
   *
   * @param events room for {@code most} of them
   * @param millis how long to wait; negative for ever
   * @return how many there are, or the negated errno
   */
  public static int epollWait(int epoll, MemorySegment events, int most, int millis) {
    try {
      return call(EpollWait.HANDLE, epoll, events.address(), most, millis, 0);
    } finally {
      Reference.reachabilityFence(events);
    }
  }

  private static final class EpollWait {
    static final MethodHandle HANDLE = link("epoll_wait");
  }

  /**
   * {@code getsockname(2)}: writes the address into all of {@code address}, cutting it off at its
   * end.
   *
   * @return 0, or the negated errno
   */
  public static int getsockname(int fd, MemorySegment address) {
    try (Arena arena = Arena.ofConfined()) {
      int size = Math.toIntExact(address.byteSize());
      long length = arena.allocateFrom(JAVA_INT, size).address();
      return call(Getsockname.HANDLE, fd, address(address, size), length, 0, 0);
    } finally {
      Reference.reachabilityFence(address);
    }
  }

  private static final class Getsockname {
    static final MethodHandle HANDLE = link("getsockname");
  }

  /**
   * {@code setsockopt(2)} of an option of the type int.
   *
   * @return 0, or the negated errno
   */
  public static int setsockopt(int fd, int level, int option, int value) {
    try (Arena arena = Arena.ofConfined()) {
      long address = arena.allocateFrom(JAVA_INT, value).address();
      return call(Setsockopt.HANDLE, fd, level, option, address, Integer.BYTES);
    }
  }

  /**
   * {@code setsockopt(2)} of an option of another type.
   *
   * @return 0, or the negated errno
   */
  public static int setsockopt(int fd, int level, int option, MemorySegment value) {
    int length = Math.toIntExact(value.byteSize());
    try {
      return call(Setsockopt.HANDLE, fd, level, option, address(value, length), length);
    } finally {
      Reference.reachabilityFence(value);
    }
  }

  private static final class Setsockopt {
    static final MethodHandle HANDLE = link("setsockopt");
  }

  /**
   * {@code getsockopt(2)} of an option of the type int or of a 64-bit one that counts up from 0,
   * such as {@code SO_NETNS_COOKIE}.
   *
   * @return the value, which the option's type must keep from being negative, or the negated errno
   */
  public static long getsockopt(int fd, int level, int option) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(JAVA_LONG);
      MemorySegment length = arena.allocateFrom(JAVA_INT, Long.BYTES);
      int result = call(Getsockopt.HANDLE, fd, level, option, value.address(), length.address());
      if (result < 0) {
        return result;
      }
      // The kernel says how wide the option is.
      return length.get(JAVA_INT, 0) == Integer.BYTES
          ? value.get(JAVA_INT, 0)
          : value.get(JAVA_LONG, 0);
    }
  }

  private static final class Getsockopt {
    static final MethodHandle HANDLE = link("getsockopt");
  }

  /**
   * {@code poll(2)} on the first {@code count} of an array of {@code struct pollfd}.
   *
   * @param timeoutMillis how long to wait; 0 not at all, negative for ever
   * @return how many are ready, or the negated errno
   */
  public static int poll(MemorySegment descriptors, int count, int timeoutMillis) {
    long address = address(descriptors, count * pollfd.sizeof());
    try {
      return call(Poll.HANDLE, address, count, timeoutMillis, 0, 0);
    } finally {
      Reference.reachabilityFence(descriptors);
    }
  }

  private static final class Poll {
    static final MethodHandle HANDLE = link("poll");
  }

  /**
   * {@code close(2)}. The descriptor is gone whatever the result, even with {@code EINTR}.
   *
   * @return 0, or the negated errno
   */
  public static int close(int fd) {
    return call(Close.HANDLE, fd, 0, 0, 0, 0);
  }

  private static final class Close {
    static final MethodHandle HANDLE = link("close");
  }

  /**
   * {@code open(2)} without a mode: it creates no file.
   *
   * @return the file descriptor, or the negated errno
   */
  public static int open(String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      return call(Open.HANDLE, string(arena, path), flags, 0, 0, 0);
    }
  }

  /**
   * This and openat are variadic. Their named arguments are passed like those of any other
   * function; the mode is read only with O_CREAT or O_TMPFILE. On x86-64 the register al tells a
   * variadic function how many vector registers it has to save (System V AMD64 ABI 3.5.7); one that
   * reads no floating point argument doesn't ask.
   */
  private static final class Open {
    static final MethodHandle HANDLE = link("open");
  }

  /**
   * {@code openat(2)} without a mode: it creates no file.
   *
   * @return the file descriptor, or the negated errno
   */
  public static int openat(int folder, String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      return call(Openat.HANDLE, folder, string(arena, path), flags, 0, 0);
    }
  }

  private static final class Openat {
    static final MethodHandle HANDLE = link("openat");
  }

  /**
   * {@code write(2)} of all of {@code bytes} in one call.
   *
   * @return how many bytes were written, or the negated errno
   */
  public static int write(int fd, byte[] bytes) {
    try (Arena arena = Arena.ofConfined()) {
      long address = arena.allocateFrom(JAVA_BYTE, bytes).address();
      return call(Write.HANDLE, fd, address, bytes.length, 0, 0);
    }
  }

  private static final class Write {
    static final MethodHandle HANDLE = link("write");
  }

  /**
   * {@code unshare(2)}: changes the calling kernel thread, so only for a platform thread that ends
   * with it.
   *
   * @return 0, or the negated errno
   */
  public static int unshare(int flags) {
    return call(Unshare.HANDLE, flags, 0, 0, 0, 0);
  }

  private static final class Unshare {
    static final MethodHandle HANDLE = link("unshare");
  }

  /**
   * {@code setns(2)}: changes the calling kernel thread, so only for a platform thread that ends
   * with it.
   *
   * @param type the kind of namespace {@code fd} must be, or 0 for any
   * @return 0, or the negated errno
   */
  public static int setns(int fd, int type) {
    return call(Setns.HANDLE, fd, type, 0, 0, 0);
  }

  private static final class Setns {
    static final MethodHandle HANDLE = link("setns");
  }

  /**
   * {@code mount(2)} without data, which few file systems ask for.
   *
   * @return 0, or the negated errno
   */
  public static int mount(
      @Nullable String source, String target, @Nullable String type, long flags) {
    return mount(source, target, type, flags, null);
  }

  /**
   * {@code mount(2)}.
   *
   * @param data the options of the file system, with commas between them
   * @return 0, or the negated errno
   */
  public static int mount(
      @Nullable String source,
      String target,
      @Nullable String type,
      long flags,
      @Nullable String data) {
    try (Arena arena = Arena.ofConfined()) {
      return call(
          Mount.HANDLE,
          string(arena, source),
          string(arena, target),
          string(arena, type),
          flags,
          string(arena, data));
    }
  }

  private static final class Mount {
    static final MethodHandle HANDLE = link("mount");
  }

  /**
   * {@code umount2(2)}.
   *
   * @return 0, or the negated errno
   */
  public static int umount2(String target, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      return call(Umount2.HANDLE, string(arena, target), flags, 0, 0, 0);
    }
  }

  private static final class Umount2 {
    static final MethodHandle HANDLE = link("umount2");
  }

  /**
   * {@code fsopen(2)}, of glibc 2.36.
   *
   * @return the descriptor of a file system that is still to be created, or the negated errno
   * @throws UnsatisfiedLinkError if the C library has none
   */
  public static int fsopen(String fileSystem, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      return call(Fsopen.HANDLE, string(arena, fileSystem), flags, 0, 0, 0);
    }
  }

  private static final class Fsopen {
    static final MethodHandle HANDLE = link("fsopen");
  }

  /**
   * {@code fsconfig(2)} for a command that takes no key and no value.
   *
   * @return 0, or the negated errno
   * @throws UnsatisfiedLinkError if the C library has none
   */
  public static int fsconfig(int fileSystem, int command) {
    return call(Fsconfig.HANDLE, fileSystem, command, 0, 0, 0);
  }

  private static final class Fsconfig {
    static final MethodHandle HANDLE = link("fsconfig");
  }

  /**
   * {@code fsmount(2)}.
   *
   * @return the descriptor of the root of a mount that is in no namespace, or the negated errno
   * @throws UnsatisfiedLinkError if the C library has none
   */
  public static int fsmount(int fileSystem, int flags, int attributes) {
    return call(Fsmount.HANDLE, fileSystem, flags, attributes, 0, 0);
  }

  private static final class Fsmount {
    static final MethodHandle HANDLE = link("fsmount");
  }

  /**
   * {@code open_tree(2)}, of glibc 2.36.
   *
   * @param path an absolute one
   * @return a descriptor that stands for the path, as of {@code O_PATH}, or the negated errno
   * @throws UnsatisfiedLinkError if the C library has none
   */
  public static int openTree(String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      // An absolute path is looked up from the root, whatever the first argument is.
      return call(OpenTree.HANDLE, -1, string(arena, path), flags, 0, 0);
    }
  }

  private static final class OpenTree {
    static final MethodHandle HANDLE = link("open_tree");
  }

  /**
   * {@code sethostname(2)}, of the UTS namespace of the calling kernel thread.
   *
   * @return 0, or the negated errno
   */
  public static int sethostname(String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = cString(arena, name);
      return call(Sethostname.HANDLE, text.address(), text.byteSize() - 1, 0, 0, 0);
    }
  }

  private static final class Sethostname {
    static final MethodHandle HANDLE = link("sethostname");
  }

  /**
   * {@code execve(2)}: the process goes on as another program, with no signal blocked. All other
   * threads end without a word: no shutdown hook or {@code finally} runs.
   *
   * @return only if it fails, then the negated errno
   */
  public static int execve(String path, List<String> arguments, List<String> environment) {
    try (Arena arena = Arena.ofConfined()) {
      // The mask outlives execve, and HotSpot blocks SIGQUIT in every thread but one of its own.
      MemorySegment none = arena.allocate(__sigset_t.layout());
      MemorySegment before = arena.allocate(__sigset_t.layout());
      int how = libc.SIG_SETMASK();
      call(Sigprocmask.HANDLE, how, none.address(), before.address(), 0, 0);
      int result =
          call(
              Execve.HANDLE,
              string(arena, path),
              strings(arena, arguments),
              strings(arena, environment),
              0,
              0);
      call(Sigprocmask.HANDLE, how, before.address(), 0, 0, 0);
      return result;
    }
  }

  private static final class Execve {
    static final MethodHandle HANDLE = link("execve");
  }

  /** Sets the mask of the calling thread: pthread_sigmask(3) is the same call by another name. */
  private static final class Sigprocmask {
    static final MethodHandle HANDLE = link("sigprocmask");
  }

  /**
   * {@code close_range(2)} that closes nothing yet, but has every file descriptor from {@code
   * first} on closed by {@link #execve}.
   *
   * @return 0, or the negated errno: {@code EINVAL} or {@code ENOSYS} of kernels before 5.11
   * @throws LinkageError if the C library lacks it: glibc has it from 2.34 on
   */
  public static int closeRangeOnExec(int first) {
    return call(CloseRange.HANDLE, first, UINT_MAX, libc.CLOSE_RANGE_CLOEXEC(), 0, 0);
  }

  private static final class CloseRange {
    static final MethodHandle HANDLE = link("close_range");
  }

  /**
   * {@code setsid(2)}.
   *
   * @return the id of the new session, or the negated errno
   */
  public static int setsid() {
    return call(Setsid.HANDLE, 0, 0, 0, 0, 0);
  }

  private static final class Setsid {
    static final MethodHandle HANDLE = link("setsid");
  }

  /**
   * {@code kill(2)}.
   *
   * @return 0, or the negated errno
   */
  public static int kill(int pid, int signal) {
    return call(Kill.HANDLE, pid, signal, 0, 0, 0);
  }

  private static final class Kill {
    static final MethodHandle HANDLE = link("kill");
  }

  /**
   * {@code pidfd_open(2)}, of glibc 2.36.
   *
   * @return the file descriptor, closed on exec, or the negated errno
   * @throws LinkageError if the C library lacks it
   */
  public static int pidfdOpen(int pid) {
    return call(PidfdOpen.HANDLE, pid, 0, 0, 0, 0);
  }

  private static final class PidfdOpen {
    static final MethodHandle HANDLE = link("pidfd_open");
  }

  /**
   * {@code pidfd_send_signal(2)}, of glibc 2.36.
   *
   * @return 0, or the negated errno
   * @throws LinkageError if the C library lacks it
   */
  public static int pidfdSendSignal(int pidfd, int signal) {
    return call(PidfdSendSignal.HANDLE, pidfd, signal, 0, 0, 0);
  }

  private static final class PidfdSendSignal {
    static final MethodHandle HANDLE = link("pidfd_send_signal");
  }

  /**
   * {@code prctl(2)} of an option with one argument.
   *
   * @return what the option has it return, or the negated errno
   */
  public static int prctl(int option, long argument) {
    return call(Prctl.HANDLE, option, argument, 0, 0, 0);
  }

  private static final class Prctl {
    static final MethodHandle HANDLE = link("prctl");
  }

  /**
   * {@code waitpid(2)} of one child, whose status is let go.
   *
   * @return its pid, 0 if it has not ended and {@code options} say not to wait, or the negated
   *     errno
   */
  public static int waitpid(int pid, int options) {
    return call(Waitpid.HANDLE, pid, 0, options, 0, 0);
  }

  private static final class Waitpid {
    static final MethodHandle HANDLE = link("waitpid");
  }

  /**
   * {@code getpgrp(2)}, which never fails.
   *
   * @return the process group of this process
   */
  public static int getpgrp() {
    return call(Getpgrp.HANDLE, 0, 0, 0, 0, 0);
  }

  private static final class Getpgrp {
    static final MethodHandle HANDLE = link("getpgrp");
  }

  /**
   * {@code tcgetpgrp(3)}.
   *
   * @return the process group in the foreground of the terminal, or the negated errno
   */
  public static int tcgetpgrp(int fd) {
    return call(Tcgetpgrp.HANDLE, fd, 0, 0, 0, 0);
  }

  private static final class Tcgetpgrp {
    static final MethodHandle HANDLE = link("tcgetpgrp");
  }

  /**
   * {@code chdir(2)}, of the calling kernel thread and all that share its working folder.
   *
   * @return 0, or the negated errno
   */
  public static int chdir(String path) {
    try (Arena arena = Arena.ofConfined()) {
      return call(Chdir.HANDLE, string(arena, path), 0, 0, 0, 0);
    }
  }

  private static final class Chdir {
    static final MethodHandle HANDLE = link("chdir");
  }

  /**
   * {@code prlimit(2)} of this process.
   *
   * @param limit a {@code struct rlimit} to be set, or null
   * @param before a {@code struct rlimit} for what it was, or null
   * @return 0, or the negated errno
   */
  public static int prlimit(
      int resource, @Nullable MemorySegment limit, @Nullable MemorySegment before) {
    long size = rlimit.sizeof();
    try {
      return call(
          Prlimit.HANDLE,
          0,
          resource,
          limit == null ? 0 : address(limit, size),
          before == null ? 0 : address(before, size),
          0);
    } finally {
      Reference.reachabilityFence(limit);
      Reference.reachabilityFence(before);
    }
  }

  private static final class Prlimit {
    static final MethodHandle HANDLE = link("prlimit");
  }

  /** Calls a function that returns an int, -1 of which means failure. */
  private static int call(MethodHandle function, long a, long b, long c, long d, long e) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment callState = newCallState(arena);
      int result = (int) (long) function.invokeExact(callState, a, b, c, d, e);
      return result == -1 ? -callState.get(JAVA_INT, ERRNO) : result;
    } catch (RuntimeException | Error t) {
      throw t;
    } catch (Throwable t) {
      throw new AssertionError("a downcall throws nothing of its own", t);
    }
  }

  /** The address of memory that C may read or write {@code length} bytes of. */
  private static long address(MemorySegment segment, long length) {
    if (!segment.isNative() || length < 0 || length > segment.byteSize()) {
      throw new IllegalArgumentException("not " + length + " bytes of native memory: " + segment);
    }
    return segment.address();
  }

  private static long string(Arena arena, @Nullable String text) {
    return text == null ? 0 : cString(arena, text).address();
  }

  private static MemorySegment cString(Arena arena, String text) {
    // C would take what is before it for the whole: another path than the one that was checked.
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a NUL inside: " + text.replace("\0", "\\0"));
    }
    return arena.allocateFrom(text);
  }

  private static long strings(Arena arena, List<String> texts) {
    MemorySegment array = arena.allocate(ValueLayout.ADDRESS, texts.size() + 1L);
    for (int i = 0; i < texts.size(); i++) {
      array.setAtIndex(ValueLayout.ADDRESS, i, cString(arena, texts.get(i)));
    }
    return array.address();
  }
}
