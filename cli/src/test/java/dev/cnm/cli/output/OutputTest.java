package dev.cnm.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.InvalidParameterException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OutputTest {

  @ParameterizedTest
  @CsvSource({
    "0, Less than a second",
    "1, 1 second",
    "59, 59 seconds",
    "60, About a minute",
    "119, About a minute",
    "120, 2 minutes",
    "3599, 59 minutes",
    "3600, About an hour",
    "5399, About an hour",
    "5400, 2 hours",
    "172000, 2 days",
    "1209600, 2 weeks",
    "5184000, 2 months",
    "63072000, 2 years"
  })
  void agesAreWordedAsDockerDoes(long seconds, String words) {
    assertThat(Age.inWords(Duration.ofSeconds(seconds))).isEqualTo(words);
  }

  @ParameterizedTest
  @CsvSource({
    "24h, 2025-12-31T12:00:00Z",
    "1h30m, 2026-01-01T10:30:00Z",
    "10s, 2026-01-01T11:59:50Z",
    "1700000000, 2023-11-14T22:13:20Z",
    "2026-01-31T12:00:00Z, 2026-01-31T12:00:00Z",
    "2026-01-31T12:00:00+02:00, 2026-01-31T10:00:00Z"
  })
  void momentsAreReadAsDockerReadsThem(String text, String expected) {
    assertThat(Moment.parse(text, Instant.parse("2026-01-01T12:00:00Z"))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"''", "soon", "1x", "2026-13-01", "-1h", "9999999999999"})
  void whatIsNoMomentIsRefused(String text) {
    assertThatThrownBy(() -> Moment.parse(text, Instant.EPOCH))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining("invalid time: \"" + text + '"');
  }

  @Test
  void aPatternThatLooksForEverIsRefused() {
    Filters filters = Filters.parse(List.of("name=(((b+)+)+)+!"), List.of("name"));
    assertThatThrownBy(() -> filters.found("name", "b".repeat(100)))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining("takes too long");
    assertThat(Filters.parse(List.of("name=^b+$"), List.of("name")).found("name", "bbb")).isTrue();
  }
}
