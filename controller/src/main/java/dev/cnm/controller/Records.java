package dev.cnm.controller;

import dev.cnm.ConflictException;
import dev.cnm.ForbiddenException;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.controller.state.Owner;
import dev.cnm.controller.state.SandboxRecord;
import dev.cnm.controller.state.StateRecord;
import dev.cnm.controller.state.StateStore;
import dev.cnm.controller.state.StateStore.Transaction;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The records and the picture of them: everything that is looked up or changed goes through here,
 * one after another. The picture is drawn anew only if another process has changed the records.
 */
final class Records {

  private static final System.Logger LOG = System.getLogger(Records.class.getName());

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Held by the one who changes the records, also while it waits for the store. */
  private final ReentrantLock writing = new ReentrantLock();

  /** Guards the picture; taken after that of the store, if both are. */
  private final ReentrantLock lock = new ReentrantLock();

  private final StateStore store;
  private final List<Consumer<Picture>> observers = new ArrayList<>(2);
  private Picture picture = new Picture();
  private long version = Long.MIN_VALUE;
  private Function<Picture, String> guard = picture -> "";
  private String refusal = "";

  /** The store's stamp when the picture was last found to be up to date. */
  private volatile long seen = Long.MIN_VALUE;

  private volatile boolean closed;

  /** Works on {@code store}. */
  Records(StateStore store) {
    this.store = store;
  }

  /** Tells {@code observer} of each new picture. To be said before the records are first used. */
  void onRedraw(Consumer<Picture> observer) {
    observers.add(observer);
  }

  /**
   * Has all changes refused while {@code reason} finds one in the records, in which case it is not
   * empty. To be said before the records are first used.
   */
  void refuse(Function<Picture, String> reason) {
    guard = reason;
  }

  /** Why all changes are refused; empty if they aren't. */
  String refusal() {
    lock.lock();
    try {
      return refusal;
    } finally {
      lock.unlock();
    }
  }

  /** What is changed in one transaction: shown in the picture once the store has taken it. */
  static final class Draft {
    private final Picture picture;
    private final Transaction transaction;
    private final List<Consumer<Picture>> changes = new ArrayList<>();
    private final Undo undo = new Undo();
    private final List<Undo.Step> releases = new ArrayList<>(1);
    private final String refusal;
    private long version;

    private Draft(Picture picture, Transaction transaction, String refusal) {
      this.picture = picture;
      this.transaction = transaction;
      this.refusal = refusal;
    }

    private void requireAllowed() {
      if (!refusal.isEmpty()) {
        throw new ForbiddenException(refusal);
      }
    }

    /** The records as they were when the transaction began. */
    Picture picture() {
      return picture;
    }

    void put(StateRecord record) throws IOException {
      requireAllowed();
      transaction.put(record);
      changes.add(it -> it.put(record));
      take(record);
    }

    void delete(StateRecord record) throws IOException {
      requireAllowed();
      transaction.delete(record.getClass(), record.id());
      changes.add(it -> it.delete(record.getClass(), record.id()));
    }

    /**
     * What is to be given back once the store has forgotten it: before, it could fail to, and
     * somebody else would have got it meanwhile.
     */
    void release(Undo.Step step) {
      releases.add(step);
    }

    /** What is to be done if the transaction fails. */
    void onFailure(Undo.Step step) {
      undo.push(step);
    }
  }

  @FunctionalInterface
  interface Change<T> {
    T apply(Draft draft) throws IOException;
  }

  @FunctionalInterface
  interface PlainChange {
    void apply(Draft draft) throws IOException;
  }

  /** Looks at the records and changes them, while nobody else does. */
  <T> T change(Change<T> change) throws IOException {
    return change(change, false);
  }

  /** The same, whatever {@link #refuse} says. */
  void runAnyway(PlainChange change) throws IOException {
    change(
        draft -> {
          change.apply(draft);
          return true;
        },
        true);
  }

  private <T> T change(Change<T> change, boolean anyway) throws IOException {
    writing.lock();
    try {
      requireOpen();
      List<Draft> drafts = new ArrayList<>(1);
      try {
        T result =
            store.transaction(transaction -> {
              // Not before the store lets us: meanwhile, others are to look.
              lock.lock();
              Rows rows = Rows.of(transaction, version);
              if (!rows.known) {
                redraw(rows);
              }
              Draft draft = new Draft(picture, transaction, anyway ? "" : refusal);
              drafts.add(draft);
              T value = change.apply(draft);
              draft.version = transaction.version();
              return value;
            });
        Draft taken = drafts.getLast();
        taken.changes.forEach(it -> it.accept(picture));
        version = taken.version;
        if (anyway) {
          refusal = guard.apply(picture);
        }
        taken.releases.forEach(Records::giveBack);
        return result;
      } catch (Throwable e) {
        drafts.forEach(draft -> draft.undo.after(e));
        throw e;
      } finally {
        if (lock.isHeldByCurrentThread()) {
          lock.unlock();
        }
      }
    } finally {
      writing.unlock();
    }
  }

