package dev.cnm.netlink.route;

import org.jspecify.annotations.Nullable;

/** What sort of link it is: {@code IFLA_INFO_KIND} with what of {@code IFLA_INFO_DATA} is known. */
public sealed interface LinkKind {

  /** The kernel's name for it, such as {@code veth}. */
  String name();

  /**
   * A bridge.
   *
   * @param vlanFiltering whether it looks at VLAN tags
   */
  record Bridge(boolean vlanFiltering) implements LinkKind {
    @Override
    public String name() {
      return "bridge";
    }
  }

  /** One end of a pair. */
  record Veth() implements LinkKind {
    @Override
    public String name() {
      return "veth";
    }
  }

  /** A link to nowhere. */
  record Dummy() implements LinkKind {
    @Override
    public String name() {
      return "dummy";
    }
  }

  /**
   * A VXLAN tunnel (RFC 7348).
   *
   * @param id the VNI, 0 to 2^24 - 1
   * @param port the UDP port of the other ends
   */
  record Vxlan(int id, int port) implements LinkKind {
    @Override
    public String name() {
      return "vxlan";
    }
  }

  /**
   * A further MAC address of another link.
   *
   * @param mode how they reach each other
   */
  record Macvlan(MacvlanMode mode) implements LinkKind {
    @Override
    public String name() {
      return "macvlan";
    }
  }

  /**
   * A kind that this library has no type for, one in a mode that it doesn't know, or none at all (a
   * device, the loopback link).
   *
   * @param name the kernel's name for it; empty if it has none
   */
  record Other(String name) implements LinkKind {}

  /** How macvlan links of one parent reach each other (linux/if_link.h, {@code macvlan_mode}). */
  enum MacvlanMode {
    /** Not at all. */
    PRIVATE(1),
    /** Through the switch outside. */
    VEPA(2),
    /** Directly. */
    BRIDGE(4),
    /** The parent is this one's alone. */
    PASSTHRU(8),
    /** Not at all, and packets come in from listed addresses only. */
    SOURCE(16);

    private final int number;

    MacvlanMode(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }

    static @Nullable MacvlanMode of(int number) {
      for (MacvlanMode mode : values()) {
        if (mode.number == number) {
          return mode;
        }
      }
      return null;
    }
  }
}
