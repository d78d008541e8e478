package dev.cnm.cli.doctor;

import dev.cnm.cli.doctor.Check.Status;
import dev.cnm.netlink.NetlinkFamily;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.conntrack.Conntrack;
import dev.cnm.netlink.namespace.MountNamespace;
import dev.cnm.netlink.namespace.NamespaceThread;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.namespace.Sysctl;
import dev.cnm.netlink.namespace.UtsNamespace;
import dev.cnm.netlink.nft.Chain;
import dev.cnm.netlink.nft.Expression;
import dev.cnm.netlink.nft.FieldType;
import dev.cnm.netlink.nft.NftFamily;
import dev.cnm.netlink.nft.NftSet;
import dev.cnm.netlink.nft.NftTable;
import dev.cnm.netlink.nft.Transaction;
import dev.cnm.netlink.route.LinkSpec;
import dev.cnm.netlink.route.Links;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What this kernel can do, tried on a host that goes with the probe. */
final class Kernel {

  private static final String NAMESPACES = "network namespaces";
  private static final NftTable TABLE = new NftTable(NftFamily.INET, "probe");

  private Kernel() {}

  static List<Check> checks() {
    List<Check> checks = new ArrayList<>();
    try (NetworkNamespace host = NetworkNamespace.create();
        NetworkNamespace inside = NetworkNamespace.create()) {
      checks.add(Check.ok(NAMESPACES, "made and removed two"));
      checks.add(
          Check.of(
              "mount and UTS namespaces",
              Status.MISSING,
              "a command needs them for its own /etc/hosts and host name",
              () -> mounts(inside)));
      checks.add(
          Check.of(
              "namespaces by path",
              Status.MISSING,
              "a namespace is bound to a file, so that other commands find it",
              () -> pin(inside)));
      checks.add(
          Check.of(
              "veth", Status.MISSING, "load or build the module veth", () -> veth(host, inside)));
      checks.add(
          Check.of(
              "bridge", Status.MISSING, "load or build the module bridge", () -> bridge(host)));
      checks.addAll(nftables(host));
      checks.add(
          Check.of(
              "connection tracking",
              Status.WARNING,
              "load or build the module nf_conntrack_netlink: without it, UDP flows outlive a"
                  + " published port",
              () -> conntrack(host)));
      checks.add(
          Check.of(
              "IPv6",
              Status.WARNING,
              "networks with --ipv6 do not work; boot without ipv6.disable=1",
              () -> ipv6(host)));
    } catch (IOException e) {
      checks.add(
          new Check(
              NAMESPACES,
              Status.MISSING,
              String.valueOf(e.getMessage()),
              "nothing else could be tried: run it as root or where user namespaces are allowed,"
                  + " and see user.max_net_namespaces in namespaces(7)"));
      checks.add(Check.skipped("veth, bridge, nftables", "they are tried in a network namespace"));
      return checks;
    }
    checks.addAll(Attachment.checks());
    return checks;
  }

  private static String mounts(NetworkNamespace inside) throws Exception {
    return NamespaceThread.call(() -> {
      inside.enter();
      MountNamespace.unshare();
      UtsNamespace.unshare("probe");
      MountNamespace.mountSysfs(true);
      return "entered new ones, with a /sys of their own";
    });
  }

  private static String pin(NetworkNamespace namespace) throws IOException {
    Path folder = Files.createTempDirectory("cnm-doctor");
    try {
      Path file = folder.resolve("netns");
      namespace.pin(file);
      NetworkNamespace.unpin(file);
    } finally {
      Files.delete(folder);
    }
    return "bound one to a file";
  }

  private static String veth(NetworkNamespace host, NetworkNamespace inside) throws IOException {
    new Links(host.route()).create(LinkSpec.veth("probe-v").peer("eth0", inside).up().build());
    return "made a pair across two namespaces";
  }

  private static String bridge(NetworkNamespace host) throws IOException {
    new Links(host.route()).create(LinkSpec.bridge("probe-b").up().build());
    return "made one";
  }

  private static List<Check> nftables(NetworkNamespace host) {
    return List.of(
        Check.of(
            "nftables",
            Status.MISSING,
            "load or build the module nf_tables with the family inet",
            () -> tried(host, "a table of the family inet with sets and maps", Kernel::sets)),
        Check.of(
            "nftables NAT",
            Status.MISSING,
            "load or build the modules nft_chain_nat and nft_masq",
            () -> tried(host, "a NAT chain with masquerade", Kernel::masquerade)),
        Check.of(
            "nftables fib",
            Status.MISSING,
            "load or build the module nft_fib_inet",
            () -> tried(host, "a rule on the destination's type", Kernel::destinationType)));
  }

  @FunctionalInterface
  private interface Ruleset {
    void write(Transaction transaction);
  }

  private static String tried(NetworkNamespace host, String what, Ruleset ruleset)
      throws IOException {
    try (NetlinkSocket socket = host.openSocket(NetlinkFamily.NETFILTER)) {
      Transaction making = new Transaction();
      making.createTable(TABLE);
      ruleset.write(making);
      making.commit(socket);
      Transaction removing = new Transaction();
      removing.deleteTable(TABLE);
      removing.commit(socket);
    }
    return "made " + what;
  }

  private static void sets(Transaction transaction) {
    transaction.addSet(TABLE, NftSet.of("set", "probe", FieldType.IFNAME, FieldType.IFNAME));
    transaction.addSet(
        TABLE,
        NftSet.map(
            "map",
            "probe",
            List.of(FieldType.IPV4_ADDR, FieldType.INET_PROTO, FieldType.INET_SERVICE),
            List.of(FieldType.IPV4_ADDR, FieldType.INET_SERVICE)));
    transaction.addSet(TABLE, NftSet.verdictMap("verdicts", "probe", FieldType.IFNAME));
    transaction.addChain(TABLE, Chain.base("forward", Chain.Type.FILTER, Chain.Hook.FORWARD, 0));
  }

  private static void masquerade(Transaction transaction) {
    transaction.addChain(TABLE, Chain.base("dnat", Chain.Type.NAT, Chain.Hook.PREROUTING, -100));
    transaction.addChain(TABLE, Chain.base("snat", Chain.Type.NAT, Chain.Hook.POSTROUTING, 100));
    transaction.addRule(TABLE, "snat", List.of(new Expression.Masquerade()), "probe");
  }

  private static void destinationType(Transaction transaction) {
    transaction.addChain(TABLE, Chain.base("dnat", Chain.Type.NAT, Chain.Hook.PREROUTING, -100));
    transaction.addRule(TABLE, "dnat", List.of(new Expression.DestinationType(0)), "probe");
  }

  private static String conntrack(NetworkNamespace host) throws IOException {
    try (NetlinkSocket socket = host.openSocket(NetlinkFamily.NETFILTER)) {
      new Conntrack(socket).list();
    }
    return "listed its flows";
  }

  private static String ipv6(NetworkNamespace host) throws Exception {
    String off = host.call(() -> Sysctl.read("net/ipv6/conf/all/disable_ipv6"));
    return "there; disable_ipv6 is " + off + " in a new namespace";
  }
}
