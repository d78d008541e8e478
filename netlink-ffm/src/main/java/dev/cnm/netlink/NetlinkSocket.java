package dev.cnm.netlink;

import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.gen.netlink;
import dev.cnm.netlink.gen.pollfd;
import dev.cnm.netlink.gen.sockaddr_nl;
import dev.cnm.netlink.internal.Linux;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A netlink socket ({@code netlink(7)}). It belongs for ever to the network namespace of the thread
 * that opened it, has a port id that the kernel chose, and is connected to the kernel, so that no
 * other process can speak to it. It asks for extended acknowledgements and strict checking.
 *
 * <p>Safe for use by several threads: an exchange, from its request to its last answer, is made by
 * one at a time, in the order in which they came. The kernel has queued its answer before {@code
 * sendmsg(2)} returns (net/netlink/af_netlink.c, {@code netlink_unicast_kernel}), so that nothing
 * here waits but for what the kernel itself waits for.
 */
public final class NetlinkSocket implements AutoCloseable {

  private static final int ATTEMPTS = 5;
  private static final int DUMP_BUFFER = 65_536;
  private static final int ANSWER_TIMEOUT_MILLIS = 10_000;

  /**
   * How much the kernel may hold for this socket, which it allocates only as it comes: a large
   * nftables transaction on the way in, and on the way out a datagram for each refusal or echo of a
   * batch, which count with all of their overhead (some 800 octets and some 4 KiB).
   */
  private static final int SOCKET_BUFFER = 4 << 20;

  /** Fair: the kernel takes milliseconds for some requests, and nobody is to wait for ever. */
  private final ReentrantLock lock = new ReentrantLock(true);

  private final NetlinkFamily family;
  private final String namespace;
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment callState = Linux.newCallState(arena);
  private final MessageWriter writer = new MessageWriter();
  private MemorySegment answers = arena.allocate(8192, 8);
  private int[] starts = new int[16];
  private int sequence;
  private int fd;

  private NetlinkSocket(NetlinkFamily family, String namespace, int fd) {
    this.family = family;
    this.namespace = namespace;
    this.fd = fd;
  }

  /** What is done with an answer that is not an acknowledgement. */
  @FunctionalInterface
  public interface Replies {

    /**
     * Takes a message.
     *
     * @param request the index of the request that it answers
     * @param message good until this returns
     */
    void take(int request, Message message) throws MalformedMessageException;
  }

  /** Makes a value of a message. */
  @FunctionalInterface
  public interface Decoder<T> {

    /** The value, or null if the message is none of those sought. */
    @Nullable T decode(Message message) throws MalformedMessageException;
  }

  /**
   * Opens a socket in the network namespace of the calling thread.
   *
   * @throws IOException if the kernel refuses; {@code EPROTONOSUPPORT} if it lacks the family
   */
  public static NetlinkSocket open(NetlinkFamily family) throws IOException {
    String namespace = Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
    int fd =
        Linux.socket(libc.AF_NETLINK(), libc.SOCK_RAW() | libc.SOCK_CLOEXEC(), family.number());
    check(fd, "open a netlink socket", namespace);
    NetlinkSocket socket = new NetlinkSocket(family, namespace, fd);
    try {
      socket.setUp();
      return socket;
    } catch (Throwable e) {
      socket.close();
      throw e;
    }
  }

  private void setUp() throws IOException {
    int options = netlink.SOL_NETLINK();
    check(Linux.setsockopt(fd, options, netlink.NETLINK_EXT_ACK(), 1), "set NETLINK_EXT_ACK");
    check(Linux.setsockopt(fd, options, netlink.NETLINK_CAP_ACK(), 1), "set NETLINK_CAP_ACK");
    check(
        Linux.setsockopt(fd, options, netlink.NETLINK_GET_STRICT_CHK(), 1),
        "set NETLINK_GET_STRICT_CHK");
    size(libc.SO_SNDBUFFORCE(), libc.SO_SNDBUF(), SOCKET_BUFFER);
    size(libc.SO_RCVBUFFORCE(), libc.SO_RCVBUF(), SOCKET_BUFFER);
    try (Arena call = Arena.ofConfined()) {
      MemorySegment kernel = sockaddr_nl.allocate(call);
      sockaddr_nl.nl_family(kernel, (short) libc.AF_NETLINK());
      int length = (int) sockaddr_nl.sizeof();
      check(Linux.bind(fd, kernel, length), "bind a netlink socket");
      check(Linux.connect(fd, kernel, length), "connect a netlink socket to the kernel");
    }
  }

