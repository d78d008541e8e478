package dev.cnm.controller;

import dev.cnm.InvalidParameterException;
import dev.cnm.controller.state.StateRecord;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/** Ids: what they are made of, and how they are abbreviated. */
final class Ids {

  private static final int LENGTH = 32;
  private static final int AT_ONCE = 64;

  private static final ReentrantLock LOCK = new ReentrantLock();
  private static byte[] random = new byte[0];
  private static int used;

  private Ids() {}

  /**
   * 64 random hexadecimal digits. Straight from the kernel (random(4)), for there is no provider to
   * load; for several ids at a time, for opening the file takes longer than all the rest.
   */
  static String next() throws IOException {
    LOCK.lock();
    try {
      if (used == random.length) {
        try (InputStream urandom = new FileInputStream("/dev/urandom")) {
          random = urandom.readNBytes(LENGTH * AT_ONCE);
        }
        used = 0;
      }
      used += LENGTH;
      return HexFormat.of().formatHex(random, used - LENGTH, used);
    } finally {
      LOCK.unlock();
    }
  }

  /** The record with this id, or the only one whose id starts with it. */
  static <R extends StateRecord> Optional<R> find(
      NavigableMap<String, R> records, String idOrPrefix, String kind, Predicate<R> visible) {
    if (idOrPrefix.isEmpty()) {
      throw new InvalidParameterException("invalid " + kind + " id: it is empty");
    }
    List<R> matches = new ArrayList<>();
    for (R record : records.tailMap(idOrPrefix, true).values()) {
      if (!record.id().startsWith(idOrPrefix)) {
        break;
      }
      if (visible.test(record)) {
        matches.add(record);
      }
    }
    if (matches.size() > 1) {
      List<String> names =
          matches.stream()
              .map(match -> match.name() + " (" + match.id().substring(0, 12) + ")")
              .sorted()
              .toList();
      throw new InvalidParameterException(
          "several "
              + kind
              + "s have an id that starts with "
              + idOrPrefix
              + ": "
              + String.join(", ", names));
    }
    return matches.isEmpty() ? Optional.empty() : Optional.of(matches.getFirst());
  }
}
