package dev.cnm.controller;

import dev.cnm.controller.state.MemoryStateStore;
import dev.cnm.controller.state.StateRecord;
import dev.cnm.controller.state.StateStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Records in memory, of which one change fails, as on a disk that is full for a moment. */
final class FailingStore implements StateStore {

  private final MemoryStateStore records = new MemoryStateStore();
  private final AtomicInteger left = new AtomicInteger(-1);

  /** From now on, the change with this number fails: 0 is the next one. */
  void failAt(int number) {
    left.set(number);
  }

  /** Takes {@link #failAt} back; whether the change never came. */
  boolean neverFailed() {
    return left.getAndSet(-1) >= 0;
  }

  /** All there is. */
  List<StateRecord> all() throws IOException {
    return records.transaction(tx -> new ArrayList<>(tx.load(StateRecord.class)));
  }

  private void count(StateRecord record) throws IOException {
    if (left.getAndDecrement() == 0) {
      throw new IOException("the store fails on purpose: " + record.id());
    }
  }

  @Override
  public boolean durable() {
    return records.durable();
  }

  @Override
  public String owner() throws IOException {
    return records.owner();
  }

  @Override
  public long stamp() {
    return records.stamp();
  }

  @Override
  public <T> T transaction(Work<T> work) throws IOException {
    return records.transaction(transaction ->
        work.run(
            new Transaction() {
              @Override
              public long version() throws IOException {
                return transaction.version();
              }

              @Override
              public <R extends StateRecord> List<R> load(Class<R> kind) throws IOException {
                return transaction.load(kind);
              }

              @Override
              public void put(StateRecord record) throws IOException {
                count(record);
                transaction.put(record);
              }

              @Override
              public void delete(Class<? extends StateRecord> kind, String id) throws IOException {
                transaction.delete(kind, id);
              }
            }));
  }

  @Override
  public void close() {
    records.close();
  }
}
