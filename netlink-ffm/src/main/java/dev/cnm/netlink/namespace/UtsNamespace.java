package dev.cnm.netlink.namespace;

import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.internal.Linux;
import java.io.IOException;

/**
 * A UTS namespace ({@code uts_namespaces(7)}): a host name of one's own. Every method changes the
 * calling thread, which must be one of {@link NamespaceThread#call}.
 */
public final class UtsNamespace {

  private UtsNamespace() {}

  /**
   * Gives the calling thread a UTS namespace of its own with this host name.
   *
   * @param hostname at most 64 octets ({@code sethostname(2)})
   * @throws IOException if the kernel refuses
   */
  public static void unshare(String hostname) throws IOException {
    NamespaceThread.require();
    Failures.check(Linux.unshare(libc.CLONE_NEWUTS()), "create a UTS namespace");
    Failures.check(Linux.sethostname(hostname), "set the host name to " + hostname);
  }

  /**
   * Moves the calling thread into the UTS namespace of a process.
   *
   * @throws IOException if there is no such process, or the kernel refuses
   */
  public static void enter(long pid) throws IOException {
    NamespaceThread.require();
    OtherNamespaces.enter(pid, "uts", libc.CLONE_NEWUTS());
  }
}
