package dev.cnm.controller.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.IpPrefix;
import dev.cnm.IpamConfig;
import dev.cnm.NetworkOptions;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MemoryStateStoreTest {

  private final MemoryStateStore store = new MemoryStateStore();

  private static NetworkRecord network(String id, NetworkOptions options) {
    return new NetworkRecord(
        id,
        "net-" + id,
        "bridge",
        "2026-01-01T00:00:00Z",
        NetworkRecord.State.READY,
        Owner.current(),
        Place.here(1, 2),
        NetworkRecord.Options.of(options),
        List.of(),
        false,
        Map.of());
  }

  private List<NetworkRecord> networks() throws IOException {
    return store.transaction(tx -> tx.load(NetworkRecord.class));
  }

  @Test
  void aTransactionThatFailsChangesNothing() throws Exception {
    NetworkRecord kept = network("1", NetworkOptions.defaults());
    store.transaction(tx -> {
      tx.put(kept);
      return kept;
    });
    long version = store.transaction(tx -> tx.version());
    assertThatThrownBy(() ->
            store.transaction(tx -> {
              tx.put(kept.dormant());
              tx.put(network("2", NetworkOptions.defaults()));
              tx.delete(NetworkRecord.class, "1");
              throw new IOException("on purpose");
            }))
        .isInstanceOf(IOException.class);
    assertThat(networks()).containsExactly(kept);
    assertThat(store.<Long>transaction(tx -> tx.version())).isEqualTo(version);
  }

  @Test
  void theVersionTellsOfEveryChange() throws Exception {
    NetworkRecord network = network("1", NetworkOptions.defaults());
    long before = store.transaction(tx -> tx.version());
    long after =
        store.transaction(tx -> {
          tx.put(network);
          return tx.version();
        });
    assertThat(after).isNotEqualTo(before);
    assertThat(networks()).containsExactly(network);
    assertThat(store.<Long>transaction(tx -> tx.version())).isEqualTo(after);
  }

  @Test
  void optionsComeBackAsTheyWere() {
    NetworkOptions options =
        NetworkOptions.builder()
            .ipv6(true)
            .internal(true)
            .pool(
                new IpamConfig(
                    IpPrefix.parse("10.99.0.0/24"),
                    Optional.of(IpPrefix.parse("10.99.0.128/25")),
                    Optional.of(IpPrefix.parseAddress("10.99.0.254")),
                    Map.of("printer", IpPrefix.parseAddress("10.99.0.9"))))
            .pool(IpamConfig.of(IpPrefix.parse("fd00:99::/64")))
            .ipamOption("a", "1")
            .driverOption("b", "2")
            .label("c", "3")
            .build();
    assertThat(network("1", options).context().options()).isEqualTo(options);
  }

  @Test
  void aProcessIsKnownByItsStart() throws Exception {
    assertThat(Owner.current().alive()).isTrue();
    Owner now = Owner.current();
    assertThat(new Owner(now.pid(), 1, now.bootId(), now.pidNamespace()).ended()).isTrue();
    assertThat(new Owner(now.pid(), now.startTime(), "another", now.pidNamespace()).ended())
        .isTrue();
    assertThat(Owner.nobody().ended()).isTrue();
    Process process = new ProcessBuilder("sleep", "600").start();
    Owner sleeper = Owner.of(process.pid());
    assertThat(sleeper.alive()).isTrue();
    assertThat(sleeper.pidHere()).hasValue(process.pid());
    process.destroyForcibly().waitFor();
    assertThat(sleeper.ended()).isTrue();
    assertThat(sleeper.pidHere()).isEmpty();
  }
}
