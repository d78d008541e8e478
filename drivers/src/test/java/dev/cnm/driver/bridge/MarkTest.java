package dev.cnm.driver.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.NetworkOptions;
import dev.cnm.netlink.NetlinkFamily;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.spi.NetworkContext;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class MarkTest {

  private Town town;

  @BeforeEach
  void build() throws IOException {
    town = new Town();
  }

  @AfterEach
  void tearDown() throws IOException {
    town.close();
  }

  @Test
  void whatIsOnTheHostSaysWhoseItIs() throws IOException {
    NetworkContext web = town.network("web", NetworkOptions.builder(), "10.99.0.0/24");
    Town.Container server = town.container(web, 2);
    server.publish("8080:80");
    String network = "cnm-00000001 " + web.id().substring(0, 12) + " web";
    String endpoint = "cnm-00000001 " + server.endpoint.id().substring(0, 12) + " web/c2";

    assertThat(Town.run(town.host, "ip -d link"))
        .contains("alias " + network + "\n", "alias " + endpoint);
    assertThat(town.table())
        .contains("\" comment \"" + network + "\"")
        .contains("tcp . 8080 comment \"" + endpoint + "\" : 10.99.0.2 . 80");
  }

  @Test
  void whatCarriesAnIdIsRemovedWithoutBeingRemembered() throws IOException {
    NetworkContext web = town.network("web", NetworkOptions.builder(), "10.99.0.0/24");
    Town.Container gone = town.container(web, 2);
    gone.publish("8080:80", "127.0.0.1:8081:81/udp");
    town.container(web, 3).publish("8082:82");
    try (NetlinkSocket socket = town.host.openSocket(NetlinkFamily.NETFILTER)) {
      Firewall firewall = new Firewall(socket, Layout.table(), List::of);
      String id = gone.endpoint.id().substring(0, Mark.ID_LENGTH);

      assertThat(firewall.removeMarked("cnm-00000002", id)).isZero();
      assertThat(firewall.removeMarked("cnm-00000001", id)).isEqualTo(7);
    }
    assertThat(town.table()).doesNotContain("web/c2").contains("web/c3");
  }

  @Test
  void aMarkIsReadAsItWasWritten() {
    Mark mark = new Mark("cnm-1f0c93ab", "0123456789ab", "web/c1");
    assertThat(Mark.parse(mark.toString())).contains(mark);
    Mark cut = new Mark("cnm-1f0c93ab", "0123456789ab", "n".repeat(128) + "/" + "e".repeat(128));
    assertThat(cut.toString()).hasSize(127);
    assertThat(Mark.parse(cut.toString())).get().extracting(Mark::id).isEqualTo("0123456789ab");
    for (String other : List.of("", "web/c1", "cnm-1f0c93ab", "cnm-1f0c93ab 0123 web")) {
      assertThat(Mark.parse(other)).isEmpty();
    }
  }
}
