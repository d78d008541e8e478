package dev.cnm.netlink;

import java.io.IOException;

/**
 * What was to be listed kept changing while it was listed, several times over ({@code
 * NLM_F_DUMP_INTR} of linux/netlink.h). Trying again later may succeed.
 */
public final class DumpInterruptedException extends IOException {

  private static final long serialVersionUID = 1L;

  DumpInterruptedException(String request, String namespace, int attempts) {
    super(
        "cannot "
            + request
            + " in "
            + namespace
            + ": it changed during each of "
            + attempts
            + " attempts");
  }
}
