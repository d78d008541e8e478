package dev.cnm.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.IpPrefix;
import dev.cnm.PortBinding;
import dev.cnm.PortMapping;
import dev.cnm.Protocol;
import dev.cnm.cli.json.JsonText;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PortsTest {

  private static PortBinding tcp(String address, int host, int container) {
    return new PortBinding(IpPrefix.parseAddress(address), host, container, Protocol.TCP);
  }

  @Test
  void shapesAreDockers() {
    Ports ports =
        new Ports(
            List.of(
                PortMapping.tcp(8080, 80),
                PortMapping.parse("127.0.0.1::53/udp").getFirst(),
                PortMapping.parse("9000-9005:90").getFirst()),
            List.of(tcp("::", 8080, 80), tcp("0.0.0.0", 8080, 80)));

    assertThat(JsonText.compact(ports.bound()))
        .isEqualTo(
            "{\"53/udp\":null,\"80/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"8080\"},"
                + "{\"HostIp\":\"::\",\"HostPort\":\"8080\"}],\"90/tcp\":null}");
    assertThat(JsonText.compact(ports.asked()))
        .isEqualTo(
            "{\"53/udp\":[{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"\"}],"
                + "\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"8080\"}],"
                + "\"90/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"9000-9005\"}]}");
    assertThat(ports.inWords()).isEqualTo("0.0.0.0:8080->80/tcp, [::]:8080->80/tcp");
  }

  @Test
  void neighboursAreOneRange() {
    List<PortBinding> bindings = new ArrayList<>();
    for (int port : new int[] {8002, 8000, 8001, 8005}) {
      bindings.add(tcp("0.0.0.0", port, port));
    }
    bindings.add(tcp("0.0.0.0", 91, 90));
    bindings.add(tcp("0.0.0.0", 92, 91));

    assertThat(new Ports(List.of(), bindings).inWords())
        .isEqualTo(
            "0.0.0.0:91->90/tcp, 0.0.0.0:92->91/tcp, 0.0.0.0:8000-8002->8000-8002/tcp,"
                + " 0.0.0.0:8005->8005/tcp");
  }
}
