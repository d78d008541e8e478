package dev.cnm.spi;

/**
 * What a network driver is. libnetwork's {@code driverapi.Capability}, and what its controller
 * knows by heart of the null and host drivers.
 *
 * @param dataScope how far the driver's networks are known
 * @param connectivityScope how far its endpoints reach each other
 * @param addressed whether its networks have address pools and its endpoints addresses
 * @param single whether there is one network of this type, which exists from the start and can't be
 *     deleted
 */
public record DriverCapabilities(
    Scope dataScope, Scope connectivityScope, boolean addressed, boolean single) {

  /** How far something is known or reaches. */
  public enum Scope {
    /** This host. */
    LOCAL,
    /** All hosts. */
    GLOBAL
  }

  /** Networks on this host whose endpoints have addresses. */
  public static DriverCapabilities local() {
    return new DriverCapabilities(Scope.LOCAL, Scope.LOCAL, true, false);
  }

  /** These capabilities without addresses. */
  public DriverCapabilities withoutAddresses() {
    return new DriverCapabilities(dataScope, connectivityScope, false, single);
  }

  /** These capabilities for a driver that has one network only. */
  public DriverCapabilities withOneNetwork() {
    return new DriverCapabilities(dataScope, connectivityScope, addressed, true);
  }
}
