package dev.cnm.cli.output;

import dev.cnm.InvalidParameterException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A point in time as Docker's {@code until} takes it. */
public final class Moment {

  private static final Pattern AGE =
      Pattern.compile("(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?");

  private Moment() {}

  /**
   * Reads an age such as {@code 24h} or {@code 1h30m}, seconds since 1970, or a date with or
   * without a time, which is local unless it says otherwise (RFC 3339).
   *
   * @param now what an age counts back from
   * @throws InvalidParameterException if it is anything else
   */
  public static Instant parse(String text, Instant now) {
    Matcher age = AGE.matcher(text);
    try {
      if (!text.isEmpty() && age.matches()) {
        return now.minus(Duration.ofHours(number(age.group(1))))
            .minus(Duration.ofMinutes(number(age.group(2))))
            .minusSeconds(number(age.group(3)));
      }
      if (text.matches("[0-9]{1,12}")) {
        return Instant.ofEpochSecond(Long.parseLong(text));
      }
      return date(text);
    } catch (DateTimeException e) {
      throw new InvalidParameterException(
          "invalid time: \"" + text + "\"; it can be 24h, 1700000000 or 2026-01-31T12:00:00Z");
    }
  }

  private static long number(@org.jspecify.annotations.Nullable String digits) {
    return digits == null ? 0 : Long.parseLong(digits);
  }

  private static Instant date(String text) {
    ZoneId here = ZoneId.systemDefault();
    if (text.indexOf('T') < 0) {
      return LocalDate.parse(text).atStartOfDay(here).toInstant();
    }
    return text.matches(".*(Z|[+-][0-9]{2}:[0-9]{2})")
        ? OffsetDateTime.parse(text).toInstant()
        : LocalDateTime.parse(text).atZone(here).toInstant();
  }
}
