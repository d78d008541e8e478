package dev.cnm.driver.bridge;

import dev.cnm.InvalidParameterException;
import java.util.Arrays;
import java.util.Locale;

/** How a network's endpoints and the outside reach each other; Docker's gateway modes. */
enum GatewayMode {
  /** Through the host's address in both directions, and in only through published ports. */
  NAT,
  /** As {@link #NAT}, but who has a route to an endpoint's address reaches all its ports. */
  NAT_UNPROTECTED,
  /** By the endpoints' own addresses, and in only to published ports and by ICMP. */
  ROUTED,
  /** Not at all, and the bridge has no address either; for internal networks. */
  ISOLATED;

  /** Whether addresses are translated. */
  boolean translates() {
    return this == NAT || this == NAT_UNPROTECTED;
  }

  static GatewayMode parse(String option, String value) {
    for (GatewayMode mode : values()) {
      if (mode.toString().equals(value)) {
        return mode;
      }
    }
    throw new InvalidParameterException(
        "invalid " + option + ": " + value + "; one of " + Arrays.toString(values()));
  }

  /** As Docker writes it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
