package dev.cnm.controller;

import dev.cnm.IpPrefix;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.netlink.Errno;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.namespace.Sysctl;
import dev.cnm.netlink.route.AddressSpec;
import dev.cnm.netlink.route.HardwareAddress;
import dev.cnm.netlink.route.Link;
import dev.cnm.netlink.route.LinkChange;
import dev.cnm.netlink.route.Links;
import dev.cnm.netlink.route.RouteSpec;
import dev.cnm.netlink.route.Routes;
import dev.cnm.spi.JoinResult.StaticRoute;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the controller itself does inside a sandbox. The namespaces stay the caller's. */
final class SandboxLinks {

  private SandboxLinks() {}

  static void setLoopbackUp(NetworkNamespace sandbox) throws IOException {
    new Links(sandbox.route()).change(LinkChange.of("lo").up().build());
  }

  /** Takes a link of the host into the sandbox, as the interface of an endpoint, up. */
  static void moveIn(
      NetworkNamespace host,
      NetworkNamespace sandbox,
      String hostLink,
      EndpointRecord endpoint,
      Map<String, String> sysctls)
      throws IOException {
    String name = endpoint.attachment().interfaceName();
    Link link =
        new Links(host.route())
            .get(hostLink)
            .orElseThrow(() -> new IOException("no link " + hostLink + " in " + host));
    // The kernel moves a link before it renames it (do_setlink of net/core/rtnetlink.c): it would
    // be
    // inside under its old name when that fails.
    if (new Links(sandbox.route()).get(name).isPresent()) {
      throw new IOException(
          "cannot move "
              + hostLink
              + " to "
              + sandbox
              + " as "
              + name
              + ": EEXIST (there is a link of that name)");
    }
    new Links(host.route())
        .change(LinkChange.of(link.index()).rename(name).moveTo(sandbox).build());
    try {
      setUp(sandbox, endpoint, sysctls);
    } catch (IOException | RuntimeException e) {
      try {
        moveOut(host, sandbox, hostLink, name);
      } catch (IOException undo) {
        e.addSuppressed(undo);
      }
      throw e;
    }
  }

  private static void setUp(
      NetworkNamespace sandbox, EndpointRecord endpoint, Map<String, String> sysctls)
      throws IOException {
    String name = endpoint.attachment().interfaceName();
    int index = index(sandbox, name);
    List<Request> requests = new ArrayList<>();
    Map<String, String> settings = new LinkedHashMap<>();
    if (!endpoint.mac().isEmpty()) {
      requests.add(LinkChange.of(index).address(HardwareAddress.parse(endpoint.mac())).build());
    }
    if (!endpoint.ipv4().isEmpty()) {
      IpPrefix four = IpPrefix.parse(endpoint.ipv4());
      requests.add(
          AddressSpec.of(index, four.address(), four.length())
              .broadcast(four.lastAddress())
              .build());
    }
    if (!endpoint.ipv6().isEmpty()) {
      settings.put("net/ipv6/conf/" + name + "/disable_ipv6", "0");
      IpPrefix six = IpPrefix.parse(endpoint.ipv6());
      requests.add(
          AddressSpec.of(index, six.address(), six.length()).noDuplicateDetection().build());
    }
    for (String address : endpoint.options().linkLocal()) {
      IpPrefix linkLocal = IpPrefix.parse(address);
      requests.add(
          AddressSpec.of(index, linkLocal.address(), linkLocal.length())
              .noDuplicateDetection()
              .build());
    }
    requests.add(LinkChange.of(index).up().build());
    settings.putAll(sysctls);
    Sysctl.ensure(sandbox, settings);
    sandbox.route().submit(requests).orElseThrow();
  }

  /** Gives the host its link back, under its old name, down. Does nothing if it is gone. */
  static void moveOut(NetworkNamespace host, NetworkNamespace sandbox, String hostLink, String name)
      throws IOException {
    Links links = new Links(sandbox.route());
    Optional<Link> link = links.get(name);
    if (link.isPresent()) {
      int index = link.get().index();
      // A link that is up can't be renamed (dev_change_name of net/core/dev.c).
      links.change(LinkChange.of(index).down().build());
      links.change(LinkChange.of(index).rename(hostLink).moveTo(host).build());
    }
  }

  /** Makes the stack's default route of a family lead through an endpoint, if it has a gateway. */
  static void replaceDefaultRoute(
      NetworkNamespace sandbox, EndpointRecord.Attachment attachment, boolean ipv6)
      throws IOException {
    removeDefaultRoute(sandbox, attachment, ipv6);
    if (attachment.hasGateway(ipv6)) {
      int index = index(sandbox, attachment.interfaceName());
      add(sandbox, List.of(RouteSpec.defaultVia(gateway(attachment, ipv6)).link(index).build()));
    }
  }

  /** Takes the default route of a family through an endpoint away; if it is gone, it stays so. */
  static void removeDefaultRoute(
      NetworkNamespace sandbox, EndpointRecord.Attachment attachment, boolean ipv6)
      throws IOException {
    Optional<Link> link = new Links(sandbox.route()).get(attachment.interfaceName());
    if (link.isPresent() && attachment.hasGateway(ipv6)) {
      remove(sandbox, RouteSpec.defaultVia(gateway(attachment, ipv6)).link(link.get().index()));
    }
  }

  private static InetAddress gateway(EndpointRecord.Attachment attachment, boolean ipv6) {
    return IpPrefix.parseAddress(ipv6 ? attachment.gateway6() : attachment.gateway4());
  }

  /** Adds routes over an interface. */
  static void addRoutes(NetworkNamespace sandbox, String name, List<StaticRoute> routes)
      throws IOException {
    if (routes.isEmpty()) {
      return;
    }
    int index = index(sandbox, name);
    List<RouteSpec> specs = new ArrayList<>(routes.size());
    for (StaticRoute route : routes) {
      IpPrefix destination = route.destination();
      RouteSpec.Builder spec =
          RouteSpec.to(destination.address(), destination.length()).link(index);
      route.nextHop().ifPresent(spec::via);
      specs.add(spec.build());
    }
    add(sandbox, specs);
  }

  private static void add(NetworkNamespace sandbox, List<RouteSpec> routes) throws IOException {
    sandbox.route().submit(routes).orElseThrow();
  }

  private static void remove(NetworkNamespace sandbox, RouteSpec.Builder route) throws IOException {
    try {
      new Routes(sandbox.route()).change(route.buildRemoval());
    } catch (NetlinkException e) {
      if (!e.is(Errno.ESRCH)) {
        throw e;
      }
    }
  }

  private static int index(NetworkNamespace sandbox, String name) throws IOException {
    return new Links(sandbox.route())
        .get(name)
        .orElseThrow(() -> new IOException("no link " + name + " in " + sandbox))
        .index();
  }
}
