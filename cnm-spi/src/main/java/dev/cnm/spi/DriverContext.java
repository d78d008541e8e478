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
 */
public record DriverContext(
    NamespaceHandle host, List<AddressRange> addressRanges, Existing existing) {

  /** Copies the list. */
  public DriverContext {
    addressRanges = List.copyOf(addressRanges);
  }
}
