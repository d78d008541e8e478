package dev.cnm.controller;

import dev.cnm.PortBinding;
import dev.cnm.PortMapping;
import dev.cnm.controller.state.EndpointRecord.Attachment;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.spi.ExternalConnectivity;
import dev.cnm.spi.NetworkContext;
import dev.cnm.spi.NetworkDriver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Moves the default routes of a stack, of each family by itself, from one endpoint to another, and
 * with them the published ports.
 */
final class Gateways {

  private final Records records;
  private final Drivers drivers;

  /**
   * What a stack publishes.
   *
   * @param ports what is to be reached through the host
   * @param gateway6 the id of the endpoint that gives the IPv6 default route; empty if none does
   * @param networks those that the stack is in
   */
  record Published(List<PortMapping> ports, String gateway6, List<NetworkRecord> networks) {

    static final Published NOTHING = new Published(List.of(), "", List.of());

    Published through(String endpointId) {
      return new Published(ports, endpointId, networks);
    }

    /** The same before a network came, when another endpoint gave the IPv6 default route. */
    Published before(NetworkRecord network, String formerGateway6) {
      return new Published(
          ports,
          formerGateway6,
          networks.stream().filter(it -> !it.id().equals(network.id())).toList());
    }

    private List<NetworkContext> beside(Member member) {
      return networks.stream()
          .filter(it -> it.type().equals(member.network().type()))
          .filter(it -> !it.id().equals(member.network().id()))
          .map(NetworkRecord::context)
          .toList();
    }

    private boolean elsewhere6(Member member) {
      return !gateway6.isEmpty() && !gateway6.equals(member.endpoint().id());
    }
  }

  Gateways(Records records, Drivers drivers) {
    this.records = records;
    this.drivers = drivers;
  }

  /**
   * Makes an endpoint give these default routes and no others.
   *
   * @param published what the stack publishes
   * @param formerly what it published until now, for when that is to be so again
   * @param previous where the host had these ports until now
   * @return the member as it is now
   */
  Member change(
      NetworkNamespace sandbox,
      Member member,
      boolean four,
      boolean six,
      Published published,
      Published formerly,
      List<PortBinding> previous,
      Undo undo)
      throws IOException {
    Attachment before = member.attachment();
    takeRoute(sandbox, before, false, before.gives4() && !four, undo);
    takeRoute(sandbox, before, true, before.gives6() && !six, undo);
    undo.push(() -> takeBack(member, formerly));
    Member now = connect(member.with(before.giving(four, six)), published, previous);
    giveRoute(sandbox, before, false, !before.gives4() && four, undo);
    giveRoute(sandbox, before, true, !before.gives6() && six, undo);
    return now;
  }

  /**
   * Connects an endpoint as before, and writes it down: what fails may have come after the outcome
   * was, and somebody may have been faster to take a port, which is his then.
   */
  private void takeBack(Member member, Published published) throws IOException {
    List<PortBinding> back = new ArrayList<>();
    try {
      back.addAll(
          connect(member, published, member.attachment().bindings()).attachment().bindings());
    } finally {
      Member now = member.with(member.attachment().with(back));
      records.run(draft -> draft.put(now.endpoint()));
    }
  }

  private static void takeRoute(
      NetworkNamespace sandbox, Attachment attachment, boolean ipv6, boolean takes, Undo undo)
      throws IOException {
    if (takes) {
      SandboxLinks.removeDefaultRoute(sandbox, attachment, ipv6);
      undo.push(() -> SandboxLinks.replaceDefaultRoute(sandbox, attachment, ipv6));
    }
  }

  private static void giveRoute(
      NetworkNamespace sandbox, Attachment attachment, boolean ipv6, boolean gives, Undo undo)
      throws IOException {
    if (gives) {
      SandboxLinks.replaceDefaultRoute(sandbox, attachment, ipv6);
      undo.push(() -> SandboxLinks.removeDefaultRoute(sandbox, attachment, ipv6));
    }
  }

  /** Has the driver connect an endpoint with the outside as its attachment says. */
  Member connect(Member member, Published published, List<PortBinding> previous)
      throws IOException {
    NetworkDriver driver = drivers.of(member.network());
    Attachment attachment = member.attachment();
    if (!attachment.gives() && published.ports.isEmpty()) {
      driver.revokeExternalConnectivity(member.context());
      return member.with(attachment.with(List.of()));
    }
    List<PortBinding> bindings =
        driver.programExternalConnectivity(
            member.context(),
            new ExternalConnectivity(
                attachment.gives4(),
                attachment.gives6(),
                published.elsewhere6(member),
                published.ports,
                previous,
                published.beside(member)));
    return member.with(attachment.with(bindings));
  }
}
