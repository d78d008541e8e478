package dev.cnm.driver.bridge;

import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.namespace.Sysctl;
import dev.cnm.netlink.nft.Element;
import dev.cnm.netlink.nft.Field;
import dev.cnm.spi.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Whether the host passes packets on, for as long as some network needs that. A host that did so
 * before is left alone. Where we switch it on, nothing but our networks' packets is passed on by
 * the links that did not before ({@link Layout#SWITCHED}), and what depends on a host that doesn't
 * forward is kept: what the host has learned from IPv6 routers would be forgotten. With the last
 * network that needs it, of whatever owner, all is put back as it was.
 *
 * <p>The setting of a single link would not do: answers come in by the host's own links, which
 * change, and IPv6 asks only the one for all ({@code ip6_forward} of net/ipv6/ip6_output.c).
 *
 * <p>Safe for use by several threads and processes: one at a time switches ({@link Arbitration}).
 */
final class Forwarding {

  private static final String LOOPBACK = "lo";

  /** For what belongs to the host, not to one of the owners. */
  private static final String COMMENT = "before cnm";

  private final NetworkNamespace host;
  private final Arbitration arbitration;
  private final Firewall firewall;

  /** Of {@code host}, which stays the caller's. */
  Forwarding(NetworkNamespace host, Arbitration arbitration, Firewall firewall) {
    this.host = host;
    this.arbitration = arbitration;
    this.firewall = firewall;
  }

  /**
   * Has the host forward packets of a family. To be called when the network is in {@link
   * Layout#FORWARDED}.
   */
  void require(boolean ipv6) throws IOException {
    String setting = HostSetting.forwarding(ipv6).path(HostSetting.ALL);
    if (!isOn(setting)) {
      arbitration.alone(() -> {
        List<Former> before = in(() -> ipv6 ? beforeIpv6() : beforeIpv4());
        List<Entry> entries = entries(before);
        entries.removeAll(noted());
        firewall.add(entries);
        return in(() -> {
          for (Former former : before) {
            if (former.setting() == HostSetting.IPV6_ADVICE) {
              write(former.setting().path(former.link()), "2");
            }
          }
          Sysctl.ensure(setting, "1");
          return true;
        });
      });
    }
  }

  private boolean isOn(String setting) throws IOException {
    return !in(() -> Sysctl.read(setting)).equals("0");
  }

  private static List<Former> beforeIpv4() throws IOException {
    List<Former> before = new ArrayList<>();
    note(before, HostSetting.ALL, HostSetting.IPV4_FORWARDING);
    note(before, HostSetting.ALL, HostSetting.IPV4_REDIRECTS);
    for (String link : links("ipv4")) {
      if (is(link, HostSetting.IPV4_FORWARDING, 1)) {
        note(before, link, HostSetting.IPV4_FORWARDING);
      }
    }
    return before;
  }

  private static List<Former> beforeIpv6() throws IOException {
    List<Former> before = new ArrayList<>();
    note(before, HostSetting.ALL, HostSetting.IPV6_FORWARDING);
    for (String link : links("ipv6")) {
      if (is(link, HostSetting.IPV6_FORWARDING, 1)) {
        note(before, link, HostSetting.IPV6_FORWARDING);
      } else if (is(link, HostSetting.IPV6_ADVICE, 1) && is(link, HostSetting.IPV6_DISABLED, 0)) {
        // A router takes no advice unless it is told to (accept_ra of ip-sysctl.rst), and forgets
        // what it had taken (rt6_purge_dflt_routers of net/ipv6/route.c). Links to come take the
        // value of "default".
        note(before, link, HostSetting.IPV6_ADVICE);
      }
    }
    return before;
  }

  /** All links that have such settings, and {@code default}; not the loopback. */
  private static List<String> links(String family) throws IOException {
    try (Stream<Path> settings = Files.list(Path.of("/proc/sys/net/" + family + "/conf"))) {
      return settings
          .map(path -> path.getFileName().toString())
          .filter(link -> !link.equals(HostSetting.ALL) && !link.equals(LOOPBACK))
          .sorted()
          .toList();
    }
  }

  private static void note(List<Former> before, String link, HostSetting setting)
      throws IOException {
    value(setting.path(link)).ifPresent(value -> before.add(new Former(link, setting, value)));
  }

  private static boolean is(String link, HostSetting setting, int expected) throws IOException {
    OptionalInt value = value(setting.path(link));
    return value.isPresent() && value.getAsInt() == expected;
  }

  /** Empty if the link has gone. */
  private static OptionalInt value(String setting) throws IOException {
    try {
      return OptionalInt.of(Integer.parseInt(Sysctl.read(setting)));
    } catch (NoSuchFileException e) {
      return OptionalInt.empty();
    }
  }

  /** Changes a setting unless its link has gone. */
  private static void write(String setting, String value) throws IOException {
    if (Files.exists(Path.of("/proc/sys/" + setting))) {
      Sysctl.ensure(setting, value);
    }
  }

  /** What stands for these in the table: to be put back, and to be asked by the rules. */
  static List<Entry> entries(List<Former> before) {
    List<Entry> entries = new ArrayList<>();
    for (Former former : before) {
      boolean ipv6 = former.setting().isIpv6();
      if (former.isOfForwarding(ipv6)) {
        entries.add(former.entry(COMMENT));
        if (former.setting() == HostSetting.forwarding(ipv6)) {
          Field family = Field.nfproto(ipv6);
          entries.add(
              former.link().equals(HostSetting.ALL)
                  ? new Entry(Layout.SWITCHED, Element.of(family, COMMENT))
                  : new Entry(
                      Layout.ROUTERS,
                      Element.of(Field.join(family, Field.ifname(former.link())), COMMENT)));
        }
      }
    }
    return entries;
  }

  /** What was changed of the host for all networks of these families, for a network's state. */
  List<Former> before() throws IOException {
    return firewall.elements(Layout.BEFORE).stream()
        .flatMap(element -> Former.of(element).stream())
        .filter(former -> former.isOfForwarding(former.setting().isIpv6()))
        .toList();
  }

  private List<Entry> noted() throws IOException {
    return entries(before());
  }

  /** Whether we have switched it on, and nobody has taken that upon himself. */
  private boolean isSwitched(boolean ipv6) throws IOException {
    return firewall.elements(Layout.SWITCHED).stream()
        .anyMatch(it -> it.key().equals(Field.nfproto(ipv6)));
  }

  private boolean isNeeded(boolean ipv6) throws IOException {
    int family = Field.nfproto(ipv6).octets()[0];
    return firewall.elements(Layout.FORWARDED).stream()
        .anyMatch(it -> it.key().octets()[0] == family);
  }

  /**
   * Puts back what was there before, for each family that no network needs it in any more.
   *
   * @return whether there was something to do
   */
  boolean giveBack() throws IOException {
    boolean done = false;
    for (boolean ipv6 : new boolean[] {false, true}) {
      if (before().stream().anyMatch(it -> it.isOfForwarding(ipv6)) && !isNeeded(ipv6)) {
        done |= arbitration.alone(() -> in(() -> giveBack(ipv6)));
      }
    }
    return done;
  }

  private boolean giveBack(boolean ipv6) throws IOException {
    if (isNeeded(ipv6)) {
      return false;
    }
    List<Former> before = before().stream().filter(it -> it.isOfForwarding(ipv6)).toList();
    if (isSwitched(ipv6)) {
      String setting = HostSetting.forwarding(ipv6).path(HostSetting.ALL);
      String redirects = HostSetting.IPV4_REDIRECTS.path(HostSetting.ALL);
      // Since then 0, unless an administrator has turned it on; it is turned over below.
      boolean untouched = ipv6 || Sysctl.read(redirects).equals("0");
      if (!Sysctl.read(setting).equals("0")) {
        Sysctl.write(setting, "0");
      }
      for (Former former : before) {
        String path = former.setting().path(former.link());
        boolean ours =
            switch (former.setting()) {
              case IPV6_ADVICE -> is(former.link(), former.setting(), 2);
              case IPV4_REDIRECTS -> untouched;
              default -> !former.link().equals(HostSetting.ALL);
            };
        if (ours) {
          write(path, Integer.toString(former.value()));
        }
      }
    }
    firewall.remove(entries(before));
    return true;
  }

  /** Tells what was changed, and how an administrator takes it upon himself. */
  List<Finding> findings() throws IOException {
    List<Finding> findings = new ArrayList<>();
    for (boolean ipv6 : new boolean[] {false, true}) {
      if (isSwitched(ipv6)) {
        String family = ipv6 ? "IPv6" : "IPv4";
        findings.add(
            isNeeded(ipv6)
                ? new Finding(
                    Finding.Severity.NOTE,
                    family
                        + " forwarding was off on this host; cnm switched it on for its networks"
                        + " alone, what other links would forward is dropped, and with the last"
                        + " network it is switched off again",
                    "to make this host a router yourself: nft delete element "
                        + Layout.TABLE
                        + " "
                        + Layout.SWITCHED
                        + " '{ "
                        + (ipv6 ? "ipv6" : "ipv4")
                        + " }'")
                : new Finding(
                    Finding.Severity.WARNING,
                    family
                        + " forwarding, which cnm switched on, is still on, though no network"
                        + " needs it",
                    "cnm doctor --repair"));
      }
    }
    return findings;
  }

  private <T> T in(java.util.concurrent.Callable<T> task) throws IOException {
    try {
      return host.call(task);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
