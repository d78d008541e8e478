package dev.cnm.driver.bridge;

import dev.cnm.netlink.NetlinkFamily;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.nft.Element;
import dev.cnm.netlink.nft.Field;
import dev.cnm.netlink.nft.NftSet;
import dev.cnm.netlink.nft.Ruleset;
import dev.cnm.netlink.nft.Ruleset.BaseChain;
import dev.cnm.netlink.nft.Ruleset.PresentRule;
import dev.cnm.netlink.nft.Transaction;
import dev.cnm.spi.Existing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Compares the table with what it should hold, in both directions. What the rules should be is
 * asked of the kernel, in a namespace that holds nothing else. It lists all sets, so it is for the
 * person who asks.
 */
final class TableInspection {

  private final NetlinkSocket socket;
  private final String owner;
  private final Existing existing;
  private final Firewall firewall;
  private final TableLayout layout;

  TableInspection(NetlinkSocket socket, String owner, Existing existing, Firewall firewall) {
    this.socket = socket;
    this.owner = owner;
    this.existing = existing;
    this.firewall = firewall;
    layout = firewall.layout();
  }

  /** In the order in which they are to be mended. */
  List<Fault> faults() throws IOException {
    Ruleset ruleset = new Ruleset(socket);
    Map<String, List<Element>> present = new LinkedHashMap<>();
    for (NftSet set : layout.sets()) {
      if (Layout.OF_THE_HOST.contains(set.name())) {
        continue;
      }
      present.put(set.name(), ruleset.elements(layout.table(), set.name()));
    }
    List<Fault> faults = new ArrayList<>();
    List<Entry> expected = firewall.expected();
    if (!expected.isEmpty()) {
      faults.addAll(structure());
    }
    Map<Key, Element> found = new HashMap<>();
    present.forEach((set, elements) ->
        elements.forEach(
            element -> found.put(new Key(set, element.key(), element.last()), element)));
    for (Entry entry : expected) {
      if (Layout.OF_THE_HOST.contains(entry.set())) {
        continue;
      }
      Element element =
          found.get(new Key(entry.set(), entry.element().key(), entry.element().last()));
      if (element == null || !element.value().equals(entry.element().value())) {
        faults.add(
            Fault.mendable(
                "the element of "
                    + nameOf(entry.element())
                    + " in "
                    + entry.set()
                    + " of the table "
                    + layout.table()
                    + (element == null ? " is gone" : " leads elsewhere"),
                () -> firewall.add(List.of(entry))));
      }
    }
    present.forEach((set, elements) -> {
      for (Element element : elements) {
        Optional<Mark> mark = Mark.parse(element.comment());
        if (mark.isPresent()
            && mark.get().owner().equals(owner)
            && !existing.knows(mark.get().id())) {
          faults.add(
              Fault.mendable(
                  "an element in "
                      + set
                      + " of the table "
                      + layout.table()
                      + " is left of "
                      + mark.get().name()
                      + ", which is gone",
                  () -> firewall.removeMarked(owner, mark.get().id())));
        }
      }
    });
    return faults;
  }

  private record Key(String set, Field key, Optional<Field> last) {}

  private static String nameOf(Element element) {
    return Mark.parse(element.comment()).map(Mark::name).orElse(element.comment());
  }

  /** Chains and rules. */
  private List<Fault> structure() throws IOException {
    Ruleset ruleset = new Ruleset(socket);
    List<BaseChain> chains = ruleset.baseChains(layout.table());
    Map<String, List<PresentRule>> rules = byChain(ruleset.rules(layout.table()));
    List<Fault> faults = new ArrayList<>();
    try (NetworkNamespace scratch = NetworkNamespace.create();
        NetlinkSocket other = scratch.openSocket(NetlinkFamily.NETFILTER)) {
      Transaction founding = new Transaction();
      layout.addTo(founding);
      founding.commit(other);
      Ruleset model = new Ruleset(other);
      for (BaseChain chain : model.baseChains(layout.table())) {
        if (!chains.contains(chain)) {
          faults.add(
              Fault.mendable(
                  "the chain "
                      + chain.name()
                      + " of the table "
                      + layout.table()
                      + (chains.stream().anyMatch(it -> it.name().equals(chain.name()))
                          ? " has another hook, priority or policy"
                          : " is gone"),
                  firewall::found));
        }
      }
      byChain(model.rules(layout.table()))
          .forEach((chain, wanted) -> {
            List<PresentRule> had = rules.getOrDefault(chain, List.of());
            if (!had.equals(wanted)) {
              List<String> lost =
                  wanted.stream()
                      .filter(it -> !had.contains(it))
                      .map(PresentRule::comment)
                      .toList();
              faults.add(
                  Fault.mendable(
                      "the chain "
                          + chain
                          + " of the table "
                          + layout.table()
                          + (lost.isEmpty()
                              ? " has rules that are none of ours, or ours in another order"
                              : " has lost, or has in other words: " + String.join("; ", lost)),
                      firewall::found));
            }
          });
    }
    return faults;
  }

  private static Map<String, List<PresentRule>> byChain(List<PresentRule> rules) {
    Map<String, List<PresentRule>> byChain = new LinkedHashMap<>();
    for (PresentRule rule : rules) {
      if (!rule.chain().equals(Layout.USER)) {
        byChain.computeIfAbsent(rule.chain(), it -> new ArrayList<>()).add(rule);
      }
    }
    return byChain;
  }
}
