package dev.cnm.cli.doctor;

import dev.cnm.CnmException;
import dev.cnm.cli.doctor.Check.Status;
import dev.cnm.controller.LocalController;
import dev.cnm.netlink.namespace.Sysctl;
import dev.cnm.spi.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How this host is set up. */
final class Host {

  private Host() {}

  static List<Check> checks() {
    return List.of(forwarding(), bridgeNetfilter());
  }

  private static Check forwarding() {
    String name = "IP forwarding";
    String path = "net/ipv4/ip_forward";
    return Check.of(
        name,
        Status.MISSING,
        "sysctl -w net.ipv4.ip_forward=1",
        () -> {
          if (Sysctl.read(path).equals("1")) {
            return "on";
          }
          if (!Files.isWritable(Path.of("/proc/sys", path))) {
            throw new IOException("off, and " + path + " can't be changed");
          }
          return "off; the first bridge network that leads outside turns it on";
        });
  }

  /** With it, what goes from one port of a bridge to another passes the host's firewall. */
  private static Check bridgeNetfilter() {
    String name = "bridge netfilter";
    Path setting = Path.of("/proc/sys/net/bridge/bridge-nf-call-iptables");
    try {
      return Files.exists(setting) && Files.readString(setting).strip().equals("1")
          ? new Check(
              name,
              Status.NOTE,
              "on: traffic within one bridge passes the host's firewall",
              "if it is dropped there: sysctl -w net.bridge.bridge-nf-call-iptables=0")
          : Check.ok(name, "off");
    } catch (IOException e) {
      return Check.skipped(name, String.valueOf(e.getMessage()));
    }
  }

  /** What the drivers find, and whether they can be used at all. */
  static List<Check> drivers(LocalController controller) {
    List<Check> checks = new ArrayList<>();
    for (String type : controller.driverTypes()) {
      String name = "driver " + type;
      try {
        List<Finding> findings = controller.findings(type);
        findings.forEach(it -> checks.add(Check.of(name, it)));
        if (findings.isEmpty()) {
          checks.add(Check.ok(name, "usable"));
        }
      } catch (IOException | CnmException e) {
        checks.add(new Check(name, Status.WARNING, String.valueOf(e.getMessage()), ""));
      }
    }
    return checks;
  }
}
