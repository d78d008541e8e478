package dev.cnm.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.AddressPool;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import dev.cnm.controller.state.MemoryStateStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A subnet is chosen beside all that the host reaches already, by whatever table. */
final class HostRoutesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a VPN's table      | route add 10.192.0.0/24 dev up0 table 52",
        "a rule             | rule add to 10.192.0.0/24 lookup 52",
        "a black hole       | route add blackhole 10.192.0.0/24",
        "unreachable        | route add unreachable 10.192.0.0/24 table 7",
        "another table      | route add throw 10.192.0.0/24 table 7",
        "several next hops  | route add 10.192.0.0/24 nexthop dev up0 nexthop dev up1",
        "a local range      | route add local 10.192.0.0/24 dev lo",
        "an address of lo   | addr add 10.192.0.77/32 dev lo",
        "a link that's down | addr add 10.192.0.77/24 dev down0",
        "a peer             | addr add 192.0.2.1 peer 10.192.0.77/32 dev up0 noprefixroute",
      })
  void whatTheHostReachesIsLeftAlone(String what, String command) throws Exception {
    try (TestHost host = new TestHost()) {
      for (String link : new String[] {"up0", "up1", "down0"}) {
        host.ip("link", "add", link, "type", "bridge");
      }
      host.ip("link", "set", "up0", "up");
      host.ip("link", "set", "up1", "up");
      host.ip(command.split(" "));
      try (LocalController controller = host.open(new MemoryStateStore())) {
        Network network = controller.newNetwork("bridge", "web", NetworkOptions.defaults());
        assertThat(network.addressPools().stream().map(AddressPool::subnet).map(Object::toString))
            .as(what)
            .containsExactly("10.192.1.0/24");
      }
    }
  }

  @Test
  void aVrfsRoutesAndDefaultRoutesInDisguise() throws Exception {
    try (TestHost host = new TestHost()) {
      host.ip("link", "add", "blue", "type", "bridge");
      host.ip("link", "set", "blue", "up");
      host.ip("route", "add", "10.192.0.0/25", "dev", "blue", "table", "1001");
      host.ip("route", "add", "fd00::/8", "dev", "blue", "table", "1001", "metric", "7");
      host.ip("route", "add", "0.0.0.0/1", "dev", "blue", "table", "52");
      host.ip("rule", "add", "to", "10.192.1.0/24", "prohibit");
      try (LocalController controller = host.open(new MemoryStateStore())) {
        Network network = controller.newNetwork("bridge", "web", NetworkOptions.defaults());
        assertThat(network.addressPools().getFirst().subnet().toString())
            .isEqualTo("10.192.2.0/24");
      }
    }
  }
}
