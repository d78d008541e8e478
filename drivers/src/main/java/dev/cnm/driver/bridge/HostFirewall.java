package dev.cnm.driver.bridge;

import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.namespace.Sysctl;
import dev.cnm.netlink.nft.Ruleset;
import dev.cnm.netlink.nft.Ruleset.BaseChain;
import dev.cnm.spi.Finding;
import dev.cnm.spi.Finding.Severity;
import dev.cnm.spi.NetworkContext;
import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Looks for what else on the host decides on packets that pass: what our table accepts, another one
 * can still drop ({@code nft(8)}, "VERDICT STATEMENTS").
 */
final class HostFirewall {

  private static final String FIREWALLD = "firewalld";

  private final NetworkNamespace host;
  private final Ruleset ruleset;

  HostFirewall(NetworkNamespace host, NetlinkSocket socket) {
    this.host = host;
    ruleset = new Ruleset(socket);
  }

  List<Finding> findings(List<NetworkContext> networks) throws IOException {
    List<String> bridges = networks.stream().map(Bridges::name).sorted().toList();
    List<Finding> findings = new ArrayList<>();
    for (BaseChain chain : ruleset.baseChains()) {
      if (chain.forwards() && !chain.table().equals(Layout.TABLE.name())) {
        if (chain.drop()) {
          findings.add(drops(chain, bridges));
        } else if (chain.table().equals(FIREWALLD) && chain.name().equals("filter_FORWARD")) {
          findings.add(firewalld(bridges));
        }
      }
    }
    findings.addAll(settings(networks));
    return findings;
  }

  private static Finding drops(BaseChain chain, List<String> bridges) {
    String family = family(chain);
    boolean iptables = chain.name().equals("FORWARD") && chain.table().equals("filter");
    String remedy;
    if (iptables) {
      String command = family.equals("ip6") ? "ip6tables" : "iptables";
      remedy =
          each(
              bridges,
              "%s -I FORWARD -i %%1$s -j ACCEPT; %s -I FORWARD -o %%1$s -j ACCEPT"
                  .formatted(command, command));
    } else {
      String insert = "nft insert rule %s %s %s".formatted(family, chain.table(), chain.name());
      remedy =
          each(
              bridges,
              "%s iifname \"%%1$s\" accept; %s oifname \"%%1$s\" accept".formatted(insert, insert));
    }
    return new Finding(
        Severity.WARNING,
        "the chain %s of the table %s %s drops what it doesn't know of all that passes this host"
            .formatted(chain.name(), family, chain.table()),
        remedy);
  }

  private static Finding firewalld(List<String> bridges) {
    return new Finding(
        Severity.WARNING,
        "firewalld rejects what passes this host between zones that it doesn't know",
        each(bridges, "firewall-cmd --permanent --zone=trusted --add-interface=%1$s")
            + "; firewall-cmd --reload");
  }

  private static String each(List<String> bridges, String command) {
    return bridges.stream().map(command::formatted).collect(Collectors.joining("; "));
  }

  private static String family(BaseChain chain) {
    return switch (chain.family()) {
      case 1 -> "inet";
      case 2 -> "ip";
      case 7 -> "bridge";
      case 10 -> "ip6";
      default -> "family " + chain.family();
    };
  }

  private List<Finding> settings(List<NetworkContext> networks) throws IOException {
    try {
      return host.call(() -> {
        List<Finding> findings = new ArrayList<>();
        boolean outside = networks.stream().anyMatch(it -> !it.options().internal());
        if (outside && networks.stream().anyMatch(it -> it.ipv4().isPresent())) {
          forwards("net/ipv4/ip_forward", StandardProtocolFamily.INET, findings);
        }
        if (outside && networks.stream().anyMatch(it -> it.ipv6().isPresent())) {
          forwards("net/ipv6/conf/all/forwarding", StandardProtocolFamily.INET6, findings);
        }
        // The old iptables is no part of nftables: only its own tool can list it.
        Path old = Path.of("/proc/thread-self/net/ip_tables_names");
        if (Files.isReadable(old) && Files.readAllLines(old).contains("filter")) {
          findings.add(
              new Finding(
                  Severity.NOTE,
                  "the old iptables filters packets as well, which cnm can't look at",
                  "see that `iptables-legacy -S FORWARD` drops nothing of our bridges"));
        }
        return findings;
      });
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void forwards(String setting, ProtocolFamily family, List<Finding> findings)
      throws IOException {
    if (Sysctl.read(setting).equals("0")) {
      String name = setting.replace('/', '.');
      findings.add(
          new Finding(
              Severity.ERROR,
              name
                  + " is 0: no "
                  + (family == StandardProtocolFamily.INET ? "IPv4" : "IPv6")
                  + " packet passes this host",
              "sysctl -w " + name + "=1"));
    }
  }
}
