package dev.cnm.controller;

import dev.cnm.PortBinding;
import dev.cnm.PortMapping;
import dev.cnm.controller.state.EndpointRecord.Attachment;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.spi.ExternalConnectivity;
import dev.cnm.spi.NetworkDriver;
import java.io.IOException;
import java.util.List;

/**
 * Moves the default routes of a stack, of each family by itself, from one endpoint to another, and
 * with them the published ports.
 */
final class Gateways {

  private final Drivers drivers;

  Gateways(Drivers drivers) {
    this.drivers = drivers;
  }

  /**
   * Makes an endpoint give these default routes and no others.
   *
   * @param ports what the stack publishes
   * @param previous where the host had these ports until now
   * @return the member as it is now
   */
  Member change(
      NetworkNamespace sandbox,
      Member member,
      boolean four,
      boolean six,
      List<PortMapping> ports,
      List<PortBinding> previous,
      Undo undo)
      throws IOException {
    Attachment before = member.attachment();
    takeRoute(sandbox, before, false, before.gives4() && !four, undo);
    takeRoute(sandbox, before, true, before.gives6() && !six, undo);
    undo.push(() -> connect(member, ports, before.bindings()));
    Member now = connect(member.with(before.giving(four, six)), ports, previous);
    giveRoute(sandbox, before, false, !before.gives4() && four, undo);
    giveRoute(sandbox, before, true, !before.gives6() && six, undo);
    return now;
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
  Member connect(Member member, List<PortMapping> ports, List<PortBinding> previous)
      throws IOException {
    NetworkDriver driver = drivers.of(member.network());
    Attachment attachment = member.attachment();
    if (!attachment.gives() && ports.isEmpty()) {
      driver.revokeExternalConnectivity(member.context());
      return member.with(attachment.with(List.of()));
    }
    List<PortBinding> bindings =
        driver.programExternalConnectivity(
            member.context(),
            new ExternalConnectivity(attachment.gives4(), attachment.gives6(), ports, previous));
    return member.with(attachment.with(bindings));
  }
}
