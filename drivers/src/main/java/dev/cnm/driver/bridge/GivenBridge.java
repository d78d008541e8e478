package dev.cnm.driver.bridge;

import dev.cnm.AddressPool;
import dev.cnm.IpPrefix;
import dev.cnm.netlink.Errno;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.Request;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.namespace.Sysctl;
import dev.cnm.netlink.route.Address;
import dev.cnm.netlink.route.AddressSpec;
import dev.cnm.netlink.route.Addresses;
import dev.cnm.netlink.route.Link;
import dev.cnm.netlink.route.LinkChange;
import dev.cnm.netlink.route.Links;
import dev.cnm.netlink.route.NeighbourSpec;
import dev.cnm.netlink.route.Neighbours;
import dev.cnm.spi.NetworkContext;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * A bridge that was there before its network: an administrator's, with other hosts on it perhaps.
 * It is changed no more than the network needs, what it was is written down first, and put back
 * afterwards where nobody else has changed it since.
 */
final class GivenBridge {

  private final NetworkNamespace host;
  private final String owner;
  private final Links links;
  private final Addresses addresses;
  private final Firewall firewall;

  /** Of {@code host}, which stays the caller's. */
  GivenBridge(NetworkNamespace host, String owner, Firewall firewall) throws IOException {
    this.host = host;
    this.owner = owner;
    this.firewall = firewall;
    links = new Links(host.route());
    addresses = new Addresses(host.route());
  }

  /** What a network needs of it. Whether routers are listened to there is its owner's to say. */
  private static Map<HostSetting, Integer> needed(NetworkContext network, BridgeOptions options) {
    Map<HostSetting, Integer> needed = new LinkedHashMap<>();
    if (options.forwards(network, false) && options.mode4().translates()) {
      needed.put(HostSetting.IPV4_LOCALNET, 1);
    }
    if (network.ipv6().isPresent() && options.addressed(true)) {
      needed.put(HostSetting.IPV6_DISABLED, 0);
    }
    return needed;
  }

  /**
   * Gives it what the network needs.
   *
   * @throws dev.cnm.AddressInUseException if somebody on it has the gateway's address
   */
  void take(NetworkContext network, BridgeOptions options, Link bridge) throws IOException {
    Map<HostSetting, Integer> needed = needed(network, options);
    List<InetAddress> present =
        addresses.list(bridge.index()).stream().map(Address::address).toList();
    List<IpPrefix> missing =
        Bridges.gateways(network, options).stream()
            .filter(gateway -> !present.contains(gateway.address()))
            .toList();
    if (bridge.isUp()) {
      Segment segment = new Segment(host);
      for (IpPrefix gateway : missing) {
        segment.requireFree(bridge, gateway.address());
      }
    }
    List<Former> before = new ArrayList<>();
    inHost(() -> {
      for (Map.Entry<HostSetting, Integer> setting : needed.entrySet()) {
        int now = read(setting.getKey(), bridge.name());
        if (now != setting.getValue()) {
          before.add(new Former(bridge.name(), setting.getKey(), now));
        }
      }
      return before;
    });
    missing.forEach(
        it -> before.add(new Former(bridge.name(), HostSetting.gateway(it.isIpv6()), 0)));
    int ports = ports(bridge);
    if (!bridge.isUp()) {
      before.add(new Former(bridge.name(), HostSetting.DOWN, ports));
    }
    List<Former> known = noted(bridge);
    firewall.add(
        before.stream()
            .filter(it -> known.stream().noneMatch(other -> other.setting() == it.setting()))
            .map(it -> it.entry(Mark.of(owner, network).toString()))
            .toList());
    inHost(() -> {
      for (Map.Entry<HostSetting, Integer> setting : needed.entrySet()) {
        Sysctl.ensure(setting.getKey().path(bridge.name()), Integer.toString(setting.getValue()));
      }
      return needed;
    });
    List<Request> batch = new ArrayList<>();
    LinkChange.Builder up = LinkChange.of(bridge.index()).up();
    List<NeighbourSpec> entered = new ArrayList<>();
    if (ports == 0) {
      // Its own address, set once more, is no longer taken from the first port
      // (br_stp_recalculate_bridge_id of net/bridge/br_stp_if.c). Either has the kernel forget all
      // neighbours, entered ones too (neigh_changeaddr of net/core/neighbour.c).
      bridge.address().ifPresent(up::address);
      entered.addAll(entered(bridge));
    }
    batch.add(up.build());
    batch.addAll(entered);
    missing.forEach(it -> batch.add(SandboxEnd.address(bridge.index(), it)));
    host.route().submit(batch).orElseThrow();
  }

