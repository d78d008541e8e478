package dev.cnm.controller;

import dev.cnm.controller.state.Life;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.controller.state.Owner;
import dev.cnm.controller.state.Place;
import dev.cnm.controller.state.SandboxRecord;
import dev.cnm.controller.state.StateRecord;
import dev.cnm.netlink.namespace.NetworkNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Which network namespaces the records call their host. What is on another host than this
 * controller's can be neither seen nor changed from here. If nobody is there any more, it is as
 * gone as after a reboot.
 */
final class Hosts {

  private static final Path PROC = Path.of("/proc");

  private final Place here;

  Hosts(Place here) {
    this.here = here;
  }

  Place here() {
    return here;
  }

  /** The records of what is, or is being made, on another host. */
  private Stream<StateRecord> elsewhereIn(Picture picture) {
    return Stream.<StateRecord>concat(
            picture.networks().values().stream()
                .filter(it -> it.state() != NetworkRecord.State.DORMANT),
            Stream.concat(
                picture.endpoints().values().stream(), picture.sandboxes().values().stream()))
        .filter(it -> it.place().bootId().equals(here.bootId()))
        .filter(it -> !it.place().isOnHostOf(here));
  }

  /** Why nothing may be changed from here; empty if it may. */
  String elsewhere(Picture picture) {
    return elsewhereIn(picture)
        .findFirst()
        .map(it ->
            "the networks and containers recorded here are in the network namespace net:["
                + it.place().hostInode()
                + "], which may still be in use, but this process is in net:["
                + here.hostInode()
                + "]: change them from there, or choose another folder for the state")
        .orElse("");
  }

  /** The other hosts of the records on which nobody is any more. */
  Set<Place> deserted(Picture picture, Function<SandboxRecord, Life> life) {
    Set<Place> deserted = new HashSet<>();
    Set<Place> inUse = new HashSet<>();
    elsewhereIn(picture)
        .forEach(record -> {
          Place host = hostOf(record);
          if (record instanceof SandboxRecord sandbox
              ? life.apply(sandbox) != Life.ENDED
              : !isForgotten(record.owner())) {
            inUse.add(host);
          } else if (!inUse.contains(host)) {
            deserted.add(host);
          }
        });
    deserted.removeAll(inUse);
    deserted.removeIf(Hosts::isInUse);
    return deserted;
  }

  /** Whether a record is of one of these hosts. */
  static boolean isOn(Set<Place> hosts, StateRecord record) {
    return hosts.contains(hostOf(record));
  }

  private static Place hostOf(StateRecord record) {
    Place place = record.place();
    return new Place(place.bootId(), place.host(), place.hostInode(), 0);
  }

  /** Who made something has ended; a controller of this process may have been closed since. */
  private static boolean isForgotten(Owner owner) {
    return owner.equals(Owner.current()) || owner.ended();
  }

  /** Whether a process is in it, or a file bound to it, as {@code ip netns add} does. */
  private static boolean isInUse(Place host) {
    return processIn(host.hostInode())
        .map(it -> it.resolve("ns/net"))
        .or(() -> boundTo(host.hostInode()))
        .filter(it -> isTheOne(it, host))
        .isPresent();
  }

  /** Whether a namespace with the inode is the one meant, and not a later one. */
  private static boolean isTheOne(Path file, Place host) {
    try (NetworkNamespace namespace = NetworkNamespace.open(file)) {
      return namespace.cookie().orElse(namespace.identity().inode()) == host.host();
    } catch (IOException e) {
      // It can't be looked at, or has ended meanwhile: the safe answer is yes.
      return true;
    }
  }

  /** Whether a process that can be seen is in a network namespace with this inode. */
  static boolean isInhabited(long inode) {
    return processIn(inode).isPresent();
  }

  private static Optional<Path> processIn(long inode) {
    String wanted = "net:[" + inode + "]";
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[1-9]*")) {
      for (Path process : processes) {
        if (isLink(process.resolve("ns/net"), wanted)) {
          return Optional.of(process);
        }
      }
    } catch (IOException e) {
      // No procfs: nobody can be seen.
    }
    return Optional.empty();
  }

  private static boolean isLink(Path link, String wanted) {
    try {
      return Files.readSymbolicLink(link).toString().equals(wanted);
    } catch (IOException e) {
      return false;
    }
  }

  /** proc_pid_mountinfo(5): the fourth field is what of the file system is mounted at the fifth. */
  private static Optional<Path> boundTo(long inode) {
    try (Stream<String> lines =
        Files.lines(PROC.resolve("self/mountinfo"), StandardCharsets.ISO_8859_1)) {
      return lines
          .map(it -> it.split(" ", 6))
          .filter(it -> it[3].equals("net:[" + inode + "]"))
          .map(it -> Path.of(it[4]))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