  private static void giveBack(Undo.Step step) {
    try {
      step.run();
    } catch (IOException | RuntimeException e) {
      LOG.log(Level.WARNING, "what nobody has any more could not be given back", e);
    }
  }

  /**
   * Records of which no thread of this process is at work any more, whatever they say, since what
   * was done failed and could not be taken back.
   */
  private static final Set<String> ABANDONED = ConcurrentHashMap.newKeySet();

  /** Lets whoever comes next clear up what a record that is still half made stands for. */
  static void abandon(StateRecord record) {
    ABANDONED.add(record.id());
  }

  /** Somebody is at work on it again, or it is whole. */
  static void take(StateRecord record) {
    ABANDONED.remove(record.id());
  }

  static boolean isAbandoned(StateRecord record) {
    return ABANDONED.contains(record.id());
  }

  void run(PlainChange change) throws IOException {
    change(draft -> {
      change.apply(draft);
      return true;
    });
  }

  /** Looks at the records, without waiting for those who change them. */
  <T> T read(Function<Picture, T> question) {
    try {
      Rows rows = news();
      lock.lock();
      try {
        requireOpen();
        // Two may have read: what is older than the picture says nothing.
        if (!rows.known && rows.version > version) {
          redraw(rows);
        }
        return question.apply(picture);
      } finally {
        lock.unlock();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the records", e);
    }
  }

  /**
   * What the picture doesn't show yet. Without the lock: a store that waits for itself must not
   * keep the one who has it waiting for us.
   */
  private Rows news() throws IOException {
    long known;
    lock.lock();
    try {
      requireOpen();
      known = version;
    } finally {
      lock.unlock();
    }
    long now = store.stamp();
    if (now == seen) {
      return Rows.none(known);
    }
    Rows rows = store.snapshot(transaction -> Rows.of(transaction, known));
    seen = now;
    return rows;
  }

  /** All records at a version; not read if they are known. */
  private record Rows(
      long version,
      boolean known,
      List<NetworkRecord> networks,
      List<EndpointRecord> endpoints,
      List<SandboxRecord> sandboxes) {

    static Rows none(long version) {
      return new Rows(version, true, List.of(), List.of(), List.of());
    }

    static Rows of(Transaction transaction, long known) throws IOException {
      long version = transaction.version();
      return version == known
          ? none(version)
          : new Rows(
              version,
              false,
              transaction.load(NetworkRecord.class),
              transaction.load(EndpointRecord.class),
              transaction.load(SandboxRecord.class));
    }
  }

  private void redraw(Rows rows) {
    Picture next = new Picture();
    rows.networks.forEach(next::put);
    rows.endpoints.forEach(next::put);
    rows.sandboxes.forEach(next::put);
    picture = next;
    version = rows.version;
    refusal = guard.apply(next);
    observers.forEach(it -> it.accept(next));
  }

  /** The same, again and again while somebody else is at work on what is to be changed. */
  <T> T changeWhenFree(Change<T> change) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    long pause = 1;
    while (true) {
      try {
        return change(change);
      } catch (Busy busy) {
        if (busy.owner.ended()) {
          throw new ConflictException(
              busy.what
                  + " was left half made by "
                  + busy.owner
                  + ", which is gone; open the controller again to clear it up");
        }
        if (System.nanoTime() > deadline) {
          throw new ConflictException(busy.what + " is being changed by " + busy.owner);
        }
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while somebody else changed the records");
      }
      pause = Math.min(2 * pause, 20);
    }
  }

  /** Thrown within a change: not now, somebody else is at it. */
  static final class Busy extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Owner owner;
    private final String what;

    Busy(String what, Owner owner) {
      super(what, null, false, false);
      this.what = what;
      this.owner = owner;
    }
  }

  /** From now on nothing is looked up or changed. */
  void close() throws IOException {
    writing.lock();
    try {
      if (!closed) {
        closed = true;
        store.close();
      }
    } finally {
      writing.unlock();
    }
  }

  /** {@link StateStore#stamp}. */
  long stamp() {
    return store.stamp();
  }

  boolean durable() {
    return store.durable();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the controller is closed");
    }
  }
}
