package dev.cnm.driver.bridge;

import dev.cnm.ConflictException;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.Protocol;
import dev.cnm.netlink.Errno;
import dev.cnm.netlink.inet.InetSocket;
import dev.cnm.netlink.inet.SocketError;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A port of the host that is ours as long as this is open: a socket is bound to it, and listens
 * where the protocol has that, so that nobody else can have it. It hears nothing unless a proxy is
 * to serve it.
 *
 * @param address the unspecified one for all addresses of its family
 */
record HostPort(InetAddress address, int port, Protocol protocol, InetSocket socket)
    implements AutoCloseable {

  /** Somebody has the port. */
  static final class TakenException extends IOException {
    private static final long serialVersionUID = 1L;

    TakenException(String message, Throwable cause) {
      super(message, cause);
    }

    /** For the caller, who chose the port. */
    ConflictException asConflict() {
      ConflictException conflict = new ConflictException(String.valueOf(getMessage()));
      conflict.initCause(this);
      return conflict;
    }
  }

  /** The host lacks the address, or the kernel the protocol. */
  static final class NoSuchHere extends IOException {
    private static final long serialVersionUID = 1L;

    NoSuchHere(String message, Throwable cause) {
      super(message, cause);
    }

    /** For the caller, who asked for it. */
    InvalidParameterException asRefusal() {
      InvalidParameterException refusal =
          new InvalidParameterException(String.valueOf(getMessage()));
      refusal.initCause(this);
      return refusal;
    }
  }

  /**
   * Takes a port.
   *
   * @param port 0 for any free one
   * @param heard whether a proxy is to serve it: the socket is deaf otherwise
   * @throws TakenException if somebody has it
   * @throws NoSuchHere if the host doesn't have the address, or the kernel not the protocol
   * @throws IOException if the kernel refuses for another reason
   */
  static HostPort take(
      HostSockets sockets, InetAddress address, int port, Protocol protocol, boolean heard)
      throws IOException {
    InetSocket socket;
    try {
      socket = sockets.take(address instanceof Inet6Address, protocol.number());
    } catch (SocketError e) {
      String what = describe(address, port, protocol);
      if (e.is(Errno.EPROTONOSUPPORT) || e.is(Errno.EAFNOSUPPORT)) {
        throw refused(what, "the kernel of this host has no " + missing(e, protocol), e);
      }
      throw new IOException("failed to bind host port " + what + ": " + e.getMessage(), e);
    }
    try {
      if (protocol != Protocol.UDP) {
        socket.reuseAddress();
      }
      if (!heard) {
        socket.deafen();
      }
      socket.bind(new InetSocketAddress(address, port));
      if (protocol != Protocol.UDP) {
        socket.listen();
      }
      int taken = port != 0 ? port : socket.localAddress().getPort();
      return new HostPort(address, taken, protocol, socket);
    } catch (SocketError e) {
      socket.close();
      throw refused(address, describe(address, port, protocol), e);
    }
  }

  private static IOException refused(InetAddress address, String what, SocketError e) {
    if (e.is(Errno.EADDRINUSE)) {
      return new TakenException("failed to bind host port " + what + ": address already in use", e);
    }
    if (e.is(Errno.EADDRNOTAVAIL) || (e.is(Errno.EINVAL) && address.isLinkLocalAddress())) {
      return refused(what, "this host has no address " + IpPrefix.text(address), e);
    }
    return new IOException("failed to bind host port " + what + ": " + e.getMessage(), e);
  }

  private static String missing(SocketError e, Protocol protocol) {
    return e.is(Errno.EAFNOSUPPORT) ? "IPv6" : protocol.name();
  }

  private static NoSuchHere refused(String what, String why, SocketError cause) {
    return new NoSuchHere("failed to bind host port " + what + ": " + why, cause);
  }

  /** Such as {@code 0.0.0.0:8080/tcp}. */
  private static String describe(InetAddress address, int port, Protocol protocol) {
    String text = IpPrefix.text(address);
    return (text.indexOf(':') < 0 ? text : "[" + text + "]") + ":" + port + "/" + protocol;
  }

  @Override
  public void close() {
    socket.close();
  }
}
