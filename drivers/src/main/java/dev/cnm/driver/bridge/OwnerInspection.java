package dev.cnm.driver.bridge;

import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.nft.Element;
import dev.cnm.netlink.nft.NftSet;
import dev.cnm.netlink.route.Link;
import dev.cnm.netlink.route.Links;
import dev.cnm.spi.Existing;
import dev.cnm.spi.Existing.Standing;
import dev.cnm.spi.Finding.Severity;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Looks whether somebody still stands behind what carries the marks of other owners: of a process
 * that ended with its records in memory, or of a store whose file was removed. It lists all links
 * and sets, so it is for the person who asks.
 */
final class OwnerInspection {

  private final String owner;
  private final Existing existing;
  private final Arbitration arbitration;
  private final List<Firewall> firewalls;
  private final Links links;

  /** Of {@code host}, whose tables these are. */
  OwnerInspection(
      NetworkNamespace host,
      String owner,
      Existing existing,
      Arbitration arbitration,
      List<Firewall> firewalls)
      throws IOException {
    this.owner = owner;
    this.existing = existing;
    this.arbitration = arbitration;
    this.firewalls = firewalls;
    links = new Links(host.route());
  }

  /** What one owner has on the host. */
  private static final class Belongings {
    private String location = "";
    private final List<String> links = new ArrayList<>();
    private int elements;

    String text(String whose) {
      List<String> all = new ArrayList<>();
      if (!links.isEmpty()) {
        all.add("the links " + String.join(", ", links));
      }
      if (elements > 0) {
        all.add(elements + " elements of the tables " + Layout.TABLE + " and " + SourceGuard.TABLE);
      }
      return String.join(" and ", all) + " carry the mark of another store, " + whose;
    }
  }

  List<Fault> faults() throws IOException {
    List<Fault> faults = new ArrayList<>();
    for (Map.Entry<String, Belongings> other : belongings(faults).entrySet()) {
      String whose = other.getKey();
      Belongings its = other.getValue();
      switch (existing.standing(whose, its.location)) {
        case THERE -> {}
        case GONE ->
            faults.add(
                Fault.mendable(
                    its.text(whose) + ", which is gone (" + its.location + ")",
                    () -> {
                      boolean _ = arbitration.alone(() -> remove(whose, its.location));
                    }));
        case UNKNOWN ->
            faults.add(
                Fault.shown(
                    Severity.NOTE,
                    its.text(whose)
                        + ", whose records can't be seen from here"
                        + (its.location.isEmpty() ? "" : " (" + its.location + ")"),
                    ""));
      }
    }
    return faults;
  }

  /** Of all other owners; elements without a mark are faults of their own. */
  private Map<String, Belongings> belongings(List<Fault> faults) throws IOException {
    Map<String, Belongings> all = new TreeMap<>();
    for (Link link : links.list()) {
      other(link.alias())
          .ifPresent(mark ->
              all.computeIfAbsent(mark.owner(), _ -> new Belongings()).links.add(link.name()));
    }
    for (Firewall firewall : firewalls) {
      for (NftSet set : firewall.layout().sets()) {
        List<Element> elements = firewall.elements(set.name());
        for (Element element : elements) {
          other(element.comment())
              .ifPresent(mark -> {
                Belongings its = all.computeIfAbsent(mark.owner(), _ -> new Belongings());
                its.elements++;
                if (set.name().equals(Layout.OWNERS)) {
                  its.location = mark.name();
                }
              });
        }
        long unmarked = elements.stream().filter(it -> Mark.parse(it.comment()).isEmpty()).count();
        if (unmarked > 0 && !Layout.OF_THE_HOST.contains(set.name())) {
          faults.add(
              Fault.shown(
                  Severity.NOTE,
                  unmarked
                      + " elements in "
                      + set.name()
                      + " of the table "
                      + firewall.layout().table()
                      + " say of nobody whose they are",
                  "if you know of nobody: nft flush set "
                      + firewall.layout().table()
                      + " "
                      + set.name()
                      + ", then cnm doctor --repair"));
        }
      }
    }
    return all;
  }

  private Optional<Mark> other(String text) {
    return Mark.parse(text).filter(mark -> !mark.owner().equals(owner));
  }

  /** Looks once more: somebody may have come back. */
  private boolean remove(String whose, String location) throws IOException {
    if (existing.standing(whose, location) != Standing.GONE) {
      return false;
    }
    List<String> its =
        links.list().stream()
            .filter(
                link -> Mark.parse(link.alias()).filter(it -> it.owner().equals(whose)).isPresent())
            .map(Link::name)
            .toList();
    links.deleteAll(its);
    for (Firewall firewall : firewalls) {
      int _ = firewall.removeMarked(whose);
    }
    return true;
  }
}
