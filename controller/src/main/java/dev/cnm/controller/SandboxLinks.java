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
import java.util.List;
import java.util.Optional;

/** What the controller itself does inside a sandbox. The namespaces stay the caller's. */
final class SandboxLinks {

  private SandboxLinks() {}

  static void setLoopbackUp(NetworkNamespace sandbox) throws IOException {
    new Links(sandbox.route()).change(LinkChange.of("lo").up().build());
  }

  /** Takes a link of the host into the sandbox, as the interface of an endpoint, up. */
  static void moveIn(
      NetworkNamespace host, NetworkNamespace sandbox, String hostLink, EndpointRecord endpoint)
      throws IOException {
    String name = endpoint.attachment().interfaceName();
    Link link =
        new Links(host.route())
            .get(hostLink)
            .orElseThrow(() -> new IOException("no link " + hostLink + " in " + host));
    new Links(host.route())
        .change(LinkChange.of(link.index()).rename(name).moveTo(sandbox).build());
    try {
      setUp(sandbox, endpoint);
    } catch (IOException | RuntimeException e) {
      try {
        moveOut(host, sandbox, hostLink, name);
      } catch (IOException undo) {
        e.addSuppressed(undo);
      }
      throw e;
    }
  }

  private static void setUp(NetworkNamespace sandbox, EndpointRecord endpoint) throws IOException {
    String name = endpoint.attachment().interfaceName();
    int index = index(sandbox, name);
    List<Request> requests = new ArrayList<>(4);
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
      allowIpv6(sandbox, name);
      IpPrefix six = IpPrefix.parse(endpoint.ipv6());
      requests.add(
          AddressSpec.of(index, six.address(), six.length()).noDuplicateDetection().build());
    }
    requests.add(LinkChange.of(index).up().build());
    sandbox.route().submit(requests).orElseThrow();
  }

  /** IPv6 is off in a sandbox, for all links but those whose endpoint has an IPv6 address. */
  private static void allowIpv6(NetworkNamespace sandbox, String name) throws IOException {
    try {
      sandbox.call(() -> {
        Sysctl.ensure("net/ipv6/conf/" + name + "/disable_ipv6", "0");
        return name;
      });
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
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

  /** Makes the stack's default routes lead through an endpoint. */
  static void addDefaultRoutes(NetworkNamespace sandbox, EndpointRecord.Attachment attachment)
      throws IOException {
    int index = index(sandbox, attachment.interfaceName());
    List<RouteSpec> routes = new ArrayList<>(2);
    for (InetAddress gateway : attachment.gateways()) {
      routes.add(RouteSpec.defaultVia(gateway).link(index).build());
    }
    add(sandbox, routes);
  }

  /** Takes the default routes through an endpoint away; those that are gone stay so. */
  static void removeDefaultRoutes(NetworkNamespace sandbox, EndpointRecord.Attachment attachment)
      throws IOException {
    Optional<Link> link = new Links(sandbox.route()).get(attachment.interfaceName());
    if (link.isEmpty()) {
      return;
    }
    for (InetAddress gateway : attachment.gateways()) {
      remove(sandbox, RouteSpec.defaultVia(gateway).link(link.get().index()));
    }
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
