package dev.cnm.driver.bridge;

import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.NetworkContext;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whose something on the host is, in words that stand on the thing itself: a link's alias, an
 * element's comment.
 *
 * @param owner {@link dev.cnm.spi.DriverContext#owner}
 * @param id the first twelve digits of the id of a network or an endpoint
 * @param name the network's name; for an endpoint, behind a slash, its own
 */
record Mark(String owner, String id, String name) {

  /** Of an id. */
  static final int ID_LENGTH = 12;

  /** What nft(8) takes as a comment, should somebody load what it listed, is 128 with the NUL. */
  private static final int LONGEST = 127;

  private static final Pattern TEXT =
      Pattern.compile("(cnm-[0-9a-f]{8}) ([0-9a-f]{" + ID_LENGTH + "}) ([!-~]+)");

  static Mark of(String owner, NetworkContext network) {
    return new Mark(owner, shortened(network.id()), network.name());
  }

  static Mark of(String owner, EndpointContext endpoint) {
    return new Mark(
        owner, shortened(endpoint.id()), endpoint.network().name() + "/" + endpoint.name());
  }

  /** As it stands on something; empty if that carries none. */
  static Optional<Mark> parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    return matcher.matches()
        ? Optional.of(new Mark(matcher.group(1), matcher.group(2), matcher.group(3)))
        : Optional.empty();
  }

  /** Whether it stands for a network of an owner. */
  boolean isOf(String someone, NetworkContext network) {
    return owner.equals(someone) && id.equals(shortened(network.id()));
  }

  private static String shortened(String id) {
    return id.substring(0, ID_LENGTH);
  }

  /** Such as {@code cnm-1f0c93ab 8a4f01c2d3e4 web/c1}; of long names the end is missing. */
  @Override
  public String toString() {
    String text = owner + " " + id + " " + name;
    return text.substring(0, Math.min(text.length(), LONGEST));
  }
}
