package dev.cnm.cli.state;

import dev.cnm.ConflictException;
import dev.cnm.controller.state.StateRecord;
import dev.cnm.controller.state.StateStore;
import io.avaje.jsonb.Jsonb;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * Records as JSON in a SQLite file, in write-ahead mode: safe for several processes, and nothing
 * waits for a disk flush. Safe for use by several threads.
 */
public final class SqliteStore implements StateStore {

  private static final int BUSY_TIMEOUT_MILLIS = 30_000;

  private static final VarHandle NUMBER =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final ReentrantLock lock = new ReentrantLock();
  private final Jsonb json = Jsonb.builder().build();
  private final Connection connection;
  private final String owner;
  private final MappedByteBuffer changes;

  /** Whether the transaction that runs has changed something. */
  private boolean changed;

  private SqliteStore(Connection connection, String owner, MappedByteBuffer changes) {
    this.connection = connection;
    this.owner = owner;
    this.changes = changes;
  }

  /**
   * Opens the store, and makes it if there is none.
   *
   * @param file in a folder that exists; it is private to its owner
   * @throws IOException if it can't be opened
   */
  public static SqliteStore open(Path file) throws IOException {
    if (!Files.exists(file)) {
      try {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      } catch (java.nio.file.FileAlreadyExistsException e) {
        // Another command was faster; it is the same file.
      }
    }
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.OFF);
    config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + file);
    try {
      Connection connection = source.getConnection();
      try (Statement statement = connection.createStatement()) {
        statement.execute(
            "create table if not exists record"
                + " (kind text, id text, json text not null, primary key (kind, id))");
        statement.execute("create table if not exists version (number integer not null)");
        statement.execute("create table if not exists owner (id text not null)");
        return new SqliteStore(
            connection,
            owner(statement),
            map(file.resolveSibling(file.getFileName() + "-changes")));
      } catch (SQLException | IOException e) {
        connection.close();
        throw e;
      }
    } catch (SQLException e) {
      throw new IOException("cannot open the store " + file + ": " + e.getMessage(), e);
    }
  }

  /** Whose the store is: chosen by the first who asks, of those who ask at once by one. */
  private static String owner(Statement statement) throws SQLException, IOException {
    String query = "select id from owner";
    try (ResultSet row = statement.executeQuery(query)) {
      if (row.next()) {
        return row.getString(1);
      }
    }
    statement.execute(
        "insert into owner select '"
            + StateStore.newOwner()
            + "' where not exists (select * from owner)");
    try (ResultSet row = statement.executeQuery(query)) {
      return row.getString(1);
    }
  }

  /**
   * Maps a number that counts changes into memory, the same for all processes. SQLite has one of
   * its own ({@code PRAGMA data_version}), but reading it takes its locks.
   */
  private static MappedByteBuffer map(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      return channel.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES);
    }
  }

  @Override
  public String owner() {
    return owner;
  }

  @Override
  public long stamp() {
    return (long) NUMBER.getAcquire(changes, 0);
  }

  /** True: a controller over it leaves what it made when it is closed. */
  @Override
  public boolean durable() {
    return true;
  }

  @Override
  public <T> T transaction(Work<T> work) throws IOException {
    lock.lock();
    try {
      execute("begin immediate");
      boolean done = false;
      changed = false;
      try {
        T result = work.run(new Rows());
        if (changed) {
          // Before the commit: who sees the new number waits for us before reading, and if we end
          // here nobody misses a change.
          long _ = (long) NUMBER.getAndAdd(changes, 0, 1L);
        }
        execute("commit");
        done = true;
        return result;
      } finally {
        if (!done) {
          execute("rollback");
        }
      }
    } catch (SQLException e) {
      throw failure(e);
    } finally {
      lock.unlock();
    }
  }

  /**
   * The containers.
   *
   * @throws IOException if they can't be read
   */
  public List<Container> containers() throws IOException {
    return transaction(transaction -> load(Container.class));
  }

  /**
   * Adds a container, if no other one has its name.
   *
   * @throws ConflictException if one has
   * @throws IOException if the store fails
   */
  public void claim(Container container) throws IOException {
    transaction(transaction -> {
      for (Container other : load(Container.class)) {
        if (other.name().equals(container.name())) {
          throw new ConflictException(
              "the container name "
                  + container.name()
                  + " is in use by container "
                  + other.shortId());
        }
      }
      put(Container.class, container.id(), container);
      return container;
    });
  }

  /**
   * Makes this process the one to clean up after a container, unless another one was faster.
   *
   * @param known the container as it was when its runner was found to have ended
   * @return whether it is this process
   * @throws IOException if the store fails
   */
  public boolean takeOver(Container known) throws IOException {
    return transaction(transaction -> {
      for (Container now : load(Container.class)) {
        if (now.id().equals(known.id()) && now.runner().equals(known.runner())) {
          put(Container.class, now.id(), now.takenOver());
          return true;
        }
      }
      return false;
    });
  }

  /**
   * Adds a container, or replaces the one of its id.
   *
   * @throws IOException if it can't be written
   */
  public void put(Container container) throws IOException {
    transaction(transaction -> {
      put(Container.class, container.id(), container);
      return container;
    });
  }

  /**
   * Removes a container.
   *
   * @throws IOException if it can't be removed
   */
  public void delete(Container container) throws IOException {
    transaction(transaction -> {
      delete(Container.class, container.id());
      return container;
    });
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private <R> List<R> load(Class<R> kind) throws IOException {
    try (PreparedStatement query =
        connection.prepareStatement("select json from record where kind = ?")) {
      query.setString(1, kind.getSimpleName());
      List<R> records = new ArrayList<>();
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          records.add(json.type(kind).fromJson(rows.getString(1)));
        }
      }
      return records;
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  private <R> void put(Class<R> kind, String id, R record) throws IOException {
    try (PreparedStatement insert =
        connection.prepareStatement("insert or replace into record values (?, ?, ?)")) {
      insert.setString(1, kind.getSimpleName());
      insert.setString(2, id);
      insert.setString(3, json.type(kind).toJson(record));
      insert.executeUpdate();
      count();
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  private void delete(Class<?> kind, String id) throws IOException {
    try (PreparedStatement delete =
        connection.prepareStatement("delete from record where kind = ? and id = ?")) {
      delete.setString(1, kind.getSimpleName());
      delete.setString(2, id);
      delete.executeUpdate();
      count();
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  private void count() throws SQLException {
    changed = true;
    execute(
        "insert or replace into version (rowid, number)"
            + " values (1, coalesce((select number from version where rowid = 1), 0) + 1)");
  }

  private static IOException failure(SQLException e) {
    return new IOException("the store failed: " + e.getMessage(), e);
  }

  private final class Rows implements Transaction {

    @Override
    public long version() throws IOException {
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("select number from version where rowid = 1")) {
        return row.next() ? row.getLong(1) : 0;
      } catch (SQLException e) {
        throw failure(e);
      }
    }

    @Override
    public <R extends StateRecord> List<R> load(Class<R> kind) throws IOException {
      return SqliteStore.this.load(kind);
    }

    @Override
    public void put(StateRecord record) throws IOException {
      put(record.getClass(), record);
    }

    private <R extends StateRecord> void put(Class<R> kind, StateRecord record) throws IOException {
      SqliteStore.this.put(kind, record.id(), kind.cast(record));
    }

    @Override
    public void delete(Class<? extends StateRecord> kind, String id) throws IOException {
      SqliteStore.this.delete(kind, id);
    }
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      connection.close();
    } catch (SQLException e) {
      throw failure(e);
    } finally {
      lock.unlock();
    }
  }
}
