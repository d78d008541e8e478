package dev.cnm;

import java.util.Locale;

/** A transport protocol whose ports can be published. */
public enum Protocol {
  /** RFC 9293. */
  TCP(6),
  /** RFC 768. */
  UDP(17),
  /** RFC 9260. */
  SCTP(132);

  private final int number;

  Protocol(int number) {
    this.number = number;
  }

  /** IANA's number for it, as it stands in an IP header. */
  public int number() {
    return number;
  }

  /**
   * Reads {@code tcp}, {@code udp} or {@code sctp}, in any case.
   *
   * @throws InvalidParameterException if it is anything else
   */
  public static Protocol parse(String text) {
    for (Protocol protocol : values()) {
      if (protocol.name().equalsIgnoreCase(text)) {
        return protocol;
      }
    }
    throw new InvalidParameterException(
        "invalid protocol: " + text + "; it can be tcp, udp or sctp");
  }

  /** In lower case, as Docker writes it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
