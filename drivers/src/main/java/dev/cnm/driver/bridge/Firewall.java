package dev.cnm.driver.bridge;

import dev.cnm.netlink.Errno;
import dev.cnm.netlink.NetlinkException;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.nft.Element;
import dev.cnm.netlink.nft.Field;
import dev.cnm.netlink.nft.NftSet;
import dev.cnm.netlink.nft.Ruleset;
import dev.cnm.netlink.nft.Transaction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A table of one host. What a network or an endpoint needs is elements in some of its sets and maps
 * ({@link TableLayout}). Safe for use by several threads, and by several processes: each change is
 * one transaction, and none depends on a list that was read before.
 */
final class Firewall {

  /**
   * Of how many elements a transaction may consist: it goes out in one piece, which the socket's
   * send buffer of some 200 KiB must hold.
   */
  private static final int MOST_AT_ONCE = 1000;

  /**
   * The same for a transaction that may find elements missing: each is an answer of its own, and
   * the socket's receive buffer must hold them all.
   */
  private static final int MOST_ANSWERED = 100;

  private final NetlinkSocket socket;
  private final TableLayout layout;
  private final Supplier<List<Entry>> expected;

  /**
   * Works through {@code socket}, which stays the caller's.
   *
   * @param layout what the table always holds
   * @param expected all that should be in the table, for when somebody has emptied it
   */
  Firewall(NetlinkSocket socket, TableLayout layout, Supplier<List<Entry>> expected) {
    this.socket = socket;
    this.layout = layout;
    this.expected = expected;
  }

  /**
   * Adds elements, all or none unless there are very many. The table is made if it isn't there,
   * with all that should be in it.
   */
  void add(List<Entry> entries) throws IOException {
    int attempted = 0;
    try {
      for (List<Entry> some : parts(entries, MOST_AT_ONCE)) {
        attempted += some.size();
        addAtOnce(some);
      }
    } catch (Throwable e) {
      try {
        // The last ones, too: what failed may be that the kernel's answer got lost.
        remove(entries.subList(0, attempted));
      } catch (IOException | RuntimeException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private void addAtOnce(List<Entry> entries) throws IOException {
    try {
      adding(entries).commit(socket);
    } catch (NetlinkException e) {
      if (e.is(Errno.ENOENT)) {
        found();
        replace(entries);
      } else if (e.is(Errno.EEXIST)) {
        replace(entries);
      } else {
        throw e;
      }
    }
  }

  private Transaction adding(List<Entry> entries) {
    Transaction adding = new Transaction();
    entries.forEach(entry -> adding.createElements(layout.table(), entry.set(), element(entry)));
    return adding;
  }

  private static List<Element> element(Entry entry) {
    return List.of(entry.element());
  }

  /**
   * A port that leads elsewhere was left behind by a process that has ended: the socket that holds
   * the port is ours.
   */
  private void replace(List<Entry> entries) throws IOException {
    for (List<Entry> some : parts(entries, MOST_ANSWERED)) {
      Transaction replacing = new Transaction();
      for (Entry entry : some) {
        replacing.deleteElementsIfThere(layout.table(), entry.set(), element(entry));
        replacing.addElements(layout.table(), entry.set(), element(entry));
      }
      replacing.commit(socket);
    }
  }

  /** Removes elements; what is gone already is no error. */
  void remove(List<Entry> entries) throws IOException {
    for (List<Entry> some : parts(entries, MOST_ANSWERED)) {
      Transaction removing = new Transaction();
      some.forEach(
          entry -> removing.deleteElementsIfThere(layout.table(), entry.set(), element(entry)));
      removing.commit(socket);
    }
  }

  private static List<List<Entry>> parts(List<Entry> entries, int most) {
    List<List<Entry>> parts = new ArrayList<>();
    for (int from = 0; from < entries.size(); from += most) {
      parts.add(entries.subList(from, Math.min(from + most, entries.size())));
    }
    return parts;
  }

  /** Whose the element of this key is; empty if there is none, or nobody has marked it. */
  Optional<Mark> mark(String set, Field key) throws IOException {
    return new Ruleset(socket)
        .element(layout.table(), set, key)
        .flatMap(element -> Mark.parse(element.comment()));
  }

  /**
   * Removes whatever carries an owner's mark with this id, whether or not anybody remembers it.
   * Slow: it lists all sets.
   *
   * @param id the first {@link Mark#ID_LENGTH} digits
   * @return how many there were
   */
  int removeMarked(String owner, String id) throws IOException {
    return removeMarked(mark -> mark.owner().equals(owner) && mark.id().equals(id));
  }

  /** The same with any id. */
  int removeMarked(String owner) throws IOException {
    return removeMarked(mark -> mark.owner().equals(owner));
  }

  private int removeMarked(Predicate<Mark> those) throws IOException {
    Ruleset ruleset = new Ruleset(socket);
    List<Entry> marked = new ArrayList<>();
    for (NftSet set : layout.sets()) {
      for (Element element : ruleset.elements(layout.table(), set.name())) {
        Mark.parse(element.comment())
            .filter(those)
            .ifPresent(mark -> marked.add(new Entry(set.name(), element)));
      }
    }
    remove(marked);
    return marked.size();
  }

  /** The elements of a set; none if there is no table. It lists them, so not for the usual way. */
  List<Element> elements(String set) throws IOException {
    return new Ruleset(socket).elements(layout.table(), set);
  }

  /** What it always holds. */
  TableLayout layout() {
    return layout;
  }

  /** All that should be in it. */
  List<Entry> expected() {
    return expected.get();
  }

  /**
   * Makes what is missing of the table, writes its rules anew and adds all that should be in it.
   */
  void found() throws IOException {
    Transaction founding = new Transaction();
    layout.addTo(founding);
    founding.commit(socket);
    for (List<Entry> some : parts(expected.get(), MOST_AT_ONCE)) {
      try {
        adding(some).commit(socket);
      } catch (NetlinkException e) {
        if (!e.is(Errno.EEXIST)) {
          throw e;
        }
        replace(some);
      }
    }
  }
}
