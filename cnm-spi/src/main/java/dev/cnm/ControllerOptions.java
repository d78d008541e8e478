package dev.cnm;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How a controller is to work. A value; safe to share.
 *
 * @param hostNamespace the network namespace that plays the host, as a path that {@code setns(2)}
 *     can enter, such as {@code /run/netns/h1}; when empty, that of the process
 * @param addressRanges where the default IPAM driver takes a subnet from when none is asked for,
 *     tried in order; when empty, its own default
 * @param hostFiles the folder of the host's {@code hosts} and {@code resolv.conf}, which may change
 *     at any time
 * @param adopts whether the controller, when it is opened, takes over sandboxes that live while the
 *     process that made them has ended: their resolvers run in this process then
 * @param preparedNamespaces how many network namespaces are kept ready for new sandboxes, 0 to
 *     10,000. They are made in the background, given to one sandbox each and never used again. One
 *     takes about 150 KiB of the kernel's memory
 * @param driverDeadline how long a call of a driver that came from elsewhere is waited for, 100 ms
 *     to an hour; IPAM drivers, which keep everybody waiting, have a quarter of it, and so has
 *     closing
 */
public record ControllerOptions(
    Optional<Path> hostNamespace,
    List<AddressRange> addressRanges,
    Path hostFiles,
    boolean adopts,
    int preparedNamespaces,
    Duration driverDeadline) {

  private static final int MOST_PREPARED = 10_000;
  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofHours(1);

  private static final ControllerOptions DEFAULTS =
      new ControllerOptions(
          Optional.empty(), List.of(), Path.of("/etc"), true, 0, Duration.ofSeconds(20));

  /**
   * Copies the list and checks the number.
   *
   * @throws InvalidParameterException if the number of prepared namespaces or the deadline is out
   *     of its range
   */
  public ControllerOptions {
    addressRanges = List.copyOf(addressRanges);
    if (preparedNamespaces < 0 || preparedNamespaces > MOST_PREPARED) {
      throw new InvalidParameterException(
          "invalid number of prepared namespaces: "
              + preparedNamespaces
              + ": 0 to "
              + MOST_PREPARED);
    }
    if (driverDeadline.compareTo(SHORTEST) < 0 || driverDeadline.compareTo(LONGEST) > 0) {
      throw new InvalidParameterException(
          "invalid deadline for drivers: " + driverDeadline + ": " + SHORTEST + " to " + LONGEST);
    }
  }

  /**
   * The host of the process with its files, the default address ranges, and nothing prepared;
   * sandboxes that nobody looks after are taken over.
   */
  public static ControllerOptions defaults() {
    return DEFAULTS;
  }

  /** These options with another host. */
  public ControllerOptions withHostNamespace(Path path) {
    return new ControllerOptions(
        Optional.of(path), addressRanges, hostFiles, adopts, preparedNamespaces, driverDeadline);
  }

  /** These options with other address ranges. */
  public ControllerOptions withAddressRanges(AddressRange... ranges) {
    return new ControllerOptions(
        hostNamespace, List.of(ranges), hostFiles, adopts, preparedNamespaces, driverDeadline);
  }

  /** These options with other files of the host. */
  public ControllerOptions withHostFiles(Path folder) {
    return new ControllerOptions(
        hostNamespace, addressRanges, folder, adopts, preparedNamespaces, driverDeadline);
  }

  /** These options for a controller that is soon gone again, and takes nothing over. */
  public ControllerOptions withoutAdoption() {
    return new ControllerOptions(
        hostNamespace, addressRanges, hostFiles, false, preparedNamespaces, driverDeadline);
  }

  /** These options with another number of {@link #preparedNamespaces}. */
  public ControllerOptions withPreparedNamespaces(int number) {
    return new ControllerOptions(
        hostNamespace, addressRanges, hostFiles, adopts, number, driverDeadline);
  }

  /** These options with another {@link #driverDeadline}. */
  public ControllerOptions withDriverDeadline(Duration deadline) {
    return new ControllerOptions(
        hostNamespace, addressRanges, hostFiles, adopts, preparedNamespaces, deadline);
  }

  /**
   * A range that subnets are cut from. Docker's {@code default-address-pool}.
   *
   * @param base the whole range
   * @param size the prefix length of each subnet; {@code base.length()} to 30, or to 126 for IPv6
   */
  public record AddressRange(IpPrefix base, int size) {

    /**
     * Checks the values.
     *
     * @throws InvalidParameterException if the base has bits set behind its prefix, or the size
     *     doesn't fit in it
     */
    public AddressRange {
      if (!base.isNetwork()) {
        throw new InvalidParameterException(
            "invalid address range " + base + ": it should be " + base.network());
      }
      int longest = base.isIpv6() ? 126 : 30;
      if (size < base.length() || size > longest) {
        throw new InvalidParameterException(
            "invalid size "
                + size
                + " for subnets of "
                + base
                + ": "
                + base.length()
                + " to "
                + longest);
      }
    }
  }
}
