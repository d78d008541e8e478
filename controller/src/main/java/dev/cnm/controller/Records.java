package dev.cnm.controller;

import dev.cnm.ConflictException;
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

  private final ReentrantLock lock = new ReentrantLock();
  private final StateStore store;
  private final List<Consumer<Picture>> observers = new ArrayList<>(2);
  private Picture picture = new Picture();
  private long version = Long.MIN_VALUE;
  private volatile boolean closed;

  /** Works on {@code store}. */
  Records(StateStore store) {
    this.store = store;
  }

  /** Tells {@code observer} of each new picture. To be said before the records are first used. */
  void onRedraw(Consumer<Picture> observer) {
    observers.add(observer);
  }

  /** What is changed in one transaction: shown in the picture once the store has taken it. */
  static final class Draft {
    private final Picture picture;
    private final Transaction transaction;
    private final List<Consumer<Picture>> changes = new ArrayList<>();
    private final Undo undo = new Undo();
    private final List<Undo.Step> releases = new ArrayList<>(1);
    private long version;

    private Draft(Picture picture, Transaction transaction) {
      this.picture = picture;
      this.transaction = transaction;
    }

    /** The records as they were when the transaction began. */
    Picture picture() {
      return picture;
    }

    void put(StateRecord record) throws IOException {
      transaction.put(record);
      changes.add(it -> it.put(record));
      take(record);
    }

    void delete(StateRecord record) throws IOException {
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
    lock.lock();
    try {
      requireOpen();
      List<Draft> drafts = new ArrayList<>(1);
      try {
        T result =
            store.transaction(transaction -> {
              refresh(transaction);
              Draft draft = new Draft(picture, transaction);
              drafts.add(draft);
              T value = change.apply(draft);
              draft.version = transaction.version();
              return value;
            });
        Draft taken = drafts.getLast();
        taken.changes.forEach(it -> it.accept(picture));
        version = taken.version;
        taken.releases.forEach(Records::giveBack);
        return result;
      } catch (Throwable e) {
        drafts.forEach(draft -> draft.undo.after(e));
        throw e;
      }
    } finally {
      lock.unlock();
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

  /** Looks at the records. */
  <T> T read(Function<Picture, T> question) {
    try {
      return change(draft -> question.apply(draft.picture()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the records", e);
    }
  }

  private void refresh(Transaction transaction) throws IOException {
    if (transaction.version() == version) {
      return;
    }
    Picture next = new Picture();
    transaction.load(NetworkRecord.class).forEach(next::put);
    transaction.load(EndpointRecord.class).forEach(next::put);
    transaction.load(SandboxRecord.class).forEach(next::put);
    picture = next;
    version = transaction.version();
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
        if (!busy.owner.alive()) {
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
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        store.close();
      }
    } finally {
      lock.unlock();
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
