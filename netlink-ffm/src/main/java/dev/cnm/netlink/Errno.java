package dev.cnm.netlink;

import dev.cnm.netlink.gen.libc;
import java.util.Optional;

/**
 * The reasons for which Linux refuses what this module asks for, under their names of {@code
 * errno(3)}. The list is not all of that page, and a kernel may always answer with a number that
 * has no name here: hence the {@link Optional} of {@link #of}, and {@link NetlinkException} keeping
 * the number beside it.
 */
public enum Errno {
  /** The caller lacks the right to do this (often CAP_NET_ADMIN or CAP_SYS_ADMIN). */
  EPERM(
      libc.EPERM(), "the caller lacks the right to do this (often CAP_NET_ADMIN or CAP_SYS_ADMIN)"),
  /** There is no such object. */
  ENOENT(libc.ENOENT(), "there is no such object"),
  /** There is no such process, route or entry. */
  ESRCH(libc.ESRCH(), "there is no such process, route or entry"),
  /** A signal came in between. */
  EINTR(libc.EINTR(), "a signal came in between"),
  /** The device failed. */
  EIO(libc.EIO(), "the device failed"),
  /** There is no such device or address. */
  ENXIO(libc.ENXIO(), "there is no such device or address"),
  /** The arguments are too long. */
  E2BIG(libc.E2BIG(), "the arguments are too long"),
  /** The file is no program this system can run. */
  ENOEXEC(libc.ENOEXEC(), "the file is no program this system can run"),
  /** The file descriptor is not open. */
  EBADF(libc.EBADF(), "the file descriptor is not open"),
  /** There is no such child process. */
  ECHILD(libc.ECHILD(), "there is no such child process"),
  /** Nothing there yet, or no room now: try again. */
  EAGAIN(libc.EAGAIN(), "nothing there yet, or no room now: try again"),
  /** The kernel is out of memory. */
  ENOMEM(libc.ENOMEM(), "the kernel is out of memory"),
  /** Access is denied. */
  EACCES(libc.EACCES(), "access is denied"),
  /** A pointer leads nowhere. */
  EFAULT(libc.EFAULT(), "a pointer leads nowhere"),
  /** It is in use. */
  EBUSY(libc.EBUSY(), "it is in use"),
  /** It exists already. */
  EEXIST(libc.EEXIST(), "it exists already"),
  /** The two are on different file systems. */
  EXDEV(libc.EXDEV(), "the two are on different file systems"),
  /** There is no such device. */
  ENODEV(libc.ENODEV(), "there is no such device"),
  /** A part of the path is not a directory. */
  ENOTDIR(libc.ENOTDIR(), "a part of the path is not a directory"),
  /** It is a directory. */
  EISDIR(libc.EISDIR(), "it is a directory"),
  /** An argument is invalid. */
  EINVAL(libc.EINVAL(), "an argument is invalid"),
  /** The system has too many files open. */
  ENFILE(libc.ENFILE(), "the system has too many files open: raise fs.file-max"),
  /** The process has too many files open. */
  EMFILE(libc.EMFILE(), "the process has too many files open: raise its limit with 'ulimit -n'"),
  /** It is no terminal. */
  ENOTTY(libc.ENOTTY(), "it is no terminal"),
  /** The program is being written to. */
  ETXTBSY(libc.ETXTBSY(), "the program is being written to"),
  /** It is too big. */
  EFBIG(libc.EFBIG(), "it is too big"),
  /** There is no space left, or a limit is reached. */
  ENOSPC(libc.ENOSPC(), "there is no space left, or a limit is reached"),
  /** The file system is read-only. */
  EROFS(libc.EROFS(), "the file system is read-only"),
  /** There are too many links. */
  EMLINK(libc.EMLINK(), "there are too many links"),
  /** Nobody reads at the other end. */
  EPIPE(libc.EPIPE(), "nobody reads at the other end"),
  /** A value is out of range, or a name too long. */
  ERANGE(libc.ERANGE(), "a value is out of range, or a name too long"),
  /** It would wait for itself. */
  EDEADLK(libc.EDEADLK(), "it would wait for itself"),
  /** The name is too long. */
  ENAMETOOLONG(libc.ENAMETOOLONG(), "the name is too long"),
  /** This kernel lacks the system call. */
  ENOSYS(libc.ENOSYS(), "this kernel lacks the system call"),
  /** It is not empty. */
  ENOTEMPTY(libc.ENOTEMPTY(), "it is not empty"),
  /** There are too many symbolic links on the way. */
  ELOOP(libc.ELOOP(), "there are too many symbolic links on the way"),
  /** There are no data. */
  ENODATA(libc.ENODATA(), "there are no data"),
  /** The time is up. */
  ETIME(libc.ETIME(), "the time is up"),
  /** The message breaks the protocol. */
  EPROTO(libc.EPROTO(), "the message breaks the protocol"),
  /** The message makes no sense. */
  EBADMSG(libc.EBADMSG(), "the message makes no sense"),
  /** A value doesn't fit its type. */
  EOVERFLOW(libc.EOVERFLOW(), "a value doesn't fit its type"),
  /** The call has to be made anew. */
  ERESTART(libc.ERESTART(), "the call has to be made anew"),
  /** There are too many users. */
  EUSERS(libc.EUSERS(), "there are too many users"),
  /** It is no socket. */
  ENOTSOCK(libc.ENOTSOCK(), "it is no socket"),
  /** A destination is needed. */
  EDESTADDRREQ(libc.EDESTADDRREQ(), "a destination is needed"),
  /** The message is too long. */
  EMSGSIZE(libc.EMSGSIZE(), "the message is too long"),
  /** The protocol has no such option. */
  ENOPROTOOPT(libc.ENOPROTOOPT(), "the protocol has no such option"),
  /** The kernel lacks this protocol. */
  EPROTONOSUPPORT(libc.EPROTONOSUPPORT(), "the kernel lacks this protocol"),
  /** The kernel lacks this type of socket. */
  ESOCKTNOSUPPORT(libc.ESOCKTNOSUPPORT(), "the kernel lacks this type of socket"),
  /** The kernel, or this kind of object, lacks the feature. */
  EOPNOTSUPP(libc.EOPNOTSUPP(), "the kernel, or this kind of object, lacks the feature"),
  /** The kernel lacks this protocol family. */
  EPFNOSUPPORT(libc.EPFNOSUPPORT(), "the kernel lacks this protocol family"),
  /** The kernel lacks this address family. */
  EAFNOSUPPORT(libc.EAFNOSUPPORT(), "the kernel lacks this address family"),
  /** The address is in use. */
  EADDRINUSE(libc.EADDRINUSE(), "the address is in use"),
  /** The address is not one of this system. */
  EADDRNOTAVAIL(libc.EADDRNOTAVAIL(), "the address is not one of this system"),
  /** The link is down. */
  ENETDOWN(libc.ENETDOWN(), "the link is down"),
  /** There is no route to the network. */
  ENETUNREACH(libc.ENETUNREACH(), "there is no route to the network"),
  /** The network dropped the connection. */
  ENETRESET(libc.ENETRESET(), "the network dropped the connection"),
  /** The connection was given up. */
  ECONNABORTED(libc.ECONNABORTED(), "the connection was given up"),
  /** The peer broke the connection off. */
  ECONNRESET(libc.ECONNRESET(), "the peer broke the connection off"),
  /** A buffer overflowed, so messages are lost. */
  ENOBUFS(libc.ENOBUFS(), "a buffer overflowed, so messages are lost"),
  /** It is connected already. */
  EISCONN(libc.EISCONN(), "it is connected already"),
  /** It is not connected. */
  ENOTCONN(libc.ENOTCONN(), "it is not connected"),
  /** No answer came in time. */
  ETIMEDOUT(libc.ETIMEDOUT(), "no answer came in time"),
  /** Nobody listens there. */
  ECONNREFUSED(libc.ECONNREFUSED(), "nobody listens there"),
  /** The host is down. */
  EHOSTDOWN(libc.EHOSTDOWN(), "the host is down"),
  /** There is no way to the host. */
  EHOSTUNREACH(libc.EHOSTUNREACH(), "there is no way to the host"),
  /** It is under way already. */
  EALREADY(libc.EALREADY(), "it is under way already"),
  /** It is under way. */
  EINPROGRESS(libc.EINPROGRESS(), "it is under way"),
  /** The object is gone or was replaced. */
  ESTALE(libc.ESTALE(), "the object is gone or was replaced"),
  /** The quota is used up. */
  EDQUOT(libc.EDQUOT(), "the quota is used up"),
  /** It was cancelled. */
  ECANCELED(libc.ECANCELED(), "it was cancelled");

  private final int number;
  private final String text;

  Errno(int number, String text) {
    this.number = number;
    this.text = text;
  }

  /**
   * The number on this architecture.
   *
   * @return a positive number; the kernel and {@code internal.Linux} return it negated
   */
  public int number() {
    return number;
  }

  /**
   * What it means.
   *
   * @return a few words to go on with after a colon, not the text of {@code strerror(3)}
   */
  public String text() {
    return text;
  }

  /**
   * The error of a number.
   *
   * @param number a positive number
   * @return the error, or nothing if no name is known here for {@code number}
   */
  public static Optional<Errno> of(int number) {
    for (Errno errno : values()) {
      if (errno.number == number) {
        return Optional.of(errno);
      }
    }
    return Optional.empty();
  }

  /** Name and meaning, such as {@code EEXIST (it exists already)}, or the bare number. */
  public static String describe(int number) {
    return of(number)
        .map(errno -> errno.name() + " (" + errno.text + ")")
        .orElse("errno " + number);
  }
}
