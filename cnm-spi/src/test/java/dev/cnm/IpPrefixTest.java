package dev.cnm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet6Address;
import java.net.UnknownHostException;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class IpPrefixTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "10.0.0.0",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0/8",
        "10.0.0.256/8",
        "a.b.c.d/8",
        "localhost/8",
        "::/129",
        "fe80::1%lo/64",
        "[::1]/64",
        "10.0.0.0/8/8",
        "10.0.0.0/ 8",
        "::ffff:10.0.0.1/96",
        "1.2.3.4.5/8",
        "0x10.0.0.1/8",
        "010.0.0.0/8",
        "10.0.0.00/8",
        "10..0.0/8",
        "10.0.0.0/08"
      })
  void refusesWhatIsNoCidr(String text) {
    assertThatThrownBy(() -> IpPrefix.parse(text))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining("invalid CIDR address: " + text);
  }

  @ParameterizedTest
  @CsvSource({
    "10.99.0.2/24, 10.99.0.0/24, 10.99.0.255",
    "172.33.0.1/16, 172.33.0.0/16, 172.33.255.255",
    "10.0.0.1/32, 10.0.0.1/32, 10.0.0.1",
    "10.0.0.1/31, 10.0.0.0/31, 10.0.0.1",
    "255.255.255.255/0, 0.0.0.0/0, 255.255.255.255",
    "fd00:1:2:3:4::1/64, fd00:1:2:3::/64, fd00:1:2:3:ffff:ffff:ffff:ffff",
    "2001:db8::5/126, 2001:db8::4/126, 2001:db8::7"
  })
  void knowsItsNetworkAndLastAddress(String text, String network, String last) {
    IpPrefix prefix = IpPrefix.parse(text);

    assertThat(prefix.network()).hasToString(network);
    assertThat(IpPrefix.text(prefix.lastAddress())).isEqualTo(last);
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.1.0.0/16, true",
    "10.1.0.0/16, 10.0.0.0/8, true",
    "10.0.0.0/24, 10.0.1.0/24, false",
    "10.0.0.0/24, fd00::/8, false",
    "0.0.0.0/0, 192.0.2.0/24, true",
    "fd00::/8, fd12::/64, true"
  })
  void knowsWhatItOverlaps(String one, String other, boolean overlap) {
    assertThat(IpPrefix.parse(one).overlaps(IpPrefix.parse(other))).isEqualTo(overlap);
  }

  /** The examples of RFC 5952 sections 2 and 4. */
  @ParameterizedTest
  @CsvSource({
    "2001:0db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
    "0:0:0:0:0:0:0:0, ::",
    "0:0:0:0:0:0:0:1, ::1",
    "1:0:0:0:0:0:0:0, 1::",
    "fe80:0:0:0:42:acff:fe1e:2, fe80::42:acff:fe1e:2"
  })
  void writesIpv6TheShortWay(String text, String expected) {
    assertThat(IpPrefix.text(IpPrefix.parseAddress(text))).isEqualTo(expected);
  }

  @RepeatedTest(50)
  void readsWhatItWrites(RepetitionInfo repetition) throws UnknownHostException {
    Random random = new Random(repetition.getCurrentRepetition());
    for (int i = 0; i < 100; i++) {
      byte[] octets = new byte[16];
      random.nextBytes(octets);
      for (int j = 2; j < 16; j++) {
        if (random.nextBoolean()) {
          octets[j] = 0;
        }
      }
      octets[0] = 0x20;
      IpPrefix prefix = new IpPrefix(Inet6Address.getByAddress(octets), random.nextInt(129));

      assertThat(IpPrefix.parse(prefix.toString())).isEqualTo(prefix);
    }
  }

  @Test
  void refusesLengthsThatTheFamilyHasNot() {
    assertThatThrownBy(() -> new IpPrefix(IpPrefix.parseAddress("10.0.0.1"), 33))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessage("invalid prefix length 33 for 10.0.0.1");
  }
}
