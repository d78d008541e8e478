package dev.cnm.netlink.conntrack;

import dev.cnm.netlink.AddressFamily;
import dev.cnm.netlink.AttributeCursor;
import dev.cnm.netlink.MalformedMessageException;
import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.gen.conntrack;
import dev.cnm.netlink.gen.nftables;
import java.net.InetAddress;

/**
 * What the packets of one direction of a flow have in common (include/net/netfilter/
 * nf_conntrack_tuple.h). Within a zone, no two flows share one.
 *
 * @param source where they come from
 * @param destination where they go to; of the same family
 * @param transport what the protocol above IP adds
 */
public record FlowTuple(InetAddress source, InetAddress destination, Transport transport) {

  /**
   * Checks the families.
   *
   * @throws IllegalArgumentException if one address is of IPv4 and the other of IPv6
   */
  public FlowTuple {
    if (AddressFamily.of(source) != AddressFamily.of(destination)) {
      throw new IllegalArgumentException(
          "addresses of two families: "
              + source.getHostAddress()
              + " and "
              + destination.getHostAddress());
    }
  }

  /** The part of a tuple that depends on the protocol above IP. */
  public sealed interface Transport {

    /** The protocol's number in the IP header, such as 6 for TCP. */
    int protocol();

    /**
     * A protocol with ports: TCP (6), UDP (17), SCTP (132) and others.
     *
     * @param protocol its number, 0 to 255
     * @param source the port that packets come from, 0 to 65535
     * @param destination the port that they go to, 0 to 65535
     */
    record Ports(int protocol, int source, int destination) implements Transport {

      /**
       * Checks the ranges.
       *
       * @throws IllegalArgumentException if a number is out of its range
       */
      public Ports {
        require("a protocol", protocol, 0xff);
        require("a port", source, 0xffff);
        require("a port", destination, 0xffff);
      }
    }

    /**
     * ICMP (1) or ICMPv6 (58), of which questions and answers are tracked.
     *
     * @param protocol its number, 1 or 58
     * @param id the identifier of the question, 0 to 65535
     * @param type the message's type, 0 to 255
     * @param code the message's code, 0 to 255
     */
    record Icmp(int protocol, int id, int type, int code) implements Transport {

      /**
       * Checks the ranges.
       *
       * @throws IllegalArgumentException if a number is out of its range
       */
      public Icmp {
        if (protocol != nftables.IPPROTO_ICMP() && protocol != nftables.IPPROTO_ICMPV6()) {
          throw new IllegalArgumentException("neither ICMP nor ICMPv6: " + protocol);
        }
        require("an ICMP identifier", id, 0xffff);
        require("an ICMP type", type, 0xff);
        require("an ICMP code", code, 0xff);
      }
    }

    /**
     * A protocol of which nothing but the number is tracked, or nothing that this library knows.
     *
     * @param protocol its number, 0 to 255
     */
    record Other(int protocol) implements Transport {

      /**
       * Checks the range.
       *
       * @throws IllegalArgumentException if it is out of its range
       */
      public Other {
        require("a protocol", protocol, 0xff);
      }
    }

    private static void require(String what, int value, int max) {
      if (value < 0 || value > max) {
        throw new IllegalArgumentException(what + " is 0 to " + max + ": " + value);
      }
    }
  }

  /** A tuple of TCP, number 6. */
  public static FlowTuple tcp(
      InetAddress source, int sourcePort, InetAddress destination, int destinationPort) {
    return ports(nftables.IPPROTO_TCP(), source, sourcePort, destination, destinationPort);
  }

  /** A tuple of UDP, number 17. */
  public static FlowTuple udp(
      InetAddress source, int sourcePort, InetAddress destination, int destinationPort) {
    return ports(nftables.IPPROTO_UDP(), source, sourcePort, destination, destinationPort);
  }

  /** A tuple of SCTP, number 132. */
  public static FlowTuple sctp(
      InetAddress source, int sourcePort, InetAddress destination, int destinationPort) {
    return ports(nftables.IPPROTO_SCTP(), source, sourcePort, destination, destinationPort);
  }

  private static FlowTuple ports(
      int protocol, InetAddress source, int from, InetAddress destination, int to) {
    return new FlowTuple(source, destination, new Transport.Ports(protocol, from, to));
  }

  /** The family of both addresses. */
  public AddressFamily family() {
    return AddressFamily.of(source);
  }

