package dev.cnm.controller;

import dev.cnm.controller.state.MemoryStateStore;
import dev.cnm.controller.state.StateStore;
import java.io.IOException;

/** Records that outlive a controller, as long as the test lasts. */
record KeptStore(MemoryStateStore records) implements StateStore {

  KeptStore() {
    this(new MemoryStateStore());
  }

  @Override
  public boolean durable() {
    return true;
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
    return records.transaction(work);
  }

  @Override
  public void close() {}
}
