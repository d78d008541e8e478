package dev.cnm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.cnm.CnmException;
import dev.cnm.ExtraHost;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.MacAddress;
import dev.cnm.Names;
import dev.cnm.PortMapping;
import dev.cnm.cli.output.Filters;
import dev.cnm.cli.template.Template;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever a person types is read or refused in one printable line; nothing else comes of it. */
@Timeout(60)
final class InputFuzzTest {

  private static final Map<String, Object> VALUE =
      Map.of(
          "Name",
          "web",
          "Labels",
          Map.of("a", "b"),
          "List",
          List.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
          "Flag",
          true);

  private static final List<Consumer<String>> READERS =
      List.of(
          text -> PortMapping.parse(text).forEach(it -> assertThat(it.toString()).isNotEmpty()),
          text -> assertThat(IpPrefix.parse(text).toString()).isNotEmpty(),
          text -> assertThat(IpPrefix.text(IpPrefix.parseAddress(text))).isNotEmpty(),
          text -> assertThat(MacAddress.parse(text).toString()).hasSize(17),
          text -> ExtraHost.parse(text),
          Names::requireNetworkName,
          Names::requireAlias,
          Names::requireHostname,
          Names::requireDomain,
          Names::requireInterfaceName,
          text -> NetworkChoice.parse(text),
          text ->
              Filters.parse(List.of(text, "name=" + text), List.of("name", "label"))
                  .labels(Map.of("a", "b")),
          text -> Template.parse(text).render(VALUE));

  @FuzzTest
  void anyTextIsReadOrRefused(byte[] input) {
    check(new String(input, StandardCharsets.UTF_8));
  }

  private static void check(String text) {
    for (Consumer<String> reader : READERS) {
      try {
        reader.accept(text);
      } catch (CnmException e) {
        assertThat(Complaint.of(e)).hasLineCount(1).doesNotContain("\u001b", "\u009b");
      }
    }
    assertThat(Names.printable(text)).doesNotContain("\n", "\u001b", "\u202e");
  }

  /** Runs without a fuzzer: texts that are nearly right. */
  @Test
  void textsThatAreNearlyRight() {
    List<String> right =
        List.of(
            "127.0.0.1:8080-8090:80-90/udp",
            "[::1]:80:80/tcp",
            "10.1.0.0/16",
            "fd00::1%eth0",
            "02:42:ac:11:00:02",
            "name=web,alias=db,ip=10.1.0.9,\"driver-opt=a=b\"",
            "label=a=b",
            "api.example.com:10.0.0.1",
            "{{range $k, $v := .Labels}}{{json $v | upper}}{{else}}{{with"
                + " .Name}}{{.}}{{end}}{{end}}",
            "{{if eq .Name \"web\"}}{{index .List 2}}{{end}}");
    String spice = "{}().,:/-%\\\"'`=|$[]*+?\u0000\u001b\u009b\u202e\n\t0129azAZ\uD800é😀";
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try {
      for (int i = 0; i < 4_000; i++) {
        StringBuilder text = new StringBuilder(right.get(random.nextInt(right.size())));
        for (int n = random.nextInt(5); n > 0; n--) {
          int at = random.nextInt(text.length() + 1);
          switch (random.nextInt(3)) {
            case 0 -> text.insert(at, spice.charAt(random.nextInt(spice.length())));
            case 1 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(3)));
            default ->
                text.insert(at, text.substring(random.nextInt(at + 1), at))
                    .setLength(Math.min(text.length(), 5_000));
          }
        }
        check(text.toString());
      }
    } catch (Throwable e) {
      fail("with seed " + seed, e);
    }
  }

  /** Long, deep, huge: each within the time of this test, and without an Error. */
  @Test
  void whatIsMuchTooMuchIsRefused() {
    for (String piece :
        List.of(
            "(", "[", "{{", "{{if .Flag}}", "{{(", "a.", "1", "-", ":", "=", ",", "\"", "%", "٣")) {
      check(piece.repeat(4_000 / piece.length()));
      check(piece.repeat(200_000));
    }
    for (String text :
        List.of(
            "99999999999999999999:80",
            "1-99999999999:1-99999999999",
            "10.0.0.0/99999999999",
            "{{index .List 99999999999999}}",
            "{{-99999999999999}}")) {
      check(text);
    }
  }

  @Test
  void aTemplateThatWouldNeverEndIsRefused() {
    String doubling = "{{$x := .Name}}" + "{{$x := print $x $x}}".repeat(150) + "{{$x}}";
    assertThatThrownBy(() -> Template.parse(doubling).render(VALUE))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining("16777216 characters");
    String nested = "{{range $.List}}".repeat(60) + "{{end}}".repeat(60);
    assertThatThrownBy(() -> Template.parse(nested).render(VALUE))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining("1000000 steps");
  }
}
