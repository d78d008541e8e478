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
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A netlink socket ({@code netlink(7)}). It belongs for ever to the network namespace of the thread
 * that opened it, has a port id that the kernel chose, and is connected to the kernel, so that no
 * other process can speak to it. It asks for extended acknowledgements and strict checking.
 *
 * <p>Safe for use by several threads: an exchange, from its request to its last answer, is made by
 * one at a time. The kernel has queued its answer before {@code sendmsg(2)} returns
 * (net/netlink/af_netlink.c, {@code netlink_unicast_kernel}), so that nothing here waits but for
 * what the kernel itself waits for.
 */
public final class NetlinkSocket implements AutoCloseable {

  private static final int DUMP_ATTEMPTS = 5;
  private static final int DUMP_BUFFER = 65_536;
  private static final int ANSWER_TIMEOUT_MILLIS = 10_000;

  private final ReentrantLock lock = new ReentrantLock();
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
    } catch (IOException e) {
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
    try (Arena call = Arena.ofConfined()) {
      MemorySegment kernel = sockaddr_nl.allocate(call);
      sockaddr_nl.nl_family(kernel, (short) libc.AF_NETLINK());
      int length = (int) sockaddr_nl.sizeof();
      check(Linux.bind(fd, kernel, length), "bind a netlink socket");
      check(Linux.connect(fd, kernel, length), "connect a netlink socket to the kernel");
    }
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
   * @throws IOException if the socket fails or is closed
   */
  public BatchResult submit(List<? extends Request> requests) throws IOException {
    return submit(requests, (request, message) -> {});
  }

  /**
   * Sends several requests at once; those that the kernel answers with more than an acknowledgement
   * have their answers given to {@code replies}.
   *
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
    List<T> values = new ArrayList<>(1);
    submit(
            List.of(request),
            (index, message) -> {
              T value = decoder.decode(message);
              if (value != null) {
                values.add(value);
              }
            })
        .orElseThrow();
    return values.isEmpty() ? Optional.empty() : Optional.of(values.getFirst());
  }

  /**
   * Lists objects. If they change meanwhile, it begins again, five times at most.
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
      for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
        List<T> values = new ArrayList<>();
        if (dumpOnce(request, decoder, values)) {
          return values;
        }
      }
      throw new DumpInterruptedException(request.describe(), namespace, DUMP_ATTEMPTS);
    } finally {
      lock.unlock();
    }
  }

  private <T> boolean dumpOnce(Request request, Decoder<T> decoder, List<T> values)
      throws IOException {
    int wanted = send(List.of(request), netlink.NLM_F_DUMP());
    boolean whole = true;
    while (true) {
      int received = receive(request);
      if (received < 0) {
        whole = false;
        continue;
      }
      for (int at = 0; at < received; ) {
        Message message = Message.of(answers.asSlice(at, received - at));
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
    check(sent, describe(requests));
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
    Outcome[] outcomes = new Outcome[count];
    Arrays.fill(outcomes, DONE);
    int last = first + lastAcknowledged(requests);
    boolean pending = true;
    while (pending) {
      int received = receive(requests.get(last - first));
      if (received < 0) {
        throw new IOException(
            "lost answers to " + describe(requests) + " in " + namespace + ": ENOBUFS");
      }
      for (int at = 0; at < received; ) {
        Message message = Message.of(answers.asSlice(at, received - at));
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
          outcomes[index] =
              new Outcome.Failed(failure(error, requests.get(index), index, message, ERROR_LENGTH));
        }
        pending &= message.sequence() != last;
      }
    }
    return new BatchResult(Arrays.asList(outcomes));
  }

  private static final Outcome DONE = new Outcome.Done();

  /** {@code sizeof(struct nlmsgerr)}: the errno and the header of the request. */
  private static final int ERROR_LENGTH = 4 + MessageWriter.HEADER_LENGTH;

  /** Receives a datagram and returns its length, or -1 if the kernel had to drop some. */
  private int receive(Request request) throws IOException {
    int flags = libc.MSG_DONTWAIT() | libc.MSG_TRUNC();
    while (true) {
      long received = Linux.recv(callState, fd, answers, answers.byteSize(), flags);
      if (received == -Errno.EAGAIN.number()) {
        await(request);
      } else if (received == -Errno.ENOBUFS.number()) {
        return -1;
      } else if (received != -Errno.EINTR.number()) {
        check(received, request.describe());
        if (received > answers.byteSize()) {
          long had = answers.byteSize();
          answers = arena.allocate(received, 8);
          throw new MalformedMessageException(
              "an answer to "
                  + request.describe()
                  + " of "
                  + received
                  + " octets was cut to "
                  + had);
        }
        return (int) received;
      }
    }
  }

  private void await(Request request) throws IOException {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment poll = pollfd.allocate(call);
      pollfd.fd(poll, fd);
      pollfd.events(poll, (short) libc.POLLIN());
      int ready = Linux.poll(poll, 1, ANSWER_TIMEOUT_MILLIS);
      if (ready == 0) {
        throw new NetlinkException(
            Errno.ETIMEDOUT.number(), request.describe(), namespace, "no answer came", null);
      }
      if (ready != -Errno.EINTR.number()) {
        check(ready, request.describe());
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
    MemorySegment sent = writer.written();
    if (starts[index] < sent.byteSize()) {
      Message tried = Message.of(sent.asSlice(starts[index]));
      AttributeNames names = AttributeNames.of(family, tried.type());
      if (missingType >= 0) {
        path = "missing " + names.missing(tried, missingNest, missingType);
      } else if (offset > 0) {
        path = names.path(tried, offset);
      }
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
