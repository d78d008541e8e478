package dev.cnm.controller.state;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Records in the memory of this process: gone with it. */
public final class MemoryStateStore implements StateStore {

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Key, StateRecord> records = new HashMap<>();
  private long version;
  private final AtomicLong stamp = new AtomicLong();
  private @Nullable String owner;

  private record Key(Class<? extends StateRecord> kind, String id) {}

  /** Creates one without records. */
  public MemoryStateStore() {}

  @Override
  public String owner() throws IOException {
    lock.lock();
    try {
      String known = owner;
      if (known == null) {
        known = StateStore.newOwner();
        owner = known;
      }
      return known;
    } finally {
      lock.unlock();
    }
  }

  /** False: a controller over it removes what it made when it is closed. */
  @Override
  public boolean durable() {
    return false;
  }

  @Override
  public long stamp() {
    return stamp.get();
  }

  @Override
  public <T> T transaction(Work<T> work) throws IOException {
    lock.lock();
    try {
      Changes changes = new Changes();
      boolean done = false;
      try {
        T result = work.run(changes);
        done = true;
        return result;
      } finally {
        if (!done) {
          changes.undo();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Does nothing. */
  @Override
  public void close() {}

  private final class Changes implements Transaction {

    private record Former(Key key, @Nullable StateRecord value) {}

    private final List<Former> formers = new ArrayList<>();
    private final long before = version;

    @Override
    public long version() {
      return version;
    }

    @Override
    public <R extends StateRecord> List<R> load(Class<R> kind) {
      return records.values().stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    @Override
    public void put(StateRecord record) {
      Key key = new Key(record.getClass(), record.id());
      formers.add(new Former(key, records.put(key, record)));
      version++;
      stamp.incrementAndGet();
    }

    @Override
    public void delete(Class<? extends StateRecord> kind, String id) {
      Key key = new Key(kind, id);
      formers.add(new Former(key, records.remove(key)));
      version++;
      stamp.incrementAndGet();
    }

    private void undo() {
      for (Former former : formers.reversed()) {
        if (former.value == null) {
          records.remove(former.key);
        } else {
          records.put(former.key, former.value);
        }
      }
      version = before;
    }
  }
}
