package dev.cnm.netlink;

import dev.cnm.netlink.gen.libc;
import java.util.Optional;

/**
 * The reasons for which Linux refuses what this module asks for ({@code errno(3)}; the numbers are
 * those of the headers that the bindings were made from).
 */
public enum Errno {
  /** Operation not permitted. */
  EPERM(libc.EPERM(), "operation not permitted"),
  /** No such object. */
  ENOENT(libc.ENOENT(), "no such object"),
  /** No such process. */
  ESRCH(libc.ESRCH(), "no such process"),
  /** Interrupted. */
  EINTR(libc.EINTR(), "interrupted"),
  /** Input/output error. */
  EIO(libc.EIO(), "input/output error"),
  /** No such device or address. */
  ENXIO(libc.ENXIO(), "no such device or address"),
  /** Too large. */
  E2BIG(libc.E2BIG(), "too large"),
  /** Bad file descriptor. */
  EBADF(libc.EBADF(), "bad file descriptor"),
  /** Try again. */
  EAGAIN(libc.EAGAIN(), "try again"),
  /** Out of memory. */
  ENOMEM(libc.ENOMEM(), "out of memory"),
  /** Permission denied. */
  EACCES(libc.EACCES(), "permission denied"),
  /** Bad address. */
  EFAULT(libc.EFAULT(), "bad address"),
  /** In use. */
  EBUSY(libc.EBUSY(), "in use"),
  /** Exists already. */
  EEXIST(libc.EEXIST(), "exists already"),
  /** Crosses devices. */
  EXDEV(libc.EXDEV(), "crosses devices"),
  /** No such device. */
  ENODEV(libc.ENODEV(), "no such device"),
  /** Not a directory. */
  ENOTDIR(libc.ENOTDIR(), "not a directory"),
  /** Is a directory. */
  EISDIR(libc.EISDIR(), "is a directory"),
  /** Invalid argument. */
  EINVAL(libc.EINVAL(), "invalid argument"),
  /** Too many open files in the system. */
  ENFILE(libc.ENFILE(), "too many open files in the system"),
  /** Too many open files. */
  EMFILE(libc.EMFILE(), "too many open files"),
  /** No space left. */
  ENOSPC(libc.ENOSPC(), "no space left"),
  /** Read-only file system. */
  EROFS(libc.EROFS(), "read-only file system"),
  /** Out of range. */
  ERANGE(libc.ERANGE(), "out of range"),
  /** Name too long. */
  ENAMETOOLONG(libc.ENAMETOOLONG(), "name too long"),
  /** Not in this kernel. */
  ENOSYS(libc.ENOSYS(), "not in this kernel"),
  /** Not empty. */
  ENOTEMPTY(libc.ENOTEMPTY(), "not empty"),
  /** Too many symbolic links. */
  ELOOP(libc.ELOOP(), "too many symbolic links"),
  /** No data. */
  ENODATA(libc.ENODATA(), "no data"),
  /** Protocol error. */
  EPROTO(libc.EPROTO(), "protocol error"),
  /** Value too large. */
  EOVERFLOW(libc.EOVERFLOW(), "value too large"),
  /** Message too long. */
  EMSGSIZE(libc.EMSGSIZE(), "message too long"),
  /** Protocol not supported. */
  EPROTONOSUPPORT(libc.EPROTONOSUPPORT(), "protocol not supported"),
  /** Operation not supported. */
  EOPNOTSUPP(libc.EOPNOTSUPP(), "operation not supported"),
  /** Protocol family not supported. */
  EPFNOSUPPORT(libc.EPFNOSUPPORT(), "protocol family not supported"),
  /** Address family not supported. */
  EAFNOSUPPORT(libc.EAFNOSUPPORT(), "address family not supported"),
  /** Address in use. */
  EADDRINUSE(libc.EADDRINUSE(), "address in use"),
  /** Address not available. */
  EADDRNOTAVAIL(libc.EADDRNOTAVAIL(), "address not available"),
  /** Network is down. */
  ENETDOWN(libc.ENETDOWN(), "network is down"),
  /** Network is unreachable. */
  ENETUNREACH(libc.ENETUNREACH(), "network is unreachable"),
  /** No buffer space. */
  ENOBUFS(libc.ENOBUFS(), "no buffer space"),
  /** Already connected. */
  EISCONN(libc.EISCONN(), "already connected"),
  /** Not connected. */
  ENOTCONN(libc.ENOTCONN(), "not connected"),
  /** Timed out. */
  ETIMEDOUT(libc.ETIMEDOUT(), "timed out"),
  /** Connection refused. */
  ECONNREFUSED(libc.ECONNREFUSED(), "connection refused"),
  /** Host is unreachable. */
  EHOSTUNREACH(libc.EHOSTUNREACH(), "host is unreachable"),
  /** Already in progress. */
  EALREADY(libc.EALREADY(), "already in progress"),
  /** Stale handle. */
  ESTALE(libc.ESTALE(), "stale handle"),
  /** Quota exceeded. */
  EDQUOT(libc.EDQUOT(), "quota exceeded"),
  /** Canceled. */
  ECANCELED(libc.ECANCELED(), "canceled");

  private final int number;
  private final String text;

  Errno(int number, String text) {
    this.number = number;
    this.text = text;
  }

  /** The number, positive. */
  public int number() {
    return number;
  }

  /** What it means, in a few words. */
  public String text() {
    return text;
  }

  /** The one of this number, if it is among them. */
  public static Optional<Errno> of(int number) {
    for (Errno errno : values()) {
      if (errno.number == number) {
        return Optional.of(errno);
      }
    }
    return Optional.empty();
  }

  /** Name and meaning, such as {@code EEXIST (exists already)}, or the bare number. */
  static String describe(int number) {
    return of(number)
        .map(errno -> errno.name() + " (" + errno.text + ")")
        .orElse("errno " + number);
  }
}
