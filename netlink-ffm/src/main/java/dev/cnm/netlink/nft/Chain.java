package dev.cnm.netlink.nft;

import dev.cnm.netlink.gen.nftables;
import java.util.Locale;
import java.util.Optional;

/**
 * A chain of rules.
 *
 * @param name unique in its table
 * @param base where packets enter it; empty for one that rules jump to
 * @param comment for who lists it; empty for none
 */
public record Chain(String name, Optional<Base> base, String comment) {

  /** A chain that rules jump to. */
  public static Chain regular(String name) {
    return new Chain(name, Optional.empty(), "");
  }

  /** A chain that packets enter at a hook; what no rule decides on passes. */
  public static Chain base(String name, Type type, Hook hook, int priority) {
    return new Chain(name, Optional.of(new Base(type, hook, priority, false)), "");
  }

  /** The same with a comment for who lists it. */
  public Chain commented(String text) {
    return new Chain(name, base, text);
  }

  /**
   * Where packets enter a chain.
   *
   * @param type what its rules may do
   * @param hook at which point of a packet's way
   * @param priority the lower goes first; {@code nft(8)}, "Standard priority names"
   * @param drop whether what no rule decides on is dropped
   */
  public record Base(Type type, Hook hook, int priority, boolean drop) {}

  /** What the rules of a chain may do. */
  public enum Type {
    /** Let pass or drop. */
    FILTER,
    /** Translate addresses of the first packet of a connection. */
    NAT;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A point of a packet's way (linux/netfilter.h, {@code nf_inet_hooks}). */
  public enum Hook {
    /** Came in, not routed yet. */
    PREROUTING(nftables.NF_INET_PRE_ROUTING()),
    /** For this host. */
    INPUT(nftables.NF_INET_LOCAL_IN()),
    /** Passing through. */
    FORWARD(nftables.NF_INET_FORWARD()),
    /** From this host. */
    OUTPUT(nftables.NF_INET_LOCAL_OUT()),
    /** About to leave. */
    POSTROUTING(nftables.NF_INET_POST_ROUTING());

    private final int number;

    Hook(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }
  }
}
