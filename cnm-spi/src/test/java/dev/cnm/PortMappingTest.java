package dev.cnm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PortMappingTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "80 80/tcp",
        "8080:80 8080:80/tcp",
        "8080:80/udp 8080:80/udp",
        "8080:80/SCTP 8080:80/sctp",
        "127.0.0.1:8080:80 127.0.0.1:8080:80/tcp",
        "127.0.0.1::80 127.0.0.1::80/tcp",
        "[::1]:8080:80 [::1]:8080:80/tcp",
        "[::]::80/udp [::]::80/udp",
        ":80 80/tcp",
        "0:80 80/tcp",
        "127.0.0.1:0:53/udp 127.0.0.1::53/udp",
        "published=0,target=80 80/tcp",
        "8000-8010:80 8000-8010:80/tcp",
        "published=8080,target=80 8080:80/tcp",
        "target=80,protocol=udp 80/udp",
        "0.0.0.0:65535:65535 0.0.0.0:65535:65535/tcp"
      })
  void oneMappingIsRead(String text, String canonical) {
    List<PortMapping> mappings = PortMapping.parse(text);

    assertThat(mappings).singleElement().hasToString(canonical);
    assertThat(PortMapping.parse(canonical)).isEqualTo(mappings);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "8000-8002:80-82 8000:80/tcp,8001:81/tcp,8002:82/tcp",
        "80-81/udp 80/udp,81/udp",
        "127.0.0.1:8000-8001:80-81 127.0.0.1:8000:80/tcp,127.0.0.1:8001:81/tcp",
        "[::1]::80-81 [::1]::80/tcp,[::1]::81/tcp",
        "published=8000-8001,target=80-81 8000:80/tcp,8001:81/tcp"
      })
  void rangesArePaired(String text, String canonical) {
    assertThat(PortMapping.parse(text).stream().map(PortMapping::toString).toList())
        .isEqualTo(List.of(canonical.split(",")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "65536",
        "0-80:80",
        "00:80",
        "8080:0",
        "65536:80",
        "8080:65536",
        "-1:80",
        "80-",
        "-80",
        "82-80",
        "8002-8000:80-82",
        "8000-8001:80-82",
        "8000-8002:80-81",
        "80/",
        "80/icmp",
        "a:b",
        "8080:80:",
        "::1:8080:80",
        "[127.0.0.1]:8080:80",
        "[::1]:80",
        "127.0.0.1:80",
        "localhost:8080:80",
        "300.0.0.1:80:80",
        "1:2:3:4",
        " 80",
        "+80",
        "8080:80/tcp/udp",
        "published=80",
        "target=",
        "target=80,target=81",
        "target=80,mode=host",
        "target=80,protocol=x"
      })
  void anythingElseIsRefused(String text) {
    assertThatThrownBy(() -> PortMapping.parse(text))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageNotContaining("\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "8080:80 8080:81 true",
        "8080:80 127.0.0.1:8080:81 true",
        "0.0.0.0:8080:80 127.0.0.1:8080:81 true",
        "[::]:8080:80 127.0.0.1:8080:81 false",
        "127.0.0.1:8080:80 127.0.0.2:8080:80 false",
        "8080:80 8080:80/udp false",
        "8080:80 8081:80 false",
        "80 80 false",
        "8000-8010:80 8000-8010:81 false"
      })
  void oneHostPortIsForOneMapping(String one, String other, boolean collide) {
    List<PortMapping> both =
        List.of(PortMapping.parse(one).getFirst(), PortMapping.parse(other).getFirst());

    if (collide) {
      assertThatThrownBy(() -> SandboxOptions.defaults().withPorts(both))
          .isInstanceOf(InvalidParameterException.class)
          .hasMessageContaining("collide");
    } else {
      assertThat(SandboxOptions.defaults().withPorts(both).ports()).isEqualTo(both);
    }
  }

  @Test
  void aCertainPortMappedTwiceIsMappedOnce() {
    List<PortMapping> twice =
        Stream.of("8080:80", "80", "8080:80", "80", "8080:80/udp", "8000-8010:80", "8000-8010:80")
            .map(it -> PortMapping.parse(it).getFirst())
            .toList();

    assertThat(SandboxOptions.defaults().withPorts(twice).ports())
        .map(PortMapping::toString)
        .containsExactly(
            "8080:80/tcp",
            "80/tcp",
            "80/tcp",
            "8080:80/udp",
            "8000-8010:80/tcp",
            "8000-8010:80/tcp");
  }

  @Test
  void aBindingShowsBothSides() {
    PortBinding binding = new PortBinding(IpPrefix.parseAddress("::"), 8080, 80, Protocol.TCP);

    assertThat(binding).hasToString("80/tcp -> [::]:8080");
    assertThatThrownBy(() -> new PortBinding(IpPrefix.parseAddress("::"), 0, 80, Protocol.TCP))
        .isInstanceOf(InvalidParameterException.class);
  }
}