  /**
   * Sizes a buffer. More than {@code net.core.wmem_max} or {@code rmem_max} takes CAP_NET_ADMIN
   * where the machine began ({@code socket(7)}); in a user namespace, that much has to do.
   */
  private void size(int forced, int modest, int octets) throws IOException {
    if (Linux.setsockopt(fd, libc.SOL_SOCKET(), forced, octets) < 0) {
      check(
          Linux.setsockopt(fd, libc.SOL_SOCKET(), modest, octets),
          "size a netlink socket's buffer");
    }
  }

  /** For a test that makes the receive buffer too small. */
  void receiveBuffer(int octets) throws IOException {
    size(libc.SO_RCVBUF(), libc.SO_RCVBUF(), octets);
  }

  /** The part of the kernel that it talks to. */
  public NetlinkFamily family() {
    return family;
  }

  /** The network namespace that it belongs to, such as {@code net:[4026532281]}. */
  public String namespace() {
    return namespace;
  }

  /**
   * A number that no other network namespace has or had since the machine was started, unlike its
   * inode: {@code SO_NETNS_COOKIE} of socket(7).
   *
   * @return empty before Linux 5.14
   * @throws IOException if the socket is closed
   */
  public OptionalLong namespaceCookie() throws IOException {
    lock.lock();
    try {
      if (fd < 0) {
        throw new IOException("the netlink socket of " + namespace + " is closed");
      }
      long cookie = Linux.getsockopt(fd, libc.SOL_SOCKET(), libc.SO_NETNS_COOKIE());
      if (cookie == -Errno.ENOPROTOOPT.number()) {
        return OptionalLong.empty();
      }
      check(Math.min(cookie, 0), "ask for the cookie of the network namespace");
      return OptionalLong.of(cookie);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Sends one request and waits for its acknowledgement.
   *
   * @throws NetlinkException if the kernel refuses it
   * @throws IOException if the socket fails or is closed
   */
  public void execute(Request request) throws IOException {
    submit(List.of(request)).orElseThrow();
  }

  /**
   * Sends several requests at once and waits for the last one's acknowledgement. They are carried
   * out in their order; one that is refused doesn't keep the kernel from the next ({@code
   * netlink_rcv_skb}).
   *
   * <p>How many go into one batch is limited by the socket's buffers: 4 MiB of requests, and as
   * much for what is answered. That is some thousand links to create or five thousand refusals. In
   * a user namespace it is {@code net.core.wmem_max} and {@code rmem_max}, a twentieth by default.
   *
   * @throws NetlinkException with {@code EMSGSIZE} if the batch is too long; nothing was done
   * @throws AnswersLostException if there were more answers than the socket has room for
   * @throws IOException if the socket fails or is closed
   */
  public BatchResult submit(List<? extends Request> requests) throws IOException {
    return submit(requests, (request, message) -> {});
  }

  /**
   * Sends several requests at once; those that the kernel answers with more than an acknowledgement
   * have their answers given to {@code replies}.
   *
   * @throws NetlinkException with {@code EMSGSIZE} if the batch is too long; nothing was done
   * @throws AnswersLostException if there were more answers than the socket has room for
   * @throws IOException if the socket fails or is closed, or {@code replies} throws
   */
  public BatchResult submit(List<? extends Request> requests, Replies replies) throws IOException {
    if (requests.isEmpty()) {
      return new BatchResult(List.of());
    }
    lock.lock();
    try {
      int first = send(requests, 0);
      return collect(requests, first, replies);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Sends a request that the kernel answers with one message.
   *
   * @return the first value that {@code decoder} makes
   * @throws NetlinkException if the kernel refuses; where it has no such object, with {@code
   *     ENODEV} or {@code ENOENT}
   * @throws IOException if the socket fails or is closed
   */
  public <T> Optional<T> get(Request request, Decoder<T> decoder) throws IOException {
    for (int attempt = 1; ; attempt++) {
      First<T> first = new First<>(decoder);
      try {
        submit(List.of(request), first).orElseThrow();
        return Optional.ofNullable(first.value);
      } catch (AnswersLostException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /** Keeps the first value that a decoder makes. */
  private static final class First<T> implements Replies {

    private final Decoder<T> decoder;
    private @Nullable T value;

    First(Decoder<T> decoder) {
      this.decoder = decoder;
    }

    @Override
    public void take(int request, Message message) throws MalformedMessageException {
      if (value == null) {
        value = decoder.decode(message);
      }
    }
  }

  /**
   * Lists objects. If they change meanwhile so that some may be missing or there twice ({@code
   * NLM_F_DUMP_INTR}), it begins again, five times at most.
   *
   * @throws DumpInterruptedException if they changed each time
   * @throws NetlinkException if the kernel refuses
   * @throws IOException if the socket fails or is closed
   */
  public <T> List<T> dump(Request request, Decoder<T> decoder) throws IOException {
    lock.lock();
    try {
      // The kernel fills what the reader offers, up to 32 KiB (netlink_recvmsg).
      if (answers.byteSize() < DUMP_BUFFER) {
        answers = arena.allocate(DUMP_BUFFER, 8);
      }
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        List<T> values = new ArrayList<>();
        if (dumpOnce(request, decoder, values)) {
          return values;
        }
      }
      throw new DumpInterruptedException(request.describe(), namespace, ATTEMPTS);
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether the list is a whole one. */
  private <T> boolean dumpOnce(Request request, Decoder<T> decoder, List<T> values)
      throws IOException {
    List<Request> requests = List.of(request);
    int wanted = send(requests, netlink.NLM_F_DUMP());
    try {
      boolean whole = true;
      while (true) {
        int received = receive(requests);
        for (int at = 0; at < received; ) {
          Message message = Message.of(answers, at, received);
          at += MessageWriter.align(message.length());
          if (message.sequence() != wanted) {
            continue;
          }
          whole &= (message.flags() & netlink.NLM_F_DUMP_INTR()) == 0;
          if (message.type() == netlink.NLMSG_DONE()) {
            int status = message.length() >= MessageWriter.HEADER_LENGTH + 4 ? message.int32(0) : 0;
            if (status < 0) {
              throw failure(-status, request, 0, message, 4);
            }
            return whole;
          }
          if (message.type() == netlink.NLMSG_ERROR()) {
            throw failure(-message.int32(0), request, 0, message, ERROR_LENGTH);
          }
          T value = decoder.decode(message);
          if (value != null) {
            values.add(value);
          }
        }
      }
    } catch (AnswersLostException e) {
      drain();
      return false;
    } catch (IOException | RuntimeException e) {
      drain();
      throw e;
    }
  }

  /**
   * Reads what is still to come of an exchange that failed in the middle: the kernel refuses
   * another list as long as this one isn't read to its end ({@code __netlink_dump_start}).
   */
  private void drain() {
    long received;
    do {
      received = Linux.recv(callState, fd, answers, answers.byteSize(), RECEIVE_FLAGS);
    } while (received >= 0
        || received == -Errno.EINTR.number()
        || received == -Errno.ENOBUFS.number());
  }

  private int send(List<? extends Request> requests, int moreFlags) throws IOException {
    if (fd < 0) {
      throw new IOException("the netlink socket of " + namespace + " is closed");
    }
    int count = requests.size();
    if (starts.length < count) {
      starts = new int[Math.max(count, 2 * starts.length)];
    }
    int last = lastAcknowledged(requests);
    writer.clear();
    int first = nextSequence(count);
    for (int i = 0; i < count; i++) {
      Request request = requests.get(i);
      starts[i] = writer.position();
      int flags = netlink.NLM_F_REQUEST() | request.flags() | moreFlags;
      if (i == last && (flags & netlink.NLM_F_DUMP()) != netlink.NLM_F_DUMP()) {
        flags |= netlink.NLM_F_ACK();
      }
      writer.begin(request.type(), flags, first + i);
      request.encode(writer);
      writer.end();
    }
    long sent;
    do {
      sent = Linux.send(callState, fd, writer.buffer(), writer.position(), 0);
    } while (sent == -Errno.EINTR.number() || sent == -Errno.EAGAIN.number());
    if (sent < 0) {
      check(sent, describe(requests));
    }
    return first;
  }

  private static int lastAcknowledged(List<? extends Request> requests) {
    for (int i = requests.size() - 1; i >= 0; i--) {
      if (requests.get(i).acknowledged()) {
        return i;
      }
    }
    return -1;
  }

  /** Sequence numbers for {@code count} messages in a row; never 0, which notifications carry. */
  private int nextSequence(int count) {
    if (sequence > Integer.MAX_VALUE - count - 1) {
      sequence = 0;
    }
    int first = sequence + 1;
    sequence += count;
    return first;
  }

  private BatchResult collect(List<? extends Request> requests, int first, Replies replies)
      throws IOException {
    int count = requests.size();
    int last = lastAcknowledged(requests);
    if (last < 0) {
      drain();
      return BatchResult.done(count);
    }
    Outcome[] outcomes = NONE_REFUSED;
    boolean pending = true;
    try {
      while (pending) {
        int received = receive(requests);
        for (int at = 0; at < received; ) {
          Message message = Message.of(answers, at, received);
          at += MessageWriter.align(message.length());
          int index = message.sequence() - first;
          if (index < 0 || index >= count) {
            continue;
          }
          if (message.type() != netlink.NLMSG_ERROR()) {
            replies.take(index, message);
            continue;
          }
          int error = -message.int32(0);
          if (error != 0) {
            Request request = requests.get(index);
            if (outcomes.length == 0) {
              outcomes = BatchResult.done(count).outcomes().toArray(Outcome[]::new);
            }
            outcomes[index] =
                new Outcome.Failed(failure(error, request, index, message, ERROR_LENGTH));
          }
          pending &= index != last;
        }
      }
    } catch (IOException | RuntimeException e) {
      drain();
      throw e;
    }
    return outcomes.length == 0 ? BatchResult.done(count) : new BatchResult(List.of(outcomes));
  }

  /** Stands for the outcomes of a batch of which nothing was refused. */
  private static final Outcome[] NONE_REFUSED = {};

  /** {@code sizeof(struct nlmsgerr)}: the errno and the header of the request. */
  private static final int ERROR_LENGTH = 4 + MessageWriter.HEADER_LENGTH;

  /** {@code MSG_TRUNC}: the length of a datagram is told even if it is longer than the buffer. */
  private static final int RECEIVE_FLAGS = libc.MSG_DONTWAIT() | libc.MSG_TRUNC();

  /**
   * Receives a datagram and returns its length.
   *
   * @throws AnswersLostException if the kernel had to drop some, or this one was longer than the
   *     buffer, which has room for such a one from now on
   */
  private int receive(List<? extends Request> requests) throws IOException {
    while (true) {
      long received = Linux.recv(callState, fd, answers, answers.byteSize(), RECEIVE_FLAGS);
      if (received > answers.byteSize()) {
        answers = arena.allocate(received, 8);
        throw new AnswersLostException(describe(requests), namespace);
      } else if (received >= 0) {
        return (int) received;
      } else if (received == -Errno.EAGAIN.number()) {
        await(requests);
      } else if (received == -Errno.ENOBUFS.number()) {
        throw new AnswersLostException(describe(requests), namespace);
      } else if (received != -Errno.EINTR.number()) {
        check(received, describe(requests));
      }
    }
  }

  private void await(List<? extends Request> requests) throws IOException {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment poll = pollfd.allocate(call);
      pollfd.fd(poll, fd);
      pollfd.events(poll, (short) libc.POLLIN());
      int ready = Linux.poll(poll, 1, ANSWER_TIMEOUT_MILLIS);
      if (ready == 0) {
        throw new NetlinkException(
            Errno.ETIMEDOUT.number(), describe(requests), namespace, "no answer came", null);
      }
      if (ready != -Errno.EINTR.number()) {
        check(ready, describe(requests));
      }
    }
  }

  private NetlinkException failure(
      int error, Request request, int index, Message message, int attributesAt)
      throws MalformedMessageException {
    String text = null;
    int offset = 0;
    int missingType = -1;
    int missingNest = 0;
    // NLM_F_CAPPED: the request isn't repeated behind its header, attributes follow at once.
    if ((message.flags() & netlink.NLM_F_ACK_TLVS()) != 0) {
      AttributeCursor attributes = message.attributes(attributesAt);
      while (attributes.next()) {
        int type = attributes.type();
        if (type == netlink.NLMSGERR_ATTR_MSG()) {
          text = attributes.string();
        } else if (type == netlink.NLMSGERR_ATTR_OFFS()) {
          offset = attributes.u32();
        } else if (type == netlink.NLMSGERR_ATTR_MISS_TYPE()) {
          missingType = attributes.u32();
        } else if (type == netlink.NLMSGERR_ATTR_MISS_NEST()) {
          missingNest = attributes.u32();
        }
      }
    }
    String path = null;
    if (missingType >= 0 || offset > 0) {
      Message tried = Message.of(writer.written().asSlice(starts[index]));
      AttributeNames names = MessageAttributes.of(family, tried.type());
      path =
          missingType >= 0
              ? "missing " + names.missing(tried, missingNest, missingType)
              : names.path(tried, offset);
    }
    return new NetlinkException(error, request.describe(), namespace, text, path);
  }

  private static String describe(List<? extends Request> requests) {
    String first = requests.getFirst().describe();
    int more = requests.size() - 1;
    return more == 0 ? first : first + " and " + more + " more";
  }

  private void check(long result, String attempt) throws NetlinkException {
    check(result, attempt, namespace);
  }

  private static void check(long result, String attempt, String namespace) throws NetlinkException {
    if (result < 0) {
      throw new NetlinkException((int) -result, attempt, namespace, null, null);
    }
  }

  /** Closes it. Closing twice does nothing. */
  @Override
  public void close() {
    lock.lock();
    try {
      if (fd >= 0) {
        Linux.close(fd);
        fd = -1;
      }
    } finally {
      lock.unlock();
    }
  }
}
