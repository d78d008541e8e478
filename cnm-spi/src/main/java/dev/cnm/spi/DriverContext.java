package dev.cnm.spi;

import dev.cnm.ControllerOptions.AddressRange;
import java.util.List;

/**
 * What a driver is created with.
 *
 * @param host the namespace that plays the host; the driver changes nothing outside it and the
 *     sandboxes that it is given
 * @param addressRanges where subnets are to be cut from, as the controller was told; empty if it
 *     was not
 * @param existing what there is of the driver's networks; nothing for an IPAM driver
 * @param owner whose networks they are: {@code cnm-} and eight hexadecimal digits, the same for all
 *     controllers of one store, and as durable as that. What a driver leaves on the host is to say
 *     whose it is, where the kernel has a place for it: this, the first twelve digits of the
 *     network's or endpoint's id, and the names, such as {@code cnm-1f0c93ab 8a4f01c2d3e4 web/c1}.
 *     As long as one of the controllers is open, abstract unix sockets in the host's network
 *     namespace, whose names begin with this and a slash, show that somebody stands behind it
 */
public record DriverContext(
    NamespaceHandle host, List<AddressRange> addressRanges, Existing existing, String owner) {

  /** Copies the list. */
  public DriverContext {
    addressRanges = List.copyOf(addressRanges);
  }
}
