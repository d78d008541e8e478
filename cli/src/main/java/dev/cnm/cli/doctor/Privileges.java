package dev.cnm.cli.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What this user may do: capabilities(7) and user_namespaces(7). */
final class Privileges {

  private static final String NAME = "privileges";
  private static final String REMEDY =
      "run it as root, or in a user namespace: unshare -Urnm cnm --root DIR doctor";

  /** Bits of {@code CapEff} (linux/capability.h). */
  private static final int NET_ADMIN = 12;

  private static final int SYS_ADMIN = 21;

  private Privileges() {}

  static Check check() {
    List<String> lacking = new ArrayList<>();
    String who;
    try {
      long effective = Long.parseUnsignedLong(field("CapEff"), 16);
      if ((effective >> NET_ADMIN & 1) == 0) {
        lacking.add("CAP_NET_ADMIN");
      }
      if ((effective >> SYS_ADMIN & 1) == 0) {
        lacking.add("CAP_SYS_ADMIN");
      }
      who = "user " + field("Uid").split("\\s+")[1] + (ofInitialNamespace() ? "" : namespaced());
    } catch (IOException e) {
      return new Check(NAME, Check.Status.WARNING, "cannot read /proc/self/status", "mount /proc");
    }
    return lacking.isEmpty()
        ? Check.ok(NAME, who + " has CAP_NET_ADMIN and CAP_SYS_ADMIN")
        : new Check(
            NAME, Check.Status.MISSING, who + " lacks " + String.join(" and ", lacking), REMEDY);
  }

  private static String namespaced() {
    return " of a user namespace";
  }

  private static String field(String name) throws IOException {
    return Files.readString(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1)
        .lines()
        .filter(it -> it.startsWith(name + ":"))
        .map(it -> it.substring(name.length() + 1).strip())
        .findFirst()
        .orElseThrow(() -> new IOException("no field " + name));
  }

  /** The initial user namespace maps every id to itself. */
  private static boolean ofInitialNamespace() throws IOException {
    String[] map = Files.readString(Path.of("/proc/self/uid_map")).strip().split("\\s+");
    return map.length == 3
        && map[0].equals("0")
        && map[1].equals("0")
        && map[2].equals("4294967295");
  }
}