  /** Puts back what was changed for a network, as far as it is still as we left it. */
  void giveBack(NetworkContext network, Link bridge) throws IOException {
    BridgeOptions options = BridgeOptions.of(network);
    List<Former> before =
        firewall.elements(Layout.BEFORE).stream()
            .filter(element ->
                Mark.parse(element.comment()).filter(it -> it.isOf(owner, network)).isPresent())
            .flatMap(element -> Former.of(element).stream())
            .filter(it -> it.isOf(bridge.name()))
            .toList();
    for (Former former : before) {
      switch (former.setting()) {
        case IPV4_GATEWAY, IPV6_GATEWAY -> {
          Optional<AddressPool> pool = former.setting().isIpv6() ? network.ipv6() : network.ipv4();
          if (pool.isPresent() && pool.get().gateway().isPresent()) {
            removeAddress(
                bridge, new IpPrefix(pool.get().gateway().get(), pool.get().subnet().length()));
          }
        }
        case DOWN -> {
          // With other ports than before, somebody uses it.
          if (ports(bridge) <= former.value()) {
            links.change(LinkChange.of(bridge.index()).down().build());
          }
        }
        default -> {
          Integer ours = needed(network, options).get(former.setting());
          inHost(() -> {
            if (ours != null && read(former.setting(), bridge.name()) == ours) {
              Sysctl.write(former.setting().path(bridge.name()), Integer.toString(former.value()));
            }
            return former;
          });
        }
      }
    }
    firewall.remove(before.stream().map(it -> it.entry("")).toList());
  }

  private List<NeighbourSpec> entered(Link bridge) throws IOException {
    return new Neighbours(host.route())
        .list(bridge.index()).stream()
            .filter(it -> it.isPermanent() && it.linkAddress().isPresent())
            .map(it ->
                NeighbourSpec.of(bridge.index(), it.address(), it.linkAddress().get())
                    .buildReplacement())
            .toList();
  }

  private List<Former> noted(Link bridge) throws IOException {
    return firewall.elements(Layout.BEFORE).stream()
        .flatMap(element -> Former.of(element).stream())
        .filter(it -> it.isOf(bridge.name()))
        .toList();
  }

  private int ports(Link bridge) throws IOException {
    return (int)
        links.list().stream()
            .filter(it -> it.masterIndex().isPresent())
            .filter(it -> it.masterIndex().getAsInt() == bridge.index())
            .count();
  }

  private static int read(HostSetting setting, String bridge) throws IOException {
    try {
      return Integer.parseInt(Sysctl.read(setting.path(bridge)));
    } catch (NoSuchFileException e) {
      throw new IOException("the bridge " + bridge + " has no " + setting.path(bridge), e);
    }
  }

  private void removeAddress(Link bridge, IpPrefix address) throws IOException {
    try {
      addresses.change(
          AddressSpec.of(bridge.index(), address.address(), address.length()).buildRemoval());
    } catch (NetlinkException e) {
      if (!e.is(Errno.EADDRNOTAVAIL)) {
        throw e;
      }
    }
  }

  private <T> T inHost(Callable<T> task) throws IOException {
    try {
      return host.call(task);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
