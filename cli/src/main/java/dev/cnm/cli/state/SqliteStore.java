package dev.cnm.cli.state;

import dev.cnm.ConflictException;
import dev.cnm.controller.state.StateRecord;
import dev.cnm.controller.state.StateStore;
import dev.cnm.controller.state.StoreBusyException;
import io.avaje.jsonb.Jsonb;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteErrorCode;

/**
 * Records as JSON in a SQLite file, in write-ahead mode: safe for several processes, and nothing
 * waits for a disk flush. Safe for use by several threads.
 */
public final class SqliteStore implements StateStore {

  private static final System.Logger LOG = System.getLogger(SqliteStore.class.getName());

  /** How long SQLite tries before it is asked again. */
  private static final int BUSY_TIMEOUT_MILLIS = 500;

  /** How long to wait while nobody gets anything done, and how long if others do. */
  private static final Duration STANDSTILL = Duration.ofSeconds(5);

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** By how much SQLite makes its file {@code -shm} longer at a time. */
  private static final long LITTLE = 32 * 1024;

  private static final VarHandle NUMBER =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  /** Where in the file that is mapped to find the change that is about to be made. */
  private static final int ANNOUNCED = 0;

  /** The change that was made last. */
  private static final int COMMITTED = Long.BYTES;

  private final ReentrantLock lock = new ReentrantLock();
  private final ReentrantLock readerLock = new ReentrantLock();
  private final Jsonb json = Jsonb.builder().build();
  private final Path file;
  private final Connection connection;
  private final String owner;
  private final MappedByteBuffer changes;
  private final AtomicLong unsettled = new AtomicLong(Long.MIN_VALUE + 1);

  /** Sees what was there when it began to look, whoever is in a transaction; opened when needed. */
  private @Nullable Connection reader;

  private final Map<String, Unreadable> unreadable = new ConcurrentHashMap<>();

  /** Whether the transaction that runs has changed something. */
  private boolean changed;

  private SqliteStore(Path file, Connection connection, String owner, MappedByteBuffer changes) {
    this.file = file;
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
    try {
      return openFile(file);
    } catch (SQLException e) {
      throw failure("cannot open the store " + file, file, e);
    }
  }

