package dev.cnm.controller.state;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Keeps what a controller remembers. Safe for use by several threads and, if it is {@link
 * #durable}, by several controllers in several processes at once.
 *
 * {@snippet :
 * NetworkRecord web = store.transaction(tx -> tx.load(NetworkRecord.class)).getFirst();
 * store.transaction(tx -> {
 *   tx.delete(NetworkRecord.class, web.id());
 *   return web;
 * });
 * }
 */
public interface StateStore extends AutoCloseable {

  /**
   * Whether the records outlive the controller, so that closing it is to leave everything alone.
   */
  boolean durable();

  /**
   * Whose the records are, to be written on what they stand for in the kernel ({@link
   * dev.cnm.spi.DriverContext#owner}): the same for all who open this store, and for as long as it
   * has records.
   *
   * @return what {@link #newOwner} gave when the store was made
   * @throws IOException if the store can't be read or written
   */
  String owner() throws IOException;

  /**
   * Chooses an owner for a new store.
   *
   * @return {@code cnm-} and eight random hexadecimal digits
   * @throws IOException if the kernel gives no random numbers ({@code random(4)})
   */
  static String newOwner() throws IOException {
    try (InputStream urandom = new FileInputStream("/dev/urandom")) {
      return "cnm-" + HexFormat.of().formatHex(urandom.readNBytes(Integer.BYTES));
    }
  }

  /**
   * The file in which a durable store keeps the records, for others on the host to see whether it
   * is still there; empty if there is no such file.
   */
  default Optional<Path> file() {
    return Optional.empty();
  }

  /**
   * Whose the records in another file are, if that is a store of this kind. It changes nothing.
   *
   * @return empty if it can't be told
   */
  default Optional<String> ownerOf(Path file) {
    return Optional.empty();
  }

  /**
   * A number that is another one after a record was changed, in this process or another: who reads
   * the number, then the records, and later finds the number the same, has the records still. It is
   * read in no time, and without waiting for a transaction; it may also change for nothing.
   */
  long stamp();

  /**
   * Runs {@code work} while no other transaction runs, in this process or another. If it throws,
   * none of its changes is kept. Transactions are not nested, and do nothing slow.
   *
   * @return what {@code work} returned
   * @throws StoreBusyException if another process has been in a transaction for too long
   * @throws IOException if the store can't be read or written, or {@code work} threw it
   */
  <T> T transaction(Work<T> work) throws IOException;

  /**
   * Runs {@code work} over the records as they are at one moment, while others may change them: it
   * waits for no other process, and changes nothing. For a durable store it is what keeps a process
   * that stands still in a transaction from holding up those who only look.
   *
   * @return what {@code work} returned
   * @throws IOException if the store can't be read, or {@code work} threw it
   */
  default <T> T snapshot(Work<T> work) throws IOException {
    return transaction(work);
  }

  /**
   * Releases what the store holds open. The records of a durable store stay.
   *
   * @throws IOException if something could not be released
   */
  @Override
  void close() throws IOException;

  /**
   * What is done in a transaction.
   *
   * @param <T> its result
   */
  @FunctionalInterface
  interface Work<T> {

    /**
     * Does it.
     *
     * @throws IOException to give up
     */
    T run(Transaction transaction) throws IOException;
  }

  /** The records while nobody else can change them. Good until the work returns; for its thread. */
  interface Transaction {

    /**
     * A number that tells whether the records have changed: what is read at the end of a
     * transaction is read again at the beginning of a later one if, and only if, nobody else has
     * changed a record in between.
     */
    long version() throws IOException;

    /**
     * All records of a kind.
     *
     * @throws IOException if they can't be read
     */
    <R extends StateRecord> List<R> load(Class<R> kind) throws IOException;

    /**
     * Adds a record, or replaces the one of its kind and id.
     *
     * @throws IOException if it can't be written
     */
    void put(StateRecord record) throws IOException;

    /**
     * Removes a record. Does nothing if there is none of that id.
     *
     * @throws IOException if it can't be written
     */
    void delete(Class<? extends StateRecord> kind, String id) throws IOException;
  }
}
