package dev.cnm.driver.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.NetworkOptions;
import dev.cnm.spi.NetworkContext;
import dev.cnm.spi.NetworkDriver;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever deletes the tables, they come back without a call. */
final class RulesetWatchTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Set<Thread> before = watching();
  private Town town;
  private NetworkContext web;

  @BeforeEach
  void build() throws IOException {
    town = new Town();
    web =
        town.network(
            "web",
            NetworkOptions.builder().driverOption("dev.cnm.network.bridge.antispoof", "true"),
            "10.99.1.0/24",
            "fd99:1::/64");
  }

  @AfterEach
  void close() throws IOException {
    town.close();
  }

  private static Set<Thread> watching() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("cnm-ruleset"))
        .collect(Collectors.toSet());
  }

  private Set<Thread> begun() {
    Set<Thread> begun = new HashSet<>(watching());
    begun.removeAll(before);
    return begun;
  }

  private String tables() throws IOException {
    return Town.run(
        town.host, "nft -s list table inet cnm 2>&1; nft -s list table bridge cnm 2>&1");
  }

  private void becomes(String wanted) throws IOException, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end && !tables().equals(wanted)) {
      Thread.sleep(100);
    }
    assertThat(tables()).isEqualTo(wanted);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"nft flush ruleset", "nft delete table inet cnm", "nft delete table bridge cnm"})
  void whatSomebodyDeletesComesBack(String damage) throws Exception {
    Town.Container server = town.container(web, 2);
    town.answer(server.namespace, 80, "web");
    server.publish("8080:80");
    String whole = tables();
    assertThat(whole).contains("8080", " web/c2\"");

    // More than once, and with what others change between.
    for (int i = 0; i < 2; i++) {
      Town.run(town.host, damage);
      Town.run(town.host, "nft add table inet other");
      becomes(whole);
    }
    assertThat(town.ask(town.neighbour, Town.HOST, 8080)).startsWith("web");
  }

  /** What another owner puts back is not all. */
  @Test
  void whatIsHisAloneComesBackIntoATableOfSomebodyElse() throws Exception {
    Town.Container server = town.container(web, 2);
    town.answer(server.namespace, 80, "web");
    server.publish("8080:80");
    Town.run(town.host, "nft flush ruleset; nft add table inet cnm; nft add chain inet cnm user");

    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end && !tables().contains("8080")) {
      Thread.sleep(100);
    }
    assertThat(town.ask(town.neighbour, Town.HOST, 8080)).startsWith("web");
  }

  @Test
  void onlyWhoHasJoinedWatchesAndNoLongerThanTheDriverIsOpen() throws Exception {
    assertThat(begun()).isEmpty();
    town.container(web, 2);
    town.container(web, 3);
    assertThat(begun()).hasSize(1);
    try (NetworkDriver other = town.newDriver()) {
      assertThat(other.findings()).isNotNull();
      assertThat(begun()).hasSize(1);
    }
    Thread watch = begun().iterator().next();
    assertThat(watch.isDaemon()).isTrue();

    town.driver.close();
    assertThat(watch.join(PATIENCE)).isTrue();
    town.driver = town.newDriver();
  }
}
