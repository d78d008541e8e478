package dev.cnm.controller;

import dev.cnm.controller.state.StateStore;
import dev.cnm.netlink.namespace.HeldName;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.spi.Existing.Standing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells where this owner's records are kept, and whether another's are still there. Safe for use by
 * several threads.
 */
final class Owners {

  private static final String MEMORY = "memory";

  /** What fits in a comment behind an owner and an id ({@code NFTNL_UDATA_COMMENT_MAXLEN}, 128). */
  private static final int LONGEST = 100;

  /**
   * The mount namespace and root in which the path is one, and the device it is on: what somebody
   * has unmounted is not gone. Without the quotation mark, which nft has no way to write.
   */
  private static final Pattern PLACE = Pattern.compile("([0-9]+\\.[0-9]+)\\.([0-9]+):(/[!#-~]*)");

  private final NetworkNamespace host;
  private final StateStore store;
  private final String location;

  /** For the owner of {@code store} on {@code host}; both stay the caller's. */
  Owners(NetworkNamespace host, StateStore store) throws IOException {
    this.host = host;
    this.store = store;
    location = locate(store);
  }

  private static String locate(StateStore store) throws IOException {
    if (!store.durable()) {
      return MEMORY;
    }
    Optional<Path> file = store.file();
    if (file.isEmpty()) {
      return "";
    }
    Path path = file.get().toRealPath();
    String text = here() + "." + device(path) + ":" + path;
    return text.length() <= LONGEST && PLACE.matcher(text).matches() ? text : "";
  }

  /** Such as {@code 4026531841.2}: this process's mount namespace, and the root in it. */
  private static String here() throws IOException {
    String namespace = Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")).toString();
    return namespace.replaceAll("[^0-9]", "") + "." + Files.getAttribute(Path.of("/"), "unix:ino");
  }

  private static String device(Path path) throws IOException {
    return Files.getAttribute(path, "unix:dev").toString();
  }

  /** {@link dev.cnm.spi.Existing#location}. */
  String location() {
    return location;
  }

  /** {@link dev.cnm.spi.Existing#standing}. */
  Standing standing(String owner, String where) throws IOException {
    if (!HeldName.list(host, owner + "/").isEmpty()) {
      return Standing.THERE;
    }
    if (where.equals(MEMORY)) {
      return Standing.GONE;
    }
    Matcher place = PLACE.matcher(where);
    if (!place.matches() || !place.group(1).equals(here())) {
      return Standing.UNKNOWN;
    }
    Path file = Path.of(place.group(3));
    if (Files.exists(file)) {
      return store
          .ownerOf(file)
          .map(it -> it.equals(owner) ? Standing.THERE : Standing.GONE)
          .orElse(Standing.UNKNOWN);
    }
    Path folder = Path.of("/");
    for (Path name : file) {
      if (Files.exists(folder.resolve(name))) {
        folder = folder.resolve(name);
      } else {
        break;
      }
    }
    // Not "not there" alone: that may be a folder that may not be entered.
    return Files.notExists(file) && device(folder).equals(place.group(2))
        ? Standing.GONE
        : Standing.UNKNOWN;
  }
}