  /** Writes it as {@code CTA_TUPLE_ORIG} or {@code CTA_TUPLE_REPLY}. */
  void encode(MessageWriter out, int type) {
    boolean four = family() == AddressFamily.IPV4;
    int tuple = out.nest(type);
    int addresses = out.nest(conntrack.CTA_TUPLE_IP());
    out.bytes(four ? conntrack.CTA_IP_V4_SRC() : conntrack.CTA_IP_V6_SRC(), source.getAddress());
    out.bytes(
        four ? conntrack.CTA_IP_V4_DST() : conntrack.CTA_IP_V6_DST(), destination.getAddress());
    out.endNest(addresses);
    int protocol = out.nest(conntrack.CTA_TUPLE_PROTO());
    out.u8(conntrack.CTA_PROTO_NUM(), transport.protocol());
    switch (transport) {
      case Transport.Ports(int _, int from, int to) -> {
        out.u16Be(conntrack.CTA_PROTO_SRC_PORT(), from);
        out.u16Be(conntrack.CTA_PROTO_DST_PORT(), to);
      }
      case Transport.Icmp(int number, int id, int messageType, int code) -> {
        boolean old = number == nftables.IPPROTO_ICMP();
        out.u16Be(old ? conntrack.CTA_PROTO_ICMP_ID() : conntrack.CTA_PROTO_ICMPV6_ID(), id);
        out.u8(
            old ? conntrack.CTA_PROTO_ICMP_TYPE() : conntrack.CTA_PROTO_ICMPV6_TYPE(), messageType);
        out.u8(old ? conntrack.CTA_PROTO_ICMP_CODE() : conntrack.CTA_PROTO_ICMPV6_CODE(), code);
      }
      case Transport.Other _ -> {}
    }
    out.endNest(protocol);
    out.endNest(tuple);
  }

  /** Reads the attributes of {@code CTA_TUPLE_ORIG} or {@code CTA_TUPLE_REPLY}. */
  static FlowTuple decode(AttributeCursor tuple) throws MalformedMessageException {
    InetAddress source = null;
    InetAddress destination = null;
    Transport transport = new Transport.Other(0);
    while (tuple.next()) {
      if (tuple.type() == conntrack.CTA_TUPLE_IP()) {
        AttributeCursor addresses = tuple.nested();
        while (addresses.next()) {
          int type = addresses.type();
          if (type == conntrack.CTA_IP_V4_SRC() || type == conntrack.CTA_IP_V6_SRC()) {
            source = addresses.inetAddress();
          } else if (type == conntrack.CTA_IP_V4_DST() || type == conntrack.CTA_IP_V6_DST()) {
            destination = addresses.inetAddress();
          }
        }
      } else if (tuple.type() == conntrack.CTA_TUPLE_PROTO()) {
        transport = transport(tuple.nested());
      }
    }
    if (source == null || destination == null) {
      throw new MalformedMessageException("a tuple without its two addresses");
    }
    if (AddressFamily.of(source) != AddressFamily.of(destination)) {
      throw new MalformedMessageException("a tuple with addresses of two families");
    }
    return new FlowTuple(source, destination, transport);
  }

  private static Transport transport(AttributeCursor attributes) throws MalformedMessageException {
    int protocol = 0;
    int source = -1;
    int destination = 0;
    int id = -1;
    int messageType = 0;
    int code = 0;
    while (attributes.next()) {
      int type = attributes.type();
      if (type == conntrack.CTA_PROTO_NUM()) {
        protocol = attributes.u8();
      } else if (type == conntrack.CTA_PROTO_SRC_PORT()) {
        source = attributes.u16Be();
      } else if (type == conntrack.CTA_PROTO_DST_PORT()) {
        destination = attributes.u16Be();
      } else if (type == conntrack.CTA_PROTO_ICMP_ID() || type == conntrack.CTA_PROTO_ICMPV6_ID()) {
        id = attributes.u16Be();
      } else if (type == conntrack.CTA_PROTO_ICMP_TYPE()
          || type == conntrack.CTA_PROTO_ICMPV6_TYPE()) {
        messageType = attributes.u8();
      } else if (type == conntrack.CTA_PROTO_ICMP_CODE()
          || type == conntrack.CTA_PROTO_ICMPV6_CODE()) {
        code = attributes.u8();
      }
    }
    if (source >= 0) {
      return new Transport.Ports(protocol, source, destination);
    }
    boolean icmp = protocol == nftables.IPPROTO_ICMP() || protocol == nftables.IPPROTO_ICMPV6();
    return icmp && id >= 0
        ? new Transport.Icmp(protocol, id, messageType, code)
        : new Transport.Other(protocol);
  }

  /** Such as {@code udp 10.0.0.1:4000 to 10.0.0.2:53}. */
  @Override
  public String toString() {
    String from = source.getHostAddress();
    String to = destination.getHostAddress();
    return switch (transport) {
      case Transport.Ports(int protocol, int sourcePort, int destinationPort) ->
          name(protocol)
              + " "
              + endpoint(from, sourcePort)
              + " to "
              + endpoint(to, destinationPort);
      case Transport.Icmp(int protocol, int id, int type, int code) ->
          name(protocol)
              + " "
              + from
              + " to "
              + to
              + " type "
              + type
              + " code "
              + code
              + " id "
              + id;
      case Transport.Other(int protocol) -> name(protocol) + " " + from + " to " + to;
    };
  }

  private static String endpoint(String address, int port) {
    return (address.indexOf(':') < 0 ? address : "[" + address + "]") + ":" + port;
  }

  /** The names of IANA's "Assigned Internet Protocol Numbers", as {@code conntrack(8)} has them. */
  private static String name(int protocol) {
    return switch (protocol) {
      case 1 -> "icmp";
      case 6 -> "tcp";
      case 17 -> "udp";
      case 58 -> "icmpv6";
      case 132 -> "sctp";
      default -> "protocol " + protocol;
    };
  }
}