  private static SqliteStore openFile(Path file) throws IOException, SQLException {
    if (!Files.exists(file)) {
      try {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      } catch (java.nio.file.FileAlreadyExistsException e) {
        // Another command was faster; it is the same file.
      }
    }
    // Of several that make a new store at once, one is first: the others have to wait.
    Connection connection = connect(file, PATIENCE);
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "create table if not exists record"
              + " (kind text, id text, json text not null, primary key (kind, id))");
      statement.execute("create table if not exists version (number integer not null)");
      statement.execute("create table if not exists owner (id text not null)");
      String owner = owner(statement);
      statement.execute("pragma busy_timeout = " + BUSY_TIMEOUT_MILLIS);
      return new SqliteStore(
          file, connection, owner, map(file.resolveSibling(file.getFileName() + "-changes")));
    } catch (SQLException | IOException e) {
      connection.close();
      throw e;
    }
  }

  private static Connection connect(Path file, Duration timeout) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.OFF);
    config.setBusyTimeout(Math.toIntExact(timeout.toMillis()));
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + file);
    return source.getConnection();
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
   * Maps the numbers that count changes into memory, the same for all processes. SQLite has one of
   * its own ({@code PRAGMA data_version}), but reading it takes its locks.
   */
  private static MappedByteBuffer map(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      // Written, not only made longer: on a full disk it is to fail here and not when the memory is
      // touched, for which there is only a signal (mmap(2), SIGBUS).
      if (channel.size() < 2 * Long.BYTES) {
        channel.write(ByteBuffer.allocate(2 * Long.BYTES), 0);
      }
      return channel.map(FileChannel.MapMode.READ_WRITE, 0, 2 * Long.BYTES);
    }
  }

  @Override
  public String owner() {
    return owner;
  }

  @Override
  public Optional<Path> file() {
    return Optional.of(file);
  }

  @Override
  public Optional<String> ownerOf(Path other) {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + other);
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("select id from owner")) {
      return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
    } catch (SQLException e) {
      LOG.log(Level.DEBUG, "the owner of " + other + " can't be read", e);
      return Optional.empty();
    }
  }

  @Override
  public long stamp() {
    long announced = (long) NUMBER.getAcquire(changes, ANNOUNCED);
    long committed = (long) NUMBER.getAcquire(changes, COMMITTED);
    // In the middle of a change, or of one that was never finished, nobody knows what others see.
    return announced == committed ? committed : unsettled.getAndIncrement();
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
      begin();
      boolean done = false;
      changed = false;
      long announced = 0;
      try {
        T result = work.run(new Rows(connection));
        if (changed) {
          // Before the commit, lest anybody takes old records for new if we end here.
          announced = version(connection);
          NUMBER.setRelease(changes, ANNOUNCED, announced);
        }
        execute(connection, "commit");
        done = true;
        if (changed) {
          settle(announced);
        }
        return result;
      } finally {
        if (!done) {
          rollBack();
        }
      }
    } catch (SQLException e) {
      throw failure("the store failed", file, e);
    } finally {
      lock.unlock();
    }
  }

  /** Another process may have gone further meanwhile. */
  private void settle(long committed) {
    long now = (long) NUMBER.getAcquire(changes, COMMITTED);
    while (now < committed && !NUMBER.compareAndSet(changes, COMMITTED, now, committed)) {
      now = (long) NUMBER.getAcquire(changes, COMMITTED);
    }
  }

  /**
   * Waits for its turn: longer if others get something done meanwhile.
   *
   * @throws StoreBusyException if one of them stands still
   * @throws InterruptedIOException if the thread is interrupted and it is another one's turn
   */
  private void begin() throws SQLException, StoreBusyException, InterruptedIOException {
    long began = System.nanoTime();
    long lastChange = (long) NUMBER.getAcquire(changes, ANNOUNCED);
    long stillSince = began;
    while (true) {
      try {
        execute(connection, "begin immediate");
        return;
      } catch (SQLException e) {
        if (code(e) != SQLiteErrorCode.SQLITE_BUSY.code) {
          throw e;
        }
        if (Thread.currentThread().isInterrupted()) {
          throw new InterruptedIOException("interrupted while another process held " + file);
        }
        long change = (long) NUMBER.getAcquire(changes, ANNOUNCED);
        long now = System.nanoTime();
        if (change != lastChange) {
          lastChange = change;
          stillSince = now;
        }
        if (now - stillSince > STANDSTILL.toNanos() || now - began > PATIENCE.toNanos()) {
          throw StoreHolder.of(file).failure(file, Duration.ofNanos(now - began), e);
        }
      }
    }
  }

  /** SQLite has done so already if the disk is full, or after an input/output error. */
  private void rollBack() {
    try {
      execute(connection, "rollback");
    } catch (SQLException e) {
      LOG.log(Level.DEBUG, "there was nothing to roll back", e);
    }
  }

  @Override
  public <T> T snapshot(Work<T> work) throws IOException {
    readerLock.lock();
    try {
      Connection connected = reader;
      if (connected == null) {
        connected = connect(file, STANDSTILL);
        reader = connected;
      }
      execute(connected, "begin");
      try {
        return work.run(new Rows(connected));
      } finally {
        execute(connected, "rollback");
      }
    } catch (SQLException e) {
      throw failure("the store can't be read", file, e);
    } finally {
      readerLock.unlock();
    }
  }

  /**
   * The containers.
   *
   * @throws IOException if they can't be read
   */
  public List<Container> containers() throws IOException {
    return snapshot(transaction -> ((Rows) transaction).all(Container.class));
  }

  /**
   * Adds a container, if no other one has its name.
   *
   * @throws ConflictException if one has
   * @throws IOException if the store fails
   */
  public void claim(Container container) throws IOException {
    transaction(transaction -> {
      for (Container other : load(connection, Container.class)) {
        if (other.id().equals(container.id())) {
          throw new ConflictException("the container id " + other.shortId() + " is in use");
        }
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
      for (Container now : load(connection, Container.class)) {
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
      delete(Container.class.getSimpleName(), container.id());
      return container;
    });
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private <R> List<R> load(Connection from, Class<R> kind) throws IOException {
    try (PreparedStatement query =
        from.prepareStatement("select id, json from record where kind = ?")) {
      query.setString(1, kind.getSimpleName());
      List<R> records = new ArrayList<>();
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          try {
            records.add(json.type(kind).fromJson(rows.getString(2)));
          } catch (RuntimeException e) {
            // One that can't be read must not keep all others from being used.
            unreadable.put(
                rows.getString(1),
                new Unreadable(
                    kind.getSimpleName(), rows.getString(1), String.valueOf(e.getMessage())));
          }
        }
      }
      return records;
    } catch (SQLException e) {
      throw failure("the store can't be read", file, e);
    }
  }

  /** Whether a process stands still: stopped by a signal, or by a debugger. */
  public static boolean isStopped(long pid) {
    return StoreHolder.isStopped(pid);
  }

  /**
   * A record that can't be read.
   *
   * @param kind the simple name of its class
   * @param id its id
   * @param reason what is wrong with it
   */
  public record Unreadable(String kind, String id, String reason) {}

  /**
   * The records that could not be read so far, all of them once those of all kinds were asked for.
   * They are passed over as if they were not there, and stay in the store.
   */
  public List<Unreadable> unreadable() {
    return List.copyOf(unreadable.values());
  }

  /**
   * Removes a record that can't be read.
   *
   * @throws IOException if it can't be removed
   */
  public void forget(Unreadable record) throws IOException {
    transaction(transaction -> {
      delete(record.kind(), record.id());
      return record;
    });
    unreadable.remove(record.id());
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
      throw failure("the store can't be written", file, e);
    }
  }

  private void delete(String kind, String id) throws IOException {
    try (PreparedStatement delete =
        connection.prepareStatement("delete from record where kind = ? and id = ?")) {
      delete.setString(1, kind);
      delete.setString(2, id);
      delete.executeUpdate();
      count();
    } catch (SQLException e) {
      throw failure("the store can't be written", file, e);
    }
  }

  private void count() throws SQLException {
    changed = true;
    execute(
        connection,
        "insert or replace into version (rowid, number)"
            + " values (1, coalesce((select number from version where rowid = 1), 0) + 1)");
  }

  private static long version(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("select number from version where rowid = 1")) {
      return row.next() ? row.getLong(1) : 0;
    }
  }

  /** The primary result code, without what SQLite adds to it. */
  private static int code(SQLException e) {
    return e.getErrorCode() & 0xff;
  }

  /** SQLite calls it an input/output error where it fails to make one of its files longer. */
  private static boolean isFull(Path folder) {
    try {
      return Files.getFileStore(folder).getUsableSpace() < LITTLE;
    } catch (IOException e) {
      return false;
    }
  }

  /** What SQLite's codes mean to a person, with the folder that it is about. */
  private static IOException failure(String what, Path file, SQLException e) {
    Path folder = file.resolveSibling("").toAbsolutePath();
    int code = code(e);
    String reason;
    if (code == SQLiteErrorCode.SQLITE_FULL.code
        || (code == SQLiteErrorCode.SQLITE_IOERR.code && isFull(folder))) {
      reason = "no space left on the device of the folder " + folder;
    } else if (code == SQLiteErrorCode.SQLITE_IOERR.code) {
      reason = "input/output error in the folder " + folder + " (" + e.getMessage() + ")";
    } else if (code == SQLiteErrorCode.SQLITE_READONLY.code) {
      reason = "the folder " + folder + " or a file in it can't be written";
    } else if (code == SQLiteErrorCode.SQLITE_CANTOPEN.code) {
      reason = "a file in the folder " + folder + " can't be opened; may it be read and written?";
    } else if (code == SQLiteErrorCode.SQLITE_CORRUPT.code
        || code == SQLiteErrorCode.SQLITE_NOTADB.code) {
      reason = file + " is damaged, or no database; move it away to begin anew";
    } else {
      reason = e.getMessage();
    }
    return new IOException(what + ": " + reason, e);
  }

  private final class Rows implements Transaction {

    private final Connection from;

    private Rows(Connection from) {
      this.from = from;
    }

    private <R> List<R> all(Class<R> kind) throws IOException {
      return SqliteStore.this.load(from, kind);
    }

    @Override
    public long version() throws IOException {
      try {
        return SqliteStore.version(from);
      } catch (SQLException e) {
        throw failure("the store can't be read", file, e);
      }
    }

    @Override
    public <R extends StateRecord> List<R> load(Class<R> kind) throws IOException {
      return all(kind);
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
      SqliteStore.this.delete(kind.getSimpleName(), id);
    }
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    readerLock.lock();
    try {
      if (reader != null) {
        reader.close();
      }
      connection.close();
    } catch (SQLException e) {
      throw failure("the store can't be closed", file, e);
    } finally {
      readerLock.unlock();
      lock.unlock();
    }
  }
}
