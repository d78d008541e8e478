package dev.cnm.ipam;

import dev.cnm.ControllerOptions.AddressRange;
import dev.cnm.IpPrefix;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where subnets are cut from when none is asked for.
 *
 * @param ranges tried in order
 * @param avoided never given out, though they lie in a range
 */
record AddressRanges(List<AddressRange> ranges, List<IpPrefix> avoided) {

  /** 4096 subnets of 254 addresses each, away from what routers, Docker and podman hand out. */
  private static final AddressRange IPV4 = new AddressRange(IpPrefix.parse("10.192.0.0/12"), 24);

  /** Docker's own default pools, and podman's first two. */
  private static final List<IpPrefix> OTHERS =
      List.of(
          IpPrefix.parse("172.16.0.0/12"),
          IpPrefix.parse("10.88.0.0/16"),
          IpPrefix.parse("10.89.0.0/16"));

  /** The ranges that were configured, completed by our own for a family that is missing. */
  static AddressRanges of(List<AddressRange> configured) {
    List<AddressRange> ranges = new ArrayList<>(configured);
    if (configured.stream().allMatch(range -> range.base().isIpv6())) {
      ranges.add(IPV4);
    }
    if (configured.stream().noneMatch(range -> range.base().isIpv6())) {
      ranges.add(new AddressRange(uniqueLocal(), 64));
    }
    // Who configures a range means it: nothing in it is kept for others.
    return new AddressRanges(List.copyOf(ranges), configured.isEmpty() ? OTHERS : List.of());
  }

  /**
   * A /48 of this machine's own (RFC 4193 section 3.2): {@code fd}, then 40 bits of the hash of its
   * machine id, or random ones where it has none.
   */
  private static IpPrefix uniqueLocal() {
    byte[] octets = new byte[16];
    byte[] global = new byte[5];
    // Not through a channel, which an interrupted thread can't read.
    try (InputStream file = new FileInputStream("/etc/machine-id")) {
      String id = new String(file.readAllBytes(), StandardCharsets.US_ASCII).strip();
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(("cnm " + id).getBytes(StandardCharsets.US_ASCII));
      global = Arrays.copyOf(hash, global.length);
    } catch (IOException | NoSuchAlgorithmException e) {
      new SecureRandom().nextBytes(global);
    }
    octets[0] = (byte) 0xfd;
    System.arraycopy(global, 0, octets, 1, global.length);
    return new IpPrefix(Numbers.address(new BigInteger(1, octets), true), 48);
  }
}
