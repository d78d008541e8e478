package dev.cnm.netlink.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cnm.netlink.Errno;
import dev.cnm.netlink.gen.functions;
import dev.cnm.netlink.gen.ifaddrmsg;
import dev.cnm.netlink.gen.ifinfomsg;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.ndmsg;
import dev.cnm.netlink.gen.netlink;
import dev.cnm.netlink.gen.nfgenmsg;
import dev.cnm.netlink.gen.nlattr;
import dev.cnm.netlink.gen.nlmsgerr;
import dev.cnm.netlink.gen.nlmsghdr;
import dev.cnm.netlink.gen.pollfd;
import dev.cnm.netlink.gen.rtgenmsg;
import dev.cnm.netlink.gen.rtmsg;
import dev.cnm.netlink.gen.sockaddr_nl;
import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LinuxTest {

  // What the headers declare

  /** All functions that jextract found declared, by their names in C. */
  static Map<String, FunctionDescriptor> declared() throws ReflectiveOperationException {
    Map<String, FunctionDescriptor> declared = new TreeMap<>();
    String suffix = "$descriptor";
    for (Method method : functions.class.getMethods()) {
      String name = method.getName();
      if (name.endsWith(suffix)) {
        FunctionDescriptor descriptor = (FunctionDescriptor) method.invoke(null);
        declared.put(name.substring(0, name.length() - suffix.length()), descriptor);
      }
    }
    declared.put("open", functions.open.makeInvoker().descriptor());
    declared.put("openat", functions.openat.makeInvoker().descriptor());
    declared.put("prctl", functions.prctl.makeInvoker().descriptor());
    return declared;
  }

  @Test
  void everyFunctionCalledIsOneTheHeadersDeclare() throws Exception {
    Stream<String> holders =
        Arrays.stream(Linux.class.getDeclaredClasses())
            .map(holder -> holder.getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", "_"));

    assertThat(holders.map(name -> name.toLowerCase(Locale.ROOT)))
        .containsExactlyInAnyOrderElementsOf(declared().keySet());
  }

  @Test
  void everyFunctionFitsTheOneShape() throws Exception {
    declared()
        .forEach((name, descriptor) -> {
          List<MemoryLayout> arguments = descriptor.argumentLayouts();
          assertThat(arguments).as(name).hasSizeLessThanOrEqualTo(5);
          assertThat(arguments).as(name).allMatch(LinuxTest::goesInAGeneralRegister);
          assertThat(descriptor.returnLayout())
              .as(name)
              .hasValueSatisfying(result ->
                  assertThat(result)
                      .isInstanceOfAny(ValueLayout.OfInt.class, ValueLayout.OfLong.class));
        });
  }

  private static boolean goesInAGeneralRegister(MemoryLayout argument) {
    return argument instanceof ValueLayout.OfInt
        || argument instanceof ValueLayout.OfLong
        || argument instanceof AddressLayout;
  }

  static List<Arguments> sizes() {
    return List.of(
        Arguments.of(sockaddr_nl.layout(), 12),
        Arguments.of(nlmsghdr.layout(), 16),
        Arguments.of(nlmsgerr.layout(), 20),
        Arguments.of(nlattr.layout(), 4),
        Arguments.of(ifinfomsg.layout(), 16),
        Arguments.of(ifaddrmsg.layout(), 8),
        Arguments.of(rtmsg.layout(), 12),
        Arguments.of(rtgenmsg.layout(), 1),
        Arguments.of(ndmsg.layout(), 12),
        Arguments.of(nfgenmsg.layout(), 4),
        Arguments.of(pollfd.layout(), 8));
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void aStructHasTheSizeOfTheKernelsInterface(MemoryLayout struct, int size) {
    assertThat(struct.byteSize()).isEqualTo(size);
  }

  // Sockets

  @Test
  void aBoundSocketHasThePortTheKernelListsForIt() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      int fd = netlinkSocket();
      try {
        MemorySegment address = address(arena);
        assertThat(Linux.bind(fd, address, (int) address.byteSize())).isZero();
        assertThat(Linux.getsockname(fd, address)).isZero();

        assertThat(sockaddr_nl.nl_family(address)).isEqualTo((short) libc.AF_NETLINK());
        // Columns sk, Eth, Pid: protocol 0 is NETLINK_ROUTE.
        assertThat(Files.readAllLines(Path.of("/proc/thread-self/net/netlink")))
            .anyMatch(line ->
                line.matches(
                    "\\S+\\s+0\\s+"
                        + Integer.toUnsignedString(sockaddr_nl.nl_pid(address))
                        + "\\s.*"));
      } finally {
        assertThat(Linux.close(fd)).isZero();
      }
    }
  }

  @Test
  void theKernelAnswersARequest() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = Linux.newCallState(arena);
      MemorySegment poll = arena.allocate(pollfd.layout());
      int fd = netlinkSocket();
      try {
        MemorySegment kernel = address(arena);
        assertThat(Linux.connect(fd, kernel, (int) kernel.byteSize())).isZero();
        pollfd.fd(poll, fd);
        pollfd.events(poll, (short) libc.POLLIN());
        MemorySegment answer = arena.allocate(4096, 8);

        assertThat(Linux.poll(poll, 1, 0)).isZero();
        assertThat(Linux.recv(state, fd, answer, answer.byteSize(), libc.MSG_DONTWAIT()))
            .isEqualTo(-Errno.EAGAIN.number());

        MemorySegment request = noop(arena, 7);
        assertThat(Linux.send(state, fd, request, request.byteSize(), 0))
            .isEqualTo(request.byteSize());

        assertThat(Linux.poll(poll, 1, 10_000)).isEqualTo(1);
        assertThat(pollfd.revents(poll)).isEqualTo((short) libc.POLLIN());
        // The acknowledgement: its own header, the errno, the header of the request.
        int length = 36;
        int peek = libc.MSG_PEEK() | libc.MSG_TRUNC();
        assertThat(Linux.recv(state, fd, answer, 1, peek)).isEqualTo(length);
        assertThat(Linux.recv(state, fd, answer, answer.byteSize(), libc.MSG_DONTWAIT()))
            .isEqualTo(length);
        assertThat(nlmsghdr.nlmsg_type(answer)).isEqualTo((short) netlink.NLMSG_ERROR());
        assertThat(nlmsghdr.nlmsg_seq(answer)).isEqualTo(7);
        assertThat(nlmsgerr.error(answer.asSlice(nlmsghdr.sizeof()))).isZero();
      } finally {
        assertThat(Linux.close(fd)).isZero();
      }
    }
  }

  @Test
  void anOptionReadsAsItWasSet() {
    int fd = netlinkSocket();
    try {
      assertThat(Linux.setsockopt(fd, libc.SOL_SOCKET(), libc.SO_RCVBUF(), 100_000)).isZero();

      // socket(7): the kernel doubles this value.
      assertThat(Linux.getsockopt(fd, libc.SOL_SOCKET(), libc.SO_RCVBUF())).isEqualTo(200_000);
    } finally {
      assertThat(Linux.close(fd)).isZero();
    }
  }

  @Test
  void theCookieOfAnotherNamespaceIsAnother() throws Exception {
    long here = cookie();
    assertThat(here).isPositive();
    assertThat(cookie()).isEqualTo(here);

    long there =
        onThread(() -> {
          unshare(libc.CLONE_NEWNET());
          return cookie();
        });

    assertThat(there).isPositive().isNotEqualTo(here);
  }

  private static long cookie() {
    int fd = netlinkSocket();
    try {
      return Linux.getsockopt(fd, libc.SOL_SOCKET(), libc.SO_NETNS_COOKIE());
    } finally {
      Linux.close(fd);
    }
  }

  @Test
  void aSocketCallThatFailsReturnsItsErrno() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = Linux.newCallState(arena);
      MemorySegment address = address(arena);
      int length = (int) address.byteSize();

      assertThat(Linux.socket(-1, libc.SOCK_RAW(), 0)).isEqualTo(-Errno.EAFNOSUPPORT.number());
      assertThat(Linux.socket(libc.AF_NETLINK(), libc.SOCK_RAW(), 12345))
          .isEqualTo(-Errno.EPROTONOSUPPORT.number());
      assertThat(Linux.bind(-1, address, length)).isEqualTo(-Errno.EBADF.number());
      assertThat(Linux.connect(-1, address, length)).isEqualTo(-Errno.EBADF.number());
      assertThat(Linux.getsockname(-1, address)).isEqualTo(-Errno.EBADF.number());
      assertThat(Linux.setsockopt(-1, 0, 0, 0)).isEqualTo(-Errno.EBADF.number());
      assertThat(Linux.getsockopt(-1, 0, 0)).isEqualTo(-Errno.EBADF.number());
      assertThat(Linux.send(state, -1, address, length, 0)).isEqualTo(-Errno.EBADF.number());
      assertThat(Linux.recv(state, -1, address, length, 0)).isEqualTo(-Errno.EBADF.number());
      assertThat(Linux.close(-1)).isEqualTo(-Errno.EBADF.number());

      int fd = netlinkSocket();
      assertThat(Linux.bind(fd, address, 1)).isEqualTo(-Errno.EINVAL.number());
      assertThat(Linux.getsockopt(fd, libc.SOL_SOCKET(), -1))
          .isEqualTo(-Errno.ENOPROTOOPT.number());
      assertThat(Linux.close(fd)).isZero();
    }
  }

  @Test
  void memoryThatCantBeReadIsRefused() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = Linux.newCallState(arena);
      MemorySegment heap = MemorySegment.ofArray(new byte[16]);
      MemorySegment small = arena.allocate(8);

      assertThatIllegalArgumentException().isThrownBy(() -> Linux.send(state, -1, heap, 16, 0));
      assertThatIllegalArgumentException().isThrownBy(() -> Linux.recv(state, -1, heap, 16, 0));
      assertThatIllegalArgumentException().isThrownBy(() -> Linux.send(state, -1, small, 9, 0));
      assertThatIllegalArgumentException().isThrownBy(() -> Linux.recv(state, -1, small, -1, 0));
      assertThatIllegalArgumentException().isThrownBy(() -> Linux.bind(-1, small, 9));
      assertThatIllegalArgumentException().isThrownBy(() -> Linux.poll(small, 2, 0));
    }
  }

  // Files, namespaces and mounts

  @Test
  void aFileDescriptorLeadsToTheFileThatWasOpened() throws IOException {
    int fd = Linux.open("/proc/self/ns/net", libc.O_RDONLY() | libc.O_CLOEXEC());
    assertThat(fd).isNotNegative();
    try {
      assertThat(Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)))
          .isEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/net")));
    } finally {
      assertThat(Linux.close(fd)).isZero();
    }
    assertThat(Linux.close(fd)).isEqualTo(-Errno.EBADF.number());
  }

  @Test
  void writtenBytesAreInTheFile(@TempDir Path folder) throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    int fd = Linux.open(file.toString(), libc.O_WRONLY());
    try {
      assertThat(Linux.write(fd, new byte[] {1, 2, 3})).isEqualTo(3);
    } finally {
      assertThat(Linux.close(fd)).isZero();
    }
    assertThat(file).hasBinaryContent(new byte[] {1, 2, 3});
    assertThat(Linux.write(fd, new byte[] {1})).isEqualTo(-Errno.EBADF.number());
  }

  @Test
  void aThreadGoesToANamespaceAndBack() throws Exception {
    onThread(() -> {
      Path link = Path.of("/proc/thread-self/ns/net");
      Path before = Files.readSymbolicLink(link);
      int home = Linux.open(link.toString(), libc.O_RDONLY() | libc.O_CLOEXEC());
      try {
        unshare(libc.CLONE_NEWNET());
        assertThat(Files.readSymbolicLink(link)).isNotEqualTo(before);

        assertThat(Linux.setns(home, libc.CLONE_NEWNET())).isZero();
        assertThat(Files.readSymbolicLink(link)).isEqualTo(before);
        assertThat(Linux.setns(home, libc.CLONE_NEWUTS())).isEqualTo(-Errno.EINVAL.number());
      } finally {
        assertThat(Linux.close(home)).isZero();
      }
      return null;
    });
  }

  @Test
  void aMountIsInTheTableOfItsNamespace(@TempDir Path folder) throws Exception {
    Path source = Files.createDirectory(folder.resolve("source"));
    Path target = Files.createDirectory(folder.resolve("target"));
    Files.createFile(source.resolve("file"));
    onThread(() -> {
      unshare(libc.CLONE_NEWNS());
      int alone = libc.MS_REC() | libc.MS_PRIVATE();
      assertThat(Linux.mount(null, "/", null, alone)).isZero();

      assertThat(Linux.mount(source.toString(), target.toString(), null, libc.MS_BIND())).isZero();
      assertThat(Files.readString(Path.of("/proc/thread-self/mountinfo")))
          .contains(" " + target + " ");
      assertThat(target.resolve("file")).exists();

      int gone = libc.MNT_DETACH() | libc.UMOUNT_NOFOLLOW();
      assertThat(Linux.umount2(target.toString(), gone)).isZero();
      assertThat(target).isEmptyDirectory();
      assertThat(Linux.umount2(target.toString(), gone)).isEqualTo(-Errno.EINVAL.number());
      return null;
    });
  }

  @Test
  void aHostNameIsThatOfItsNamespace() throws Exception {
    Path hostname = Path.of("/proc/sys/kernel/hostname");
    String before = Files.readString(hostname);
    String inside =
        onThread(() -> {
          unshare(libc.CLONE_NEWUTS());
          assertThat(Linux.sethostname("x".repeat(65))).isEqualTo(-Errno.EINVAL.number());
          assertThat(Linux.sethostname("c1.test")).isZero();
          return Files.readString(hostname);
        });

    assertThat(inside).isEqualTo("c1.test\n");
    assertThat(Files.readString(hostname)).isEqualTo(before);
  }

  @Test
  void aCallOnAFileThatFailsReturnsItsErrno(@TempDir Path folder) {
    String missing = folder.resolve("missing").toString();

    assertThat(Linux.open(missing, libc.O_RDONLY())).isEqualTo(-Errno.ENOENT.number());
    assertThat(Linux.open(missing + "/".repeat(5000), libc.O_RDONLY()))
        .isEqualTo(-Errno.ENAMETOOLONG.number());
    assertThat(Linux.setns(-1, libc.CLONE_NEWNET())).isEqualTo(-Errno.EBADF.number());
    assertThat(Linux.unshare(0x1)).isEqualTo(-Errno.EINVAL.number());
    assertThat(Linux.mount(null, missing, null, libc.MS_BIND())).isNegative();
    assertThat(Linux.mount(missing, missing, null, libc.MS_BIND()))
        .isIn(-Errno.ENOENT.number(), -Errno.EPERM.number());
    assertThat(Linux.umount2(missing, 0)).isIn(-Errno.ENOENT.number(), -Errno.EPERM.number());
    assertThat(Linux.umount2(missing, -1)).isEqualTo(-Errno.EINVAL.number());
    assertThatIllegalArgumentException().isThrownBy(() -> Linux.open("/proc\0/x", 0));
    assertThatIllegalArgumentException().isThrownBy(() -> Linux.umount2("/proc\0/x", 0));
    assertThatIllegalArgumentException().isThrownBy(() -> Linux.sethostname("a\0b"));
  }

  // Processes

  @Test
  void theProcessGroupIsThatOfProc() throws IOException {
    // proc(5), /proc/pid/stat: pid, (comm), state, ppid, pgrp.
    String stat = Files.readString(Path.of("/proc/self/stat"));
    String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");

    assertThat(Linux.getpgrp()).isEqualTo(Integer.parseInt(afterName[2]));
  }

  @Test
  void aProcessCallThatFailsReturnsItsErrno() throws IOException {
    int self = Math.toIntExact(ProcessHandle.current().pid());
    assertThat(Linux.kill(self, 0)).isZero();
    assertThat(Linux.kill(self, 1000)).isEqualTo(-Errno.EINVAL.number());
    assertThat(Linux.kill(Integer.MAX_VALUE, 0)).isEqualTo(-Errno.ESRCH.number());
    assertThat(Linux.tcgetpgrp(-1)).isEqualTo(-Errno.EBADF.number());
    // First argument beyond the last: nothing is changed by this.
    assertThat(Linux.closeRangeOnExec(Integer.MAX_VALUE)).isZero();

    String maskBefore = blockedSignals();
    assertThat(Linux.execve("/missing/program", List.of("program"), List.of()))
        .isEqualTo(-Errno.ENOENT.number());
    assertThat(blockedSignals()).isEqualTo(maskBefore);
  }

  private static String blockedSignals() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/thread-self/status"))) {
      return lines.filter(line -> line.startsWith("SigBlk:")).findFirst().orElseThrow();
    }
  }

  /** Becomes a shell that tells what it was given. */
  static final class BecomesAShell {
    public static void main(String[] args) {
      // Left open, as code that knows nothing of close-on-exec would.
      int leak = Linux.open("/dev/null", libc.O_RDONLY());
      int session = Linux.setsid();
      int again = Linux.setsid();
      int closed = Linux.closeRangeOnExec(3);
      String script =
          """
          echo "pid=$$ $0 $1 $SETTING"
          read pid comm state ppid pgrp session rest < /proc/$$/stat; echo "session=$session"
          while read name value; do
            if [ "$name" = SigBlk: ]; then echo "blocked=$value"; fi
          done < /proc/$$/status
          for fd in 3 4 5 6 7 8 9 %d; do if [ -e /proc/$$/fd/$fd ]; then echo "open=$fd"; fi; done
          """
              .formatted(leak);
      System.out.printf("setsid=%d again=%d closed=%d%n", session, again, closed);
      System.out.flush();
      int result =
          Linux.execve(
              "/bin/sh", List.of("sh", "-c", script, "name", "one"), List.of("SETTING=größe"));
      System.out.println("failed: " + result);
    }
  }

  @Test
  void aProgramTakesOverTheProcessAndNothingElse() throws Exception {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    Process process =
        new ProcessBuilder(
                java.toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classes(Linux.class) + ":" + classes(LinuxTest.class),
                BecomesAShell.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();

    long pid = process.pid();
    assertThat(output.lines())
        .containsExactly(
            "setsid=%d again=%d closed=0".formatted(pid, -Errno.EPERM.number()),
            "pid=%d name one größe".formatted(pid),
            "session=" + pid,
            "blocked=0000000000000000");
    assertThat(status).isZero();
  }

  /** The folder that a class was loaded from, be it in a module or not. */
  private static Path classes(Class<?> type) throws Exception {
    String file = type.getName().replace('.', '/') + ".class";
    Path path = Path.of(type.getResource("/" + file).toURI());
    for (int i = 0; i < Path.of(file).getNameCount(); i++) {
      path = path.getParent();
    }
    return path;
  }

  // What the tests share

  private static int netlinkSocket() {
    int type = libc.SOCK_RAW() | libc.SOCK_CLOEXEC();
    int fd = Linux.socket(libc.AF_NETLINK(), type, netlink.NETLINK_ROUTE());
    assertThat(fd).isNotNegative();
    return fd;
  }

  private static MemorySegment address(Arena arena) {
    MemorySegment address = arena.allocate(sockaddr_nl.layout());
    sockaddr_nl.nl_family(address, (short) libc.AF_NETLINK());
    return address;
  }

  private static MemorySegment noop(Arena arena, int sequence) {
    MemorySegment message = arena.allocate(nlmsghdr.layout());
    nlmsghdr.nlmsg_len(message, (int) message.byteSize());
    nlmsghdr.nlmsg_type(message, (short) netlink.NLMSG_NOOP());
    nlmsghdr.nlmsg_flags(message, (short) (netlink.NLM_F_REQUEST() | netlink.NLM_F_ACK()));
    nlmsghdr.nlmsg_seq(message, sequence);
    return message;
  }

  private static void unshare(int flags) {
    int result = Linux.unshare(flags);
    assumeTrue(result != -Errno.EPERM.number(), "the tests run without CAP_SYS_ADMIN");
    assertThat(result).isZero();
  }

  /** Runs on a platform thread of its own, which takes the namespaces it goes to with it. */
  private static <T> T onThread(Callable<T> body) throws Exception {
    FutureTask<T> task = new FutureTask<>(body);
    Thread.ofPlatform().start(task);
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    }
  }
}
