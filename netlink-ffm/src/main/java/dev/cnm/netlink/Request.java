package dev.cnm.netlink;

/**
 * One message to the kernel. Implementations are immutable, so that a request can be sent again and
 * from several threads.
 */
public interface Request {

  /** The message type, {@code nlmsg_type}. */
  int type();

  /**
   * The flags beyond {@code NLM_F_REQUEST} and {@code NLM_F_ACK}, which the socket adds: {@code
   * NLM_F_CREATE}, {@code NLM_F_EXCL} and so on.
   */
  int flags();

  /** Writes the family's fixed header and the attributes; the netlink header is there already. */
  void encode(MessageWriter out);

  /**
   * Whether the kernel acknowledges this message when it asks for it. Only the marks around an
   * nftables transaction are not.
   */
  default boolean acknowledged() {
    return true;
  }

  /** What this request attempts and on which object, such as {@code create link eth0}. */
  String describe();
}
