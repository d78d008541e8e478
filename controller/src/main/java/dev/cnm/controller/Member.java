package dev.cnm.controller;

import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.EndpointRecord.Attachment;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.spi.EndpointContext;
import java.util.Comparator;
import java.util.List;

/** An endpoint of a stack, with its network. */
record Member(NetworkRecord network, EndpointRecord endpoint) {

  /**
   * In which order the endpoints of a stack are asked for the default routes: libnetwork's {@code
   * Endpoint.Less}.
   */
  static final Comparator<Member> ORDER =
      Comparator.comparingLong((Member it) -> -(long) it.endpoint.options().gatewayPriority())
          .thenComparing(it -> it.network.options().internal())
          .thenComparingInt(it -> -it.gateways())
          .thenComparing(it -> it.network.name());

  static Member of(Picture picture, EndpointRecord endpoint) {
    return new Member(picture.networkOf(endpoint), endpoint);
  }

  /** Those in a stack, in order. */
  static List<Member> of(Picture picture, String stackId) {
    return picture.endpointsIn(stackId).stream().map(it -> of(picture, it)).sorted(ORDER).toList();
  }

  Member with(EndpointRecord other) {
    return new Member(network, other);
  }

  Member with(Attachment other) {
    return with(endpoint.with(other));
  }

  Attachment attachment() {
    return endpoint.attachment();
  }

  EndpointContext context() {
    return endpoint.context(network);
  }

  /** Of how many families it has, or hopes for, a gateway. */
  private int gateways() {
    int hopes = (gives(false) ? 1 : 0) + (gives(true) ? 1 : 0);
    return Math.max(attachment().gateways(), hopes);
  }

  /** Whether a newcomer to the stack comes before it. */
  boolean yieldsTo(Member newcomer) {
    return ORDER.compare(newcomer, this) < 0;
  }

  boolean gives(boolean ipv6) {
    return ipv6 ? attachment().gives6() : attachment().gives4();
  }
}
