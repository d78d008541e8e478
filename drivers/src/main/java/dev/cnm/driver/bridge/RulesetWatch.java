package dev.cnm.driver.bridge;

import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.nft.Field;
import dev.cnm.netlink.nft.Ruleset;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.Existing;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/**
 * Puts the tables back when somebody has deleted them, such as by {@code nft flush ruleset}: until
 * then ports that nobody published are open. It does so as long as endpoints are joined that this
 * process has joined, on a thread that there is from the first one on. Safe for use by several
 * threads; several processes may put the same back at once.
 *
 * <p>It asks for the number of the ruleset once a second, which takes the kernel some microseconds
 * and no lock ({@code nf_tables_getgen} of net/netfilter/nf_tables_api.c). To be told of changes
 * ({@code NFNLGRP_NFTABLES}) would cost more: the kernel makes a message of each rule and element
 * that anybody adds as soon as one listens, within the transaction, copies it for all who do, and
 * wakes them ({@code nf_tables_commit_release}, {@code nft_commit_notify}). With a listener for
 * each container, each attachment would wake them all.
 */
final class RulesetWatch implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(RulesetWatch.class.getName());

  private static final long PERIOD_MILLIS = 1000;

  private final Ruleset ruleset;
  private final Firewall firewall;
  private final SourceGuard guard;
  private final Existing existing;

  private final Map<String, EndpointContext> joined = new ConcurrentHashMap<>();
  private final AtomicBoolean started = new AtomicBoolean();

  /** An interrupt would close the files of a store that is being read. */
  private final CountDownLatch closed = new CountDownLatch(1);

  /** Asks through {@code socket}, which stays the caller's. */
  RulesetWatch(NetlinkSocket socket, Firewall firewall, SourceGuard guard, Existing existing) {
    ruleset = new Ruleset(socket);
    this.firewall = firewall;
    this.guard = guard;
    this.existing = existing;
  }

  /** An endpoint needs the tables from now on. */
  void joined(EndpointContext endpoint) {
    joined.put(endpoint.id(), endpoint);
    if (started.compareAndSet(false, true)) {
      Thread.ofPlatform().name("cnm-ruleset").daemon().start(this::watch);
    }
  }

  /** They no longer need them, if they ever did. */
  void left(List<EndpointContext> endpoints) {
    endpoints.forEach(endpoint -> joined.remove(endpoint.id()));
  }

  private void watch() {
    Optional<Integer> seen = Optional.empty();
    boolean failed = false;
    while (isOpen()) {
      try {
        // Before the look: what changes meanwhile is looked at next time.
        Optional<Integer> now = Optional.of(ruleset.generation());
        if (!now.equals(seen)) {
          restore();
          seen = now;
        }
        failed = false;
      } catch (IOException | RuntimeException e) {
        if (!failed && closed.getCount() > 0) {
          LOG.log(Level.WARNING, "cannot see to it that the nftables tables are there", e);
        }
        failed = true;
      }
    }
  }

  /** Waits for the next look. */
  private boolean isOpen() {
    try {
      return !closed.await(PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }

  private void restore() throws IOException {
    if (!isMissing()) {
      return;
    }
    // Another process may have deleted the endpoint, and with it what is looked for.
    Set<String> recorded =
        existing.endpoints().stream().map(EndpointContext::id).collect(Collectors.toSet());
    List<EndpointContext> deleted =
        joined.values().stream().filter(it -> !recorded.contains(it.id())).toList();
    left(deleted);
    guard.forget(deleted);
    if (isMissing()) {
      firewall.found();
      guard.found();
    }
  }

  /**
   * Whether something is missing that is there as long as an endpoint is. One element tells: it is
   * this owner's, so that a table that another one has put back, with what is his, does not pass
   * for a whole one, and a thousand processes of one owner don't all do what the first has done.
   */
  private boolean isMissing() throws IOException {
    for (EndpointContext endpoint : joined.values()) {
      if (firewall.mark(Layout.BRIDGES, Field.ifname(Bridges.name(endpoint.network()))).isEmpty()) {
        return true;
      }
      break;
    }
    return guard.isMissing(joined.values());
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
