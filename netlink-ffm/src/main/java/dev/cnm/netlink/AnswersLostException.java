package dev.cnm.netlink;

import java.io.IOException;

/**
 * The kernel carried out what it was asked, but its answers did not all fit into the socket's
 * buffers ({@code ENOBUFS}, {@code netlink(7)}), so that nobody knows what became of which request.
 * What only looks is repeated by the socket itself; after a change, look at what there is.
 */
public final class AnswersLostException extends IOException {

  private static final long serialVersionUID = 1L;

  AnswersLostException(String request, String namespace) {
    super(
        "lost answers to "
            + request
            + " in "
            + namespace
            + ": ENOBUFS; part of it may have been carried out");
  }
}
