package dev.cnm.cli.output;

import java.time.Duration;

/** A length of time in words, rounded as Docker rounds it ({@code HumanDuration} of go-units). */
final class Age {

  private Age() {}

  static String inWords(Duration age) {
    long seconds = age.toSeconds();
    if (seconds < 1) {
      return "Less than a second";
    }
    if (seconds < 60) {
      return seconds == 1 ? "1 second" : seconds + " seconds";
    }
    long minutes = age.toMinutes();
    if (minutes < 60) {
      return minutes == 1 ? "About a minute" : minutes + " minutes";
    }
    long hours = age.plusMinutes(30).toHours();
    if (hours < 48) {
      return hours == 1 ? "About an hour" : hours + " hours";
    }
    long days = hours / 24;
    if (days < 14) {
      return days + " days";
    }
    if (days < 60) {
      return days / 7 + " weeks";
    }
    return days < 730 ? days / 30 + " months" : age.toDays() / 365 + " years";
  }
}
