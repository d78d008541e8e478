package dev.cnm.cli;

import dev.cnm.netlink.namespace.MountNamespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a container sees of the host's files beside its own hosts, hostname and resolv.conf: all of
 * them, but of the kernel's only what a container of Docker's sees and may write to
 * (daemon/pkg/oci/defaults.go of moby), and nothing of what keeps the containers.
 */
final class View {

  private static final List<Path> READ_ONLY =
      Stream.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")
          .map(Path::of)
          .toList();

  private static final List<Path> MASKED =
      Stream.of(
              "/proc/acpi",
              "/proc/asound",
              "/proc/interrupts",
              "/proc/kcore",
              "/proc/keys",
              "/proc/latency_stats",
              "/proc/sched_debug",
              "/proc/scsi",
              "/proc/timer_list",
              "/proc/timer_stats",
              "/sys/devices/virtual/powercap",
              "/sys/firmware")
          .map(Path::of)
          .toList();

  private View() {}

  /**
   * Makes it the calling thread's, which has a mount namespace and the network namespace already.
   *
   * @param ownStack whether the network stack is not the host's
   * @param kept what keeps the containers
   */
  static void make(boolean ownStack, List<Path> kept) throws IOException {
    MountNamespace.mountSysfs(ownStack);
    MountNamespace.makeReadOnly(READ_ONLY);
    for (Path masked : MASKED) {
      MountNamespace.hide(masked);
    }
    for (Path one : kept) {
      MountNamespace.hide(one);
    }
  }
}
